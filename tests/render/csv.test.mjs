// Tables: the file that a page offers, byte for byte as Chromium gets it, or a clear reason why not.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { downloadByChromium } from '../support/chromium.mjs';
import { decode, eventually, run, scratch, startForeign, startGrafana, startServer } from '../support/harness.mjs';

const TABLE = '/d-csv/panels?orgId=1&panelId=6&from=1721736889194&to=1721738490788';

let grafana;
let open; // one that lets anyone in, for Chromium
const folder = scratch();

before(async () => {
  grafana = await startGrafana();
  open = await startGrafana({ anonymous: true });
});
after(async () => {
  await grafana?.close();
  await open?.close();
});

/** @returns { name, body, report } of a success, { error, ms } of a failure. */
async function download(url, args = [], options = {}) {
  const file = path.join(folder, 'out.csv');
  const begun = Date.now();
  const done = await run(['render', url, '--encoding', 'csv', '-o', file, '--json', '--timeout', '20', ...args], options);
  const report = JSON.parse(done.stdout);
  if (report.error) return { error: report.error, ms: Date.now() - begun };
  return { report, name: report.pictures[0].file_name, body: readFileSync(file) };
}

const signedIn = () => ['--render-key', grafana.mintRenderKey('admin'), '--domain', '127.0.0.1'];

test('the table of a panel, signed in', async () => {
  const { name, body, report } = await download(grafana.url + TABLE, signedIn());
  assert.equal(name, '最近的部署-data-2024-07-23 12_41_30.csv');
  const lines = body.toString().split('\r\n');
  assert.equal(lines[0], '\ufeff时间,服务,Version,State,Latency');
  assert.equal(lines.length, 16);
  assert.match(lines[1], /^1721736889194,订单服务,v2\./);
  assert.equal(report.pictures[0].bytes, body.length);
});

for (const [what, target] of [
  ['the table of a panel', TABLE],
  ['a table of some megabytes', `${TABLE}&repeat=5000`],
  ['a table after a slow query', `${TABLE}&qdelay=1500`],
  ['a table that is offered long after the page has settled', `${TABLE}&offerdelay=1500`],
  ['an attachment', '/csv/attachment'],
  ['a table without disposition', '/csv/inline'],
  ['an attachment behind a redirect', '/csv/redirect'],
  ['a link to an attachment', '/csv/link'],
  ['a page that goes to an attachment', '/csv/away'],
]) {
  test(`${what}: what Chromium gets`, async () => {
    const { name, body } = await download(open.url + target);
    const other = await downloadByChromium(open.url + target);
    assert.ok(body.equals(other.body), `${body.length} bytes, Chromium ${other.body.length}`);
    if (!target.includes('inline')) assert.equal(name, other.name);
  });
}

test('a frame of another origin does not make the table', async () => {
  const foreign = `${grafana.url.replace('127.0.0.1', 'localhost')}/csv/away`;
  const inFrame = await download(`${open.url}/csv/framed?to=${encodeURIComponent(open.url.replace('127.0.0.1', 'localhost') + TABLE)}`);
  assert.match(inFrame.error.message, /another origin/);
  const attached = await download(`${open.url}/csv/framed?to=${encodeURIComponent(foreign)}`);
  assert.match(attached.error.message, /another origin/);
});

for (const [given, name] of [
  ['a b; "c".csv', /^a b; .c.\.csv$/],
  ['../../etc/passwd.csv', /^passwd\.csv$/],
  ['C:\\Users\\x\\data.csv', /^[^/\\:]+\.csv$/],
  ['x\r\nSet-Cookie: a.csv', /^(?![^]*[\r\n])/],
  ['cod\u202evsc.exe', /^(?!.*\u202e)/],
  [`${'数'.repeat(300)}.csv`, /^数+\.csv$/],
]) {
  test(`a file named ${JSON.stringify(given.slice(0, 30))}`, async () => {
    const { name: found, body } = await download(`${open.url}${TABLE}&name=${encodeURIComponent(given)}`);
    assert.match(body.toString(), /^\ufeff时间/);
    assert.match(found ?? '', name);
    assert.ok(Buffer.byteLength(found ?? '') <= 200);
  });
}

for (const [what, target, code, message, timeout = '20'] of [
  ['a query that fails', `${TABLE}&qfail=500`, 'timeout', /offers no file; its query may have failed/, '3'],
  ['a query that never ends', `${TABLE}&qhang=1`, 'timeout', /POST \/api\/ds\/query/, '3'],
  ['a script that fails', `${TABLE}&throws=1`, 'timeout', /offers no file.*the export broke/, '3'],
  ['a page that offers nothing', '/plain', 'timeout', /offers no file/, '3'],
  ['a file that stops half way', '/csv/stalled', 'timeout', /has not come to its end/, '3'],
  ['an unknown panel', '/d-csv/panels?panelId=99', 'not-found', /Panel not found/],
  ['an empty file', '/csv/empty', 'document', /empty/],
  ['an attachment with status 500', '/csv/error', 'document', /status 500/],
  ['a page as an attachment', '/csv/page', 'document', /another page/],
  ['a page with status 503', '/fault/status/503', 'document', /status 503/],
]) {
  test(`${what}: ${code}`, async () => {
    const { error, ms } = await download(open.url + target, ['--timeout', timeout]);
    assert.equal(error?.code, code);
    assert.match(error.message, message);
    assert.ok(ms < (Number(timeout) + 3) * 1000, 'in bounded time');
  });
}

test('without a sign-in: the login page is named at once', async () => {
  const { error, ms } = await download(grafana.url + TABLE);
  assert.equal(error.code, 'login');
  assert.ok(ms < 10000);
});

test('an endless file ends at its limit', async () => {
  const { error } = await download(`${open.url}/csv/endless`, ['--timeout', '60']);
  assert.equal(error.code, 'document');
  assert.match(error.message, /256 MiB/);
});

test('a file of another origin is refused, and no token goes there', async () => {
  const foreign = await startForeign({});
  try {
    for (const page of ['link', 'away', 'redirect']) {
      const url = `${open.url}/csv/${page}?to=${encodeURIComponent(`${foreign.url}/csv`)}`;
      const { error } = await download(url, ['--header', 'X-Secret: s3cret', '--timeout', '5']);
      assert.ok(error, `${page} has failed`);
    }
    for (const { headers } of foreign.requests) assert.doesNotMatch(JSON.stringify(headers), /s3cret|renderKey/);
  } finally {
    await foreign.close();
  }
});

/** All files below @folder. */
const files = (top) => readdirSync(top, { recursive: true }).map(String);

test('a picture of a page that offers a file leaves no file behind', async () => {
  const top = scratch();
  const server = await startServer([], { env: { TMPDIR: top } });
  try {
    const answer = await server.render({ url: open.url + TABLE, width: 200, height: 100 });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(decode(answer.body).width, 200);
    assert.ok(await eventually(() => !files(top).some((name) => /csv|spool|wkdownload/.test(name))), files(top).join('\n'));
  } finally {
    await server.stop();
  }
});
