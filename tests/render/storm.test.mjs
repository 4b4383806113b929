// Nothing knocks it over: processes are killed under load, and callers get their pictures.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countDifferent, decode, descendants, isLong, random, run, secretFile, startGrafana, startServer } from '../support/harness.mjs';

const SECONDS = isLong ? 300 : 30;
const KILL_EVERY_MS = 2000;
const CALLERS = 3;
const RANGE = 'from=1721736889194&to=1721738490788';
const PATHS = [1, 3, 6, 9].map((id) => `/d-solo/panels?panelId=${id}&${RANGE}`);
const VICTIMS = /^(panelshot-engin|WebKitWebProces|WebKitNetworkPr)/;

let grafana;

before(async () => {
  grafana = await startGrafana();
});
after(() => grafana.close());

async function references() {
  const found = new Map();
  for (const path of PATHS) {
    const { code, stdout, stderr } = await run(['render', grafana.url + path, '-o', '-'], { env: { PANELSHOT_TOKEN: grafana.tokens.admin } });
    assert.equal(code, 0, stderr);
    found.set(path, decode(stdout));
  }
  return found;
}

test(`a child is killed every 2 s for ${SECONDS} s, and callers get their pictures`, { timeout: (SECONDS + 120) * 1000 }, async () => {
  const wanted = await references();
  const server = await startServer(['--token-for', `${grafana.url}=${secretFile(grafana.tokens.admin)}`, '--log-level', 'info']);
  const next = random(20261125);
  const answers = [];
  const killed = [];
  const end = Date.now() + SECONDS * 1000;
  const killer = setInterval(() => {
    const victims = descendants(server.pid).filter((one) => VICTIMS.test(one.comm) && one.state !== 'Z');
    const victim = victims[Math.floor(next() * victims.length)];
    if (!victim) return;
    killed.push(victim.comm);
    try {
      process.kill(victim.pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }, KILL_EVERY_MS);
  const call = async (lane) => {
    for (let i = lane; Date.now() < end; i++) {
      const path = PATHS[i % PATHS.length];
      // Half of them sign in by a key of their own, half by the server's token.
      const key = i % 2 ? { renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1' } : {};
      const started = Date.now();
      const answer = await server.render({ url: grafana.url + path, timeout: 30, ...key });
      answers.push({ path, status: answer.status, text: answer.text, ms: Date.now() - started, body: answer.status === 200 ? answer.body : null });
    }
  };
  try {
    await Promise.all(Array.from({ length: CALLERS }, (_, lane) => call(lane)));
  } finally {
    clearInterval(killer);
  }
  const stillThere = await server.get('/healthz');
  assert.equal(stillThere.status, 200, 'the front outlives everything');
  const { code } = await server.stop();
  assert.equal(code, 0);
  assert.ok(killed.length >= SECONDS / 2 - 2, `${killed.length} were killed`);
  const failures = answers.filter((one) => one.status !== 200);
  for (const one of failures) assert.match(one.text, /^(Failed to render|Request timed out): ./, 'a clear error');
  for (const one of answers) assert.ok(one.ms < 33000, `${one.ms} ms for 30 s`);
  for (const one of answers.filter(({ body }) => body)) {
    assert.equal(countDifferent(decode(one.body), wanted.get(one.path), 8), 0, `a wrong picture of ${one.path}`);
  }
  // Of 99 and fewer pictures one may be lost: three kills can meet in one request.
  assert.ok(failures.length <= Math.max(1, answers.length / 100), `${failures.length} of ${answers.length} failed: ${failures.map((one) => one.text).join(' ')}`);
  console.log(`# ${answers.length} pictures, ${killed.length} killed`);
});
