// What is waited for, how long, what best effort makes of it, and with which certificate it is asked.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { makeCertificate } from '../fixtures/grafana/tls.mjs';
import { BUILD, countDifferent, decode, keep, pixel, run, scratch, startGrafana } from '../support/harness.mjs';

let grafana;
let site;

/** Becomes green by a timer, without a request and, but for the colour, without a change; evaluation
 *  by the page's own scripts is forbidden. */
const LATE = `<!DOCTYPE html><title>Late</title><body style="margin:0"><canvas width="400" height="200"></canvas>
<script nonce="n">
  const context = document.querySelector('canvas').getContext('2d');
  const fill = (colour) => { context.fillStyle = colour; context.fillRect(0, 0, 400, 200); };
  fill('#f00');
  setTimeout(() => { fill('#0f0'); window.state = { done: 7 }; }, 900);
</script>`;
const CSP = "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-n'";

before(async () => {
  grafana = await startGrafana();
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': CSP }).end(LATE);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  site = { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.closeAllConnections() ?? server.close() };
});
after(async () => {
  site.close();
  await grafana.close();
});

const key = () => ({ env: { PANELSHOT_RENDER_KEY: grafana.mintRenderKey('admin') } });

async function render(url, args = [], options = {}) {
  const result = await run(['render', url, '-o', '-', '--json', ...args], options);
  return { ...result, told: result.stderr.startsWith('{') ? JSON.parse(result.stderr) : null };
}

test('an expression is waited for under a policy that forbids evaluation', async () => {
  // The last throws until the page has come so far.
  for (const expression of ['window.state && state.done > 6', 'state.done === 7 // seven']) {
    const { code, stdout, stderr } = await render(site.url, ['--wait-expression', expression]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(pixel(decode(stdout), 100, 100), [0, 255, 0], expression);
  }
  const { stdout } = await render(site.url);
  assert.deepEqual(pixel(decode(stdout), 100, 100), [255, 0, 0], 'without it the page is taken as it is');
});

test('an expression that never becomes true ends by the deadline, and says so', async () => {
  for (const expression of ['false', 'nowhere.to.be.found']) {
    const { code, told } = await render(site.url, ['--wait-expression', expression, '--timeout', '3']);
    assert.equal(code, 4);
    assert.match(told.error.message, /expression is not true yet/);
  }
});

test('what is no expression is a mistake of the caller', async () => {
  for (const expression of ['a +', 'if (a) b', ')(']) {
    const { code, told } = await render(site.url, ['--wait-expression', expression]);
    assert.equal(code, 2);
    assert.match(told.error.message, /is no JavaScript expression: /);
  }
});

/** [what, path, what was missing, more options] */
const UNFINISHED = [
  ['a query that never ends', '/d-solo/panels?panelId=1&qhang=1', /POST \/api\/ds\/query/],
  ['a legacy panel that never comes', '/legacy/x?never=1', /2 of 3 panels/],
  ['an image that never comes', '/fault/image?to=/fault/hang', /still loading/],
  ['one panel of a whole dashboard', '/d/panels?kiosk&qhang=1&qpanel=3', /POST \/api\/ds\/query/, ['--full-page']],
];
for (const [what, target, missing, more = []] of UNFINISHED) {
  test(`best effort gives a picture of ${what}, in time`, async () => {
    const start = Date.now();
    const { code, stdout, stderr, told } = await render(grafana.url + target, ['--best-effort', '--timeout', '5', ...more], key());
    assert.equal(code, 0, stderr);
    assert.ok(Date.now() - start < 6000, 'within the timeout');
    keep(`best-effort-${what.replaceAll(' ', '-')}.png`, stdout);
    assert.equal(decode(stdout).width, 1000);
    assert.ok(told.flags.includes('incomplete'), told.flags.join());
    assert.match(told.missing, missing);
  });
}

test('best effort waits no longer for a page that is done', async () => {
  const start = Date.now();
  const { code, told } = await render(`${grafana.url}/plain`, ['--best-effort', '--timeout', '20']);
  assert.equal(code, 0);
  assert.deepEqual([told.flags, told.missing], [[], null]);
  assert.ok(Date.now() - start < 10000);
});

/** [what, path, exit status, message] */
const NO_PICTURE = [
  ['a page that never answers', '/fault/hang', 4, /still opening/],
  ['a page that hangs', '/fault/endless-loop', 4, /busy/],
  ['a login page', '/login', 7, /login page/],
  ['a form with a password, still loading', '/fault/login-client', 7, /login page/],
  ['an error page', '/fault/status/500', 6, /status 500/],
  ['a page of another host', '/fault/redirect?to=OTHER/plain', 7, /another host/],
  ['a page that is still empty', '/fault/blank-with-title', 4, /no picture within/],
];
for (const [what, target, status, message] of NO_PICTURE) {
  test(`best effort is no excuse for ${what}`, async () => {
    const url = grafana.url + target.replace('OTHER', encodeURIComponent(`http://localhost:${grafana.port}`));
    const { code, told } = await render(url, ['--best-effort', '--timeout', '4', '--wait-for', '#never'], key());
    assert.equal(code, status, told.error.message);
    assert.match(told.error.message, message);
  });
}

test('the page\'s own report, and what its requests brought, are told', async () => {
  const reporting = await render(`${grafana.url}/channel/x`, [], key());
  assert.equal(reporting.told.reported, true);
  const { told } = await render(`${grafana.url}/plain`);
  assert.equal(told.reported, false);
  assert.equal(told.fetched.document.n, 1);
  assert.equal(told.fetched.image.n, 1);
  assert.ok(told.fetched.document.bytes > 500 && told.fetched.image.bytes > 50, JSON.stringify(told.fetched));
  assert.deepEqual(told.fetched.script, { n: 0, bytes: 0 });
});

/** What only a server's settings ask for. */
async function visit(job) {
  const folder = scratch();
  const child = spawn(path.join(BUILD, 'tests', 'render', 'panelshot-visit'), [folder], {
    env: { ...process.env, PANELSHOT_ENGINE: path.join(BUILD, 'src', 'engine', 'panelshot-engine') }, stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ render_key: grafana.mintRenderKey('admin'), timeout_ms: 15000, ...job }));
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  const told = JSON.parse(text);
  const names = told.code ? [] : told.result.pictures.map((_, i) => path.join(folder, String(i)));
  return { ...told, settlingMs: told.result.stage_us.settling / 1000, flags: told.result.flags, pictures: names.map((name) => readFileSync(name)) };
}
const LIMIT = 1 << 7;
const INCOMPLETE = 1 << 6;

/** [what, path, patience, least and most time of settling, flags] */
const PATIENCE = [
  ['a wait before anything', '/plain', { prior_wait_ms: 1200 }, 1150, 5000, 0],
  ['no wait for a query that hangs', '/d-solo/panels?panelId=1&qhang=1', { ignores_queries: true, ignores_network: true }, 0, 3500, 0],
  ['a limit for queries and the network', '/d-solo/panels?panelId=1&qhang=1', { query_limit_ms: 1500, network_limit_ms: 1500 }, 1000, 5000, LIMIT],
  ['no wait for a page that never stops', '/fault/never-stops', { ignores_mutations: true }, 0, 1500, 0],
  ['a limit for a page that never stops', '/fault/never-stops', { mutation_limit_ms: 3500 }, 3300, 7000, LIMIT],
  ['no ear for a report of failure', '/channel/x?success=false', { ignores_reports: true }, 0, 3000, 0],
];
for (const [what, target, patience, least, most, flags] of PATIENCE) {
  test(`patience: ${what}`, async () => {
    const done = await visit({ uri: grafana.url + target, ...patience });
    assert.equal(done.code, undefined, done.message);
    assert.ok(done.settlingMs >= least && done.settlingMs <= most, `${done.settlingMs} ms`);
    assert.equal(done.flags, flags);
    assert.equal(done.result.is_reported, false);
  });
}

test('patience: a limit for all of it ends in a timeout, or at once in best effort', async () => {
  const hanging = { uri: `${grafana.url}/d-solo/panels?panelId=1&qhang=1`, limit_ms: 1500 };
  const late = await visit(hanging);
  assert.equal(late.code, 'timeout');
  assert.match(late.message, /^not ready within 1.5 s of loading: .*POST \/api\/ds\/query/);
  const taken = await visit({ ...hanging, best_effort: true });
  assert.equal(taken.flags, INCOMPLETE);
  assert.match(taken.result.last_blocker, /POST \/api\/ds\/query/);
  assert.ok(taken.settlingMs < 6000, `${taken.settlingMs} ms`);
  // A page that was ready in time may take its time for another size.
  const pictures = [{ kind: 'viewport', encoding: 'png', quality: 85 }, { kind: 'full-page', encoding: 'png', quality: 85 }];
  const resized = await visit({ uri: `${grafana.url}/fault/tall?px=3000`, limit_ms: 1500, quiet_ms: 900, pictures });
  assert.equal(resized.code, undefined, resized.message);
  assert.ok(resized.settlingMs > 1600, `${resized.settlingMs} ms`);
});

test('several pictures of one visit do not show each other\'s traces', async () => {
  const wish = (kind, more) => ({ kind, encoding: 'png', quality: 85, ...more });
  const done = await visit({
    uri: `${grafana.url}/fault/tall?px=5000`, width: 400, height: 300, pictures: [
      wish('viewport'), wish('element', { selector: 'div' }), wish('full-page'), wish('viewport'), wish('viewport', { encoding: 'webp' }),
    ],
  });
  assert.equal(done.code, undefined, done.message);
  assert.deepEqual(done.result.pictures.map((one) => [one.kind, one.encoding, one.width, one.height]), [
    ['viewport', 'png', 400, 300], ['element', 'png', 400, 5000], ['full-page', 'png', 400, 5000], ['viewport', 'png', 400, 300], ['viewport', 'webp', 400, 300],
  ]);
  assert.equal(countDifferent(decode(done.pictures[0]), decode(done.pictures[3])), 0);
  assert.equal(countDifferent(decode(done.pictures[1]), decode(done.pictures[2])), 0);
});

/** A server that asks for a certificate and notes whose it got. */
async function startAsking(certificate, html) {
  const names = [];
  const server = https.createServer({ key: certificate.key, cert: certificate.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    names.push([request.url, request.socket.getPeerCertificate().subject?.CN ?? null]);
    response.writeHead(200, { 'Content-Type': 'text/html', 'Access-Control-Allow-Origin': '*' }).end(html());
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { names, url: `https://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
}

test('the client certificate goes to the address\'s own origin and to no other', async () => {
  const folder = scratch();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem',
    '-out', 'cert.pem', '-days', '2', '-subj', '/CN=the renderer'], { cwd: folder, stdio: 'ignore' });
  const file = (name) => path.join(folder, name);
  const certificate = makeCertificate('ca');
  const other = await startAsking(certificate, () => 'other');
  const own = await startAsking(certificate, () => `<!DOCTYPE html><p>Own</p><img src="${other.url}/image">
    <script>fetch('/more'); fetch('${other.url}/fetched');</script>`);
  try {
    const given = await render(`${own.url}/page`, ['--ca-file', certificate.caFile, '--client-certificate', file('cert.pem'), '--client-key', file('key.pem')]);
    assert.equal(given.code, 0, given.stderr);
    assert.ok(own.names.length >= 2 && own.names.every(([, name]) => name === 'the renderer'), JSON.stringify(own.names));
    assert.ok(other.names.length >= 1 && other.names.every(([, name]) => name === null), JSON.stringify(other.names));

    own.names.length = 0;
    const without = await render(`${own.url}/page`, ['--ca-file', certificate.caFile]);
    assert.equal(without.code, 0, without.stderr);
    assert.ok(own.names.every(([, name]) => name === null), JSON.stringify(own.names));

    const strange = await render(`${own.url}/page`, ['--ca-file', certificate.caFile, '--client-certificate', certificate.caFile, '--client-key', file('key.pem')]);
    assert.ok([2, 5].includes(strange.code), strange.stderr);
  } finally {
    own.close();
    other.close();
    certificate.remove();
  }
});
