// Many renders of all kinds on end: what is held, open and left behind does not grow. Between the
// mark, by when everything has been done some times, and the end.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { descendants, eventually, isLong, scratch, secretFile, startGrafana, startServer } from '../support/harness.mjs';
import { treePss } from '../support/memory.mjs';

const COUNT = isLong ? 2000 : 100;
const MARK = isLong ? 200 : 40;
const CHUNK = 200; // what the stand-in notes is forgotten after each
const LANES = 2;
// A leak of 0.3 MiB a render goes beyond either. In the short run the heaps of scripts, which are
// tidied now and then, move by more than a few per cent.
const MOST_GROWTH = isLong ? 1.05 : 1.2;
const SETTLE_MS = 20000;

let grafana;
let server;
let TMPDIR;

before(async () => {
  grafana = await startGrafana();
  TMPDIR = scratch();
  server = await startServer(['--token-for', `${grafana.url}=${secretFile(grafana.tokens.admin)}`], { env: { TMPDIR } });
});
after(async () => {
  await server.stop();
  await grafana.close();
});

const byKey = (address, more) => ({
  url: `${grafana.url}/${address}`, width: 600, height: 300, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', ...more,
});
const byToken = (address, more) => ({ url: `${grafana.url}/${address}`, width: 600, height: 300, ...more });

async function expect(params, status, start) {
  const answer = await server.render(params);
  assert.equal(answer.status, status, `${params.url}: ${answer.text}`);
  if (start) assert.ok(answer.body.subarray(0, start.length).equals(Buffer.from(start)), `a body that begins with ${start}`);
}

async function cancel(n) {
  const address = `d-solo/panels?panelId=1&qdelay=20000&soak=${n}`;
  const abort = new AbortController();
  const waiting = assert.rejects(server.render(byKey(address), { signal: abort.signal }), { name: 'AbortError' });
  assert.ok(await eventually(() => grafana.requests.some((one) => one.url.includes(`soak=${n}`))), 'it has begun');
  abort.abort();
  await waiting;
}

const KINDS = [
  () => expect(byKey('d-solo/panels?panelId=1'), 200),
  () => expect(byToken('d-solo/panels?panelId=3'), 200),
  () => expect(byKey('d-solo/panels?panelId=9', { deviceScaleFactor: 2 }), 200),
  () => expect(byToken('plain', { encoding: 'pdf' }), 200, '%PDF'),
  () => expect(byToken('d-solo/panels?panelId=6'), 200),
  () => expect(byKey('d-solo/panels?panelId=999'), 404),
  () => expect(byToken('plain', { height: -1 }), 200),
  (n) => cancel(n),
  () => expect({ url: 'http://127.0.0.1:1/nobody', width: 300, height: 200 }, 502),
  () => expect({ url: 'file:///etc/passwd', width: 300, height: 200 }, 403),
];

/** The renders from @from up to @to, some at a time; none is left when it returns. */
async function work(from, to) {
  let next = from;
  const lane = async () => {
    while (next < to) {
      next += 1;
      await KINDS[(next - 1) % KINDS.length](next - 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  grafana.clear();
}

const countOpen = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const countFiles = () => readdirSync(TMPDIR, { recursive: true }).length;

/** What there is once nothing is in flight. */
function look() {
  const children = descendants(server.pid);
  const engines = children.filter((one) => one.comm.startsWith('panelshot-engin'));
  return {
    zombies: children.filter((one) => one.state === 'Z').length,
    front: countOpen(server.pid),
    engines: engines.reduce((sum, one) => sum + countOpen(one.pid), 0),
    files: countFiles(),
  };
}

test(`${COUNT} renders of all kinds leave nothing behind that ${MARK} did not`, { timeout: isLong ? 5400000 : 300000 }, async (t) => {
  await work(0, MARK);
  const before = look();
  const bytesBefore = treePss([server.pid]);

  for (let n = MARK; n < COUNT; n += CHUNK) await work(n, Math.min(n + CHUNK, COUNT));
  // A connection that is kept alive and a process that ends take their time; what such a process
  // leaves goes with a later visit.
  let now = look();
  const isBack = () => Object.keys(before).every((name) => now[name] <= before[name]);
  await eventually(async () => {
    if (isBack()) return true;
    await expect(byToken('plain'), 200);
    now = look();
    return isBack();
  }, SETTLE_MS);
  for (const name of Object.keys(before)) assert.ok(now[name] <= before[name], `${name}: ${now[name]}, ${before[name]} at the mark`);

  let growth = Infinity;
  await eventually(() => { growth = treePss([server.pid]) / bytesBefore; return growth <= MOST_GROWTH; }, SETTLE_MS);
  t.diagnostic(`memory: ${(bytesBefore / 2 ** 20).toFixed(0)} MiB at the mark, × ${growth.toFixed(3)} at the end`);
  assert.ok(growth <= MOST_GROWTH, `memory grew × ${growth.toFixed(3)}, from ${(bytesBefore / 2 ** 20).toFixed(0)} MiB`);
});
