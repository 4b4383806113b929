// What a page may reach: every trick that gets at a forbidden server is tried by a real page.
//
// The allowed server is 127.0.0.1 at a port; the forbidden one listens at 127.0.0.2 and ::1, same
// port, and counts connections.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { BUILD, PANELSHOT } from '../support/harness.mjs';

const VISIT = path.join(BUILD, 'tests', 'service', 'visit');
const ENGINE = path.join(path.dirname(PANELSHOT), 'engine', 'panelshot-engine');

let allowed;
let forbidden;
let forbidden6;
let port;
let connections; // at the forbidden servers
let questions; // likewise
let reports; // what pages have told the allowed server

const listen = async (server, host, at = 0) => {
  server.listen(at, host);
  await once(server, 'listening');
  return server;
};

function answer(request, response) {
  const url = new URL(request.url, 'http://page');
  const text = url.searchParams.get('body');
  response.setHeader('Connection', 'close');
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Cache-Control', 'no-store');
  if (url.pathname === '/to') return response.writeHead(302, { Location: Buffer.from(text).toString('latin1') }).end();
  if (url.pathname === '/report') reports.push(text);
  if (url.pathname === '/worker.js') {
    response.setHeader('Content-Type', 'text/javascript');
    return response.end(`fetch(${JSON.stringify(text)}).then(() => postMessage('reached'), () => postMessage('failed'))`);
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  return response.end(`<!DOCTYPE html><title>page</title><p>A page.</p>${text ?? ''}`);
}

before(async () => {
  const refuse = () => http.createServer((request, response) => {
    questions++;
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end('forbidden');
  }).on('connection', () => { connections++; });
  allowed = await listen(http.createServer(answer), '127.0.0.1');
  ({ port } = allowed.address());
  forbidden = await listen(refuse(), '127.0.0.2', port);
  forbidden6 = await listen(refuse(), '::1', port);
});
beforeEach(() => {
  connections = 0;
  questions = 0;
  reports = [];
});
after(() => {
  for (const server of [allowed, forbidden, forbidden6]) {
    server.closeAllConnections();
    server.close();
  }
});

const page = (body, where = `http://127.0.0.1:${port}`) => `${where}/page?body=${encodeURIComponent(body)}`;
const redirect = (to) => `http://127.0.0.1:${port}/to?body=${encodeURIComponent(to)}`;

/** Only what is not ASCII is encoded: servers send it so. */
const spell = (host) => host.replace(/[^\x20-\x7e]/g, encodeURIComponent);

/** What came of each address, one visit after the other. */
async function visit(urls, options = ['--allow', `127.0.0.1:${port}`]) {
  const env = { ...process.env, PANELSHOT_ENGINE: ENGINE };
  const child = spawn(VISIT, [...options, ...urls], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let log = '';
  child.stdout.on('data', (data) => { out += data; });
  child.stderr.on('data', (data) => { log += data; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, log);
  const outcomes = out.trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  assert.equal(outcomes.length, urls.length, log);
  return outcomes;
}

/** Hosts that are the forbidden server in another coat, or the allowed one by a back door. */
const SPELLINGS = [
  '127.0.0.2', '127.2', '0x7f000002', '0X7F.2', '2130706434', '017700000002', '0177.0.0.2', '127.0.0.2.', '%31%32%37.0.0.2',
  '127%2e0.0.2', '127\u30020\u30020\u30022', '\u2460\u2461\u2466.0.0.2', '[::1]', '[0:0::1]', '[::ffff:127.0.0.2]', '[::ffff:7f00:2]',
  '[::127.0.0.2]', '0.0.0.0', '0', '[::]', '169.254.169.254',
];

test('the allowed server is reached, the forbidden one when it is allowed', { timeout: 60000 }, async () => {
  const [first] = await visit([page('')]);
  assert.equal(first.code, 'ok', first.message);
  const urls = [`http://127.0.0.2:${port}/`, redirect(`http://127.2:${port}/`), `http://localhost:${port}/`];
  const outcomes = await visit(urls, ['--allow', '127.0.0.0/8', '--allow', '::1']);
  for (const outcome of outcomes) assert.notEqual(outcome.code, 'refused', outcome.message);
  assert.ok(connections >= 2);
});

test('every spelling of a forbidden address is refused', { timeout: 120000 }, async () => {
  const outcomes = await visit(SPELLINGS.map((host) => `http://${host}:${port}/`));
  // What GUri cannot read is no job at all.
  outcomes.forEach(({ code, message }, i) => {
    const expected = SPELLINGS[i].includes('%') ? /^(usage|refused)$/ : /^refused$/;
    assert.match(code, expected, `${SPELLINGS[i]}: ${message}`);
  });
  assert.equal(connections, 0);
});

test('every spelling is refused after a redirect', { timeout: 120000 }, async () => {
  const outcomes = await visit(SPELLINGS.map((host) => redirect(`http://${spell(host)}:${port}/`)));
  outcomes.forEach(({ code, message }, i) => assert.equal(code, 'refused', `${SPELLINGS[i]}: ${message}`));
  assert.equal(connections, 0);
});

test('tricks with users, fragments, ports and schemes', { timeout: 120000 }, async () => {
  const targets = [
    `http://127.0.0.1:${port}@127.0.0.2:${port}/`,
    `http://127.0.0.1@127.0.0.2:${port}/`,
    `http://127.0.0.2:${port}#@127.0.0.1:${port}/`,
    `http://127.0.0.2:${port}?@127.0.0.1:${port}/`,
    `http://127.0.0.2:${port}\\@127.0.0.1:${port}/`,
    `http:\\\\127.0.0.2:${port}/`,
    `http:127.0.0.2:${port}/`.replace('http:', 'http:///'),
    `//127.0.0.2:${port}/`,
    `\\\\127.0.0.2:${port}/`,
    `https://127.0.0.2:${port}/`,
    `http://127.0.0.1:${port + 1}/`,
    redirect(redirect(`http://127.0.0.2:${port}/`)),
  ];
  const outcomes = await visit(targets.map((target) => redirect(target)));
  outcomes.forEach(({ code, message }, i) => assert.equal(code, 'refused', `${targets[i]}: ${message}`));
  assert.equal(connections, 0);
});

test('a page that goes elsewhere by itself', { timeout: 120000 }, async () => {
  const target = `http://127.0.0.2:${port}/`;
  const bodies = [
    `<meta http-equiv="refresh" content="0;url=${target}">`,
    `<script>location.href = "${target}"</script>`,
    `<script>onload = () => location.replace("${redirect(target)}")</script>`,
    `<form action="${target}" method="post"></form><script>document.forms[0].submit()</script>`,
  ];
  // WebKit starts another process to go to another site; a page at rest would be drawn meanwhile.
  const moving = '<p id="n"></p><script>setInterval(() => { n.textContent = Math.random(); }, 20)</script>';
  const outcomes = await visit(bodies.map((body) => page(moving + body)));
  assert.deepEqual(outcomes.map(({ code }) => code), bodies.map(() => 'refused'), JSON.stringify(outcomes));
  assert.equal(connections, 0);
});

/** Everything with which a page asks for something, each told when it is over. */
const requests = (target) => `<body><script>
  const target = ${JSON.stringify(target)};
  const tell = (what) => fetch(${JSON.stringify(`http://127.0.0.1:${port}/report?body=`)} + what);
  const add = (name, attributes) => new Promise((resolve) => {
    const element = document.createElement(name);
    element.onload = () => resolve(name);
    element.onerror = () => resolve(name);
    Object.assign(element, attributes);
    document.body.append(element);
  });
  const socket = () => new Promise((resolve) => {
    const it = new WebSocket(target.replace(/^http/, 'ws'));
    it.onopen = it.onerror = () => resolve();
  });
  const events = () => new Promise((resolve) => {
    const it = new EventSource(target);
    it.onopen = it.onerror = () => { it.close(); resolve(); };
  });
  const work = () => new Promise((resolve) => {
    new Worker('/worker.js?body=' + encodeURIComponent(target)).onmessage = resolve;
  });
  const xhr = () => new Promise((resolve) => {
    const it = new XMLHttpRequest();
    it.onloadend = resolve;
    it.open('POST', target);
    it.send('x');
  });
  document.head.insertAdjacentHTML('beforeend', '<link rel="dns-prefetch" href="' + target + '"><link rel="preconnect" href="'
    + target + '"><link rel="prefetch" href="' + target + '"><link rel="icon" href="' + target + '">');
  document.body.insertAdjacentHTML('beforeend', '<video src="' + target + '"></video><audio src="' + target + '"></audio>'
    + '<object data="' + target + '"></object><embed src="' + target + '"><div style="background: url(' + target + ')">x</div>'
    + '<iframe name="posted"></iframe><form target="posted" method="post" action="' + target + '"></form>');
  document.forms[0].submit();
  navigator.sendBeacon(target, 'x');
  window.open(target);
  Promise.all([
    add('img', { src: target }), add('script', { src: target }), add('link', { rel: 'stylesheet', href: target }),
    add('iframe', { src: target }), add('iframe', { src: '/to?body=' + encodeURIComponent(target) }),
    fetch(target).catch(() => {}), fetch(target, { mode: 'no-cors' }).catch(() => {}),
    fetch('/to?body=' + encodeURIComponent(target)).catch(() => {}),
    new FontFace('f', 'url(' + target + ')').load().catch(() => {}),
    socket(), events(), work(), xhr(),
  ]).then(() => tell('done'));
  setTimeout(() => tell('late'), 5000);
</script>`;

test('what a page asks for beside its document', { timeout: 120000 }, async () => {
  const target = `http://127.0.0.2:${port}/x`;
  const [outcome] = await visit([page(requests(target))]);
  assert.equal(outcome.code, 'ok', outcome.message);
  assert.equal(connections, 0);
  assert.ok(outcome.refusals.includes(`127.0.0.2:${port}`), 'the relay has told of it');

  // The same page does reach the server once it may.
  await visit([page(requests(target))], ['--allow', '127.0.0.0/8']);
  assert.ok(connections >= 3, `${connections} connections`);
});

test('a name whose address changes after the first look', { timeout: 120000 }, async () => {
  const body = `<script>(async () => {
    for (let i = 0; i < 4; i++) {
      const result = await fetch('/again?' + i).then(() => 'reached', () => 'failed');
      await fetch('http://127.0.0.1:${port}/report?body=' + result);
    }
  })();</script>`;
  const url = page(body, `http://rebind.example:${port}`);
  const [outcome] = await visit([url], ['--allow', `127.0.0.1:${port}`, '--answer', '127.0.0.1', '--answer', '127.0.0.2']);
  assert.equal(outcome.code, 'ok', outcome.message);
  assert.equal(connections, 0);
  assert.ok(reports.includes('failed'));
  assert.ok(!reports.includes('reached'));

  const [other] = await visit([url], ['--allow', `127.0.0.1:${port}`, '--answer', '127.0.0.2']);
  assert.equal(other.code, 'refused');
  assert.match(other.message, /target\.allow/);
  assert.equal(connections, 0);
});

test('without a list all but metadata and the like is reached', { timeout: 120000 }, async () => {
  const refused = ['169.254.169.254', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '0xa9fea9fe', '100.100.100.200', '[fe80::1]', '0.0.0.0', '224.0.0.1'];
  const outcomes = await visit([...refused.map((host) => redirect(`http://${host}/`)), `http://127.0.0.2:${port}/`], []);
  refused.forEach((host, i) => assert.equal(outcomes[i].code, 'refused', `${host}: ${outcomes[i].message}`));
  assert.notEqual(outcomes.at(-1).code, 'refused');
  assert.ok(connections >= 1);
});

test('a name that resolves to a metadata address', { timeout: 60000 }, async () => {
  const [outcome] = await visit(['http://innocent.example/'], ['--allow', 'innocent.example', '--answer', '169.254.169.254,0.0.0.0']);
  assert.equal(outcome.code, 'refused', outcome.message);
});

test('where there is no relay, documents and frames are judged by name', { timeout: 60000 }, async () => {
  const target = `http://127.0.0.2:${port}/`;
  const options = ['--no-relay', '--allow', `127.0.0.1:${port}`];
  const outcomes = await visit([target, redirect(target), page(`<iframe src="${target}"></iframe><iframe src="${redirect(target)}"></iframe>`)], options);
  assert.deepEqual(outcomes.map(({ code }) => code), ['refused', 'refused', 'ok']);
  // WebKit may connect ahead, which only a relay can keep it from.
  assert.equal(questions, 0);
});
