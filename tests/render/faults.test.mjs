// Every fault gives its own error in bounded time, and the next render works.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { decode, run, scratch, startGrafana, startServer } from '../support/harness.mjs';

let grafana;
let server;

before(async () => {
  grafana = await startGrafana();
  server = await startServer();
});
after(async () => {
  await server.stop();
  await grafana.close();
});
afterEach(async () => {
  const next = await server.render({ url: `${grafana.url}/plain`, width: 100, height: 50 });
  assert.equal(next.status, 200, `the next render works: ${next.text}`);
});

const key = () => ({ renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1' });

/** [what, path, status, part of the message, more parameters] */
const ERRORS = [
  ['status 404', '/fault/status/404', 502, /status 404/],
  ['status 500', '/fault/status/500', 502, /status 500/],
  ['status 503', '/fault/status/503', 502, /status 503/],
  ['a redirect loop', '/fault/redirect-loop', 502, /redirect/i],
  ['a redirect to another host', '/fault/redirect?to=OTHER/plain', 502, /another host.*→/s],
  ['a page that never answers', '/fault/hang', 408, /still opening/, { timeout: 2 }],
  ['a dropped connection', '/fault/drop', 502, /cannot reach/],
  ['a truncated answer', '/fault/truncated', 502, /cannot reach/],
  ['an empty document', '/fault/empty', 502, /empty/],
  ['a title and nothing else', '/fault/blank-with-title', 502, /empty/],
  ['a password prompt', '/fault/basic-auth', 502, /401/],
  ['a download', '/fault/download', 502, /download/],
  ['a script error at load', '/fault/script-error', 502, /script error: .+/],
  ['a script that is not there', '/fault/script-404', 502, /did not load: .*\.js/],
  ['an endless loop', '/fault/endless-loop', 408, /busy/, { timeout: 4 }],
  ['a client-side way to the login page', '/fault/login-client', 502, /login page/],
  ['a query that never ends', '/d-solo/panels?panelId=1&qhang=1', 408, /POST \/api\/ds\/query/, { timeout: 4 }],
  ['an unknown panel', '/d-solo/panels?panelId=99', 404, /Panel.*not found/i],
  ['an unknown dashboard', '/d/nosuch', 404, /not find/],
  ['a page that reports failure', '/channel/x?success=false', 502, /reports that it could not/],
  ['a legacy panel that never comes', '/legacy/x?never=1', 408, /2 of 3 panels/, { timeout: 3 }],
];

for (const [what, target, status, message, params = {}] of ERRORS) {
  test(`${what}: ${status}`, { timeout: 30000 }, async () => {
    const url = grafana.url + target.replace('OTHER', encodeURIComponent(`http://localhost:${grafana.port}`));
    const start = Date.now();
    const answer = await server.render({ url, timeout: 15, ...key(), ...params });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, message);
    assert.equal(answer.text.trim().split('\n').length, 1, 'one line');
    assert.ok(Date.now() - start < ((params.timeout ?? 15) + 3) * 1000, 'in bounded time');
  });
}

/** Faults of a page that must not stop its picture. */
const FINE = [
  ['a slow document', '/fault/slow?ms=800'],
  ['a document in pieces', '/fault/slow-body'],
  ['a redirect on the same host', '/fault/redirect?to=/plain'],
  ['an alert', '/fault/alert'],
  ['a confirm', '/fault/confirm'],
  ['a prompt', '/fault/prompt'],
  ['a beforeunload', '/fault/beforeunload'],
  ['a print()', '/fault/print'],
  ['a popup', '/fault/popup'],
  ['a plain text answer', '/fault/text'],
  ['a CSS animation', '/fault/css-animation'],
  ['a canvas animation', '/fault/canvas-animation'],
  ['a poll', '/fault/poll'],
  ['a WebSocket that stays open', '/fault/websocket'],
  ['a panel whose query fails with 500', '/d-solo/panels?panelId=1&qfail=500'],
  ['a panel whose query answers an error', '/d-solo/panels?panelId=1&qfail=error'],
  ['a slow query', '/d-solo/panels?panelId=1&qdelay=1500'],
  ['an EventSource that stays open', '/fault/eventsource', /open_request/],
  ['a long poll', '/fault/long-poll', /open_request/],
  ['a page that never stops changing', '/fault/never-stops', /still_moving/],
  ['a page that promised to report', '/channel/x?silent=1', /unreported/],
  ['a page that sends rubbish to the engine and fills its history', '/fault/hostile-messages'],
  ['a poll under an animation', '/fault/never-stops?poll=1', /still_moving/],
  ['an unhandled rejection', '/fault/rejection', /script_error/],
];

for (const [what, target, flag] of FINE) {
  test(`${what} gives a picture`, { timeout: 30000 }, async () => {
    const answer = await server.render({ url: grafana.url + target, timeout: 15, ...key() });
    assert.equal(answer.status, 200, answer.text);
    const picture = decode(answer.body);
    assert.deepEqual([picture.width, picture.height], [1000, 500]);
    if (flag) assert.match(answer.headers.get('x-panelshot-flags') ?? '', flag);
  });
}

test('a page that eats memory ends as an error, not as the server', { timeout: 60000 }, async () => {
  // It starts to grow after the picture would be taken, so it is made to wait for something.
  const result = await run(['render', `${grafana.url}/fault/memory-hog`, '-o', '-', '--wait-for', '#never', '--timeout', '40'], { timeoutMs: 50000 });
  // Twice by its own doing: it is the page's error.
  assert.equal(result.code, 9, result.stderr);
  assert.match(result.stderr, /twice.*memory/);
});

test('nothing listens there: 502', async () => {
  const free = await new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  const answer = await server.render({ url: `http://127.0.0.1:${free}/` });
  assert.equal(answer.status, 502);
  assert.match(answer.text, /cannot reach/);
});

test('an unknown host: 502', async () => {
  const answer = await server.render({ url: 'http://no-such-host.invalid/' });
  assert.equal(answer.status, 502);
  assert.match(answer.text, /cannot reach/);
});

test('certificates: refused, allowed as insecure, trusted by CA file', async () => {
  const secure = await startGrafana({ tls: 'ca' });
  const selfSigned = await startGrafana({ tls: 'self-signed' });
  const expired = await startGrafana({ tls: 'expired' });
  try {
    for (const one of [secure, selfSigned, expired]) {
      const refused = await run(['render', `${one.url}/plain`, '-o', '-']);
      assert.equal(refused.code, 5, refused.stderr);
      assert.match(refused.stderr, /certificate/);
      const allowed = await run(['render', `${one.url}/plain`, '-o', '-', '--allow-insecure']);
      assert.equal(allowed.code, 0, allowed.stderr);
    }
    const trusted = await run(['render', `${secure.url}/plain`, '-o', '-', '--ca-file', secure.caFile]);
    assert.equal(trusted.code, 0, trusted.stderr);
    const stranger = await run(['render', `${selfSigned.url}/plain`, '-o', '-', '--ca-file', secure.caFile]);
    assert.equal(stranger.code, 5, stranger.stderr);
    const late = await run(['render', `${expired.url}/plain`, '-o', '-', '--ca-file', expired.caFile ?? secure.caFile]);
    assert.equal(late.code, 5, late.stderr);
    const broken = path.join(scratch(), 'ca.pem');
    writeFileSync(broken, 'no certificate\n');
    const unusable = await run(['render', `${secure.url}/plain`, '-o', '-', '--ca-file', broken]);
    assert.equal(unusable.code, 2, unusable.stderr);
  } finally {
    await Promise.all([secure, selfSigned, expired].map((one) => one.close()));
  }
});

test('a wait-for selector that never matches names itself', async () => {
  const result = await run(['render', `${grafana.url}/plain`, '-o', '-', '--wait-for', '#nosuch', '--timeout', '2']);
  assert.equal(result.code, 4, result.stderr);
  assert.match(result.stderr, /wait-for/);
  const wrong = await run(['render', `${grafana.url}/plain`, '-o', '-', '--wait-for', '##', '--timeout', '20']);
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.match(wrong.stderr, /not a CSS selector/);
  const there = await run(['render', `${grafana.url}/plain`, '-o', '-', '--wait-for', 'canvas']);
  assert.equal(there.code, 0, there.stderr);
});

test('twenty faults at once leave the server whole', { timeout: 60000 }, async () => {
  const paths = ['/fault/endless-loop', '/fault/hang', '/fault/drop', '/fault/script-error', '/plain'];
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => server.render({ url: grafana.url + paths[i % 5], timeout: 12 })));
  for (const [i, answer] of answers.entries()) {
    assert.ok(i % 5 === 4 ? [200, 408].includes(answer.status) : [408, 429, 502].includes(answer.status), `${paths[i % 5]}: ${answer.status} ${answer.text}`);
  }
});
