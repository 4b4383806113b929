// Processes, files and secrets: what is there while it runs, and what is left behind.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { decode, descendants, eventually, isLong, run, scratch, secretFile, startGrafana, startServer } from '../support/harness.mjs';

let grafana;

before(async () => {
  grafana = await startGrafana();
});
after(() => grafana.close());

const plain = (server) => server.render({ url: `${grafana.url}/plain`, width: 200, height: 100 });
const engineOf = (server) => descendants(server.pid).find((one) => one.comm.startsWith('panelshot-engin'));
const isAlive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };

/** Our own folders, below a TMPDIR of the test's own. */
const leftovers = (folder) => readdirSync(folder);

test('nothing is left behind after a stop', async () => {
  const TMPDIR = scratch();
  const server = await startServer([], { env: { TMPDIR } });
  assert.equal((await plain(server)).status, 200);
  const pids = descendants(server.pid).map((one) => one.pid);
  assert.ok(pids.length >= 3, 'engine, network process, web process');
  const { code } = await server.stop();
  assert.equal(code, 0);
  assert.ok(await eventually(() => pids.every((pid) => !isAlive(pid))), 'all processes are gone');
  assert.deepEqual(leftovers(TMPDIR), []);
});

test('one picture leaves nothing behind either', async () => {
  const TMPDIR = scratch();
  const done = await run(['render', `${grafana.url}/plain`, '-o', '-'], { env: { TMPDIR } });
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(leftovers(TMPDIR), []);
});

test('after kill -9 of everything the next start is clean', async () => {
  const TMPDIR = scratch();
  const server = await startServer([], { env: { TMPDIR } });
  assert.equal((await plain(server)).status, 200);
  const pids = descendants(server.pid).map((one) => one.pid);
  process.kill(server.pid, 'SIGKILL');
  await server.stop();
  assert.ok(await eventually(() => pids.every((pid) => !isAlive(pid))), 'the children follow');
  const next = await startServer([], { env: { TMPDIR } });
  assert.equal((await plain(next)).status, 200);
  assert.equal(leftovers(TMPDIR).length, 1, 'the folder of the dead engine is gone, that of the living is there');
  await next.stop();
  assert.deepEqual(leftovers(TMPDIR), []);
});

test('a network process that dies costs a second attempt', async () => {
  const server = await startServer();
  assert.equal((await plain(server)).status, 200);
  const waiting = server.render({
    url: `${grafana.url}/d-solo/panels?panelId=1&qdelay=5000`, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', timeout: 30,
  });
  assert.ok(await eventually(() => grafana.requests.some((one) => one.path === '/api/ds/query')));
  const network = descendants(server.pid).find((one) => one.comm.startsWith('WebKitNetworkPr'));
  process.kill(network.pid, 'SIGKILL');
  const answer = await waiting;
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('x-panelshot-attempts'), '2');
  const next = await plain(server);
  assert.equal(next.status, 200, next.text);
  await server.stop();
});

test('an engine that dies costs its job a second attempt, and no more', async () => {
  const server = await startServer();
  assert.equal((await plain(server)).status, 200);
  const slow = server.render({ url: `${grafana.url}/fault/slow?ms=1500`, timeout: 30 });
  assert.ok(await eventually(() => grafana.requests.some((one) => one.path === '/fault/slow')));
  process.kill(engineOf(server).pid, 'SIGKILL');
  const answer = await slow;
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('x-panelshot-attempts'), '2');
  const next = await plain(server);
  assert.equal(next.status, 200, next.text);
  assert.equal(next.headers.get('x-panelshot-attempts'), null);
  assert.equal((await server.stop()).code, 0);
});

test('an engine without work is stopped, and started again on demand', async () => {
  const TMPDIR = scratch();
  const server = await startServer(['--engine.idle-timeout=1500ms', '--server.self-render=false'], { env: { TMPDIR } });
  assert.equal(engineOf(server), undefined);
  for (let i = 0; i < 2; i++) {
    assert.equal((await plain(server)).status, 200);
    assert.ok(await eventually(() => descendants(server.pid).length === 0), 'the front is alone');
    const pss = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/smaps_rollup`, 'utf8'))[1]);
    assert.ok(pss < 25 * 1024, `${pss} kB`);
    assert.deepEqual(leftovers(TMPDIR), []);
  }
  await server.stop();
});

test('a new engine takes over without a request noticing', async () => {
  const server = await startServer(['--engine.max-pages=5', '--concurrency=2']);
  const first = engineOf(server)?.pid;
  const answers = await Promise.all(Array.from({ length: 24 }, () => plain(server)));
  assert.ok(answers.every((one) => one.status === 200 && one.headers.get('x-panelshot-attempts') === null));
  assert.ok(await eventually(() => first !== engineOf(server).pid && !isAlive(first)), 'the first has gone');
  assert.equal((await server.stop()).code, 0);
});

test('a web process that dies costs a second attempt or a clear error, and the next render works', async () => {
  const server = await startServer();
  const hanging = server.render({ url: `${grafana.url}/fault/long-poll`, timeout: 20 });
  const web = await eventually(() => descendants(server.pid).find((one) => one.comm.startsWith('WebKitWebProces')));
  process.kill(web.pid, 'SIGKILL');
  const answer = await hanging;
  // In the middle of its start it takes the engine with it.
  if (answer.status === 200) assert.ok(Number(answer.headers.get('x-panelshot-attempts') ) >= 2);
  else assert.ok([500, 502].includes(answer.status), answer.text);
  const next = await plain(server);
  assert.equal(next.status, 200, next.text);
  assert.equal((await server.stop()).code, 0);
});

test('a web process or network process that hangs between two renders costs seconds, not the service', { timeout: 90000 }, async () => {
  const server = await startServer(['--concurrency', '1', '--token-for', `${grafana.url}=${secretFile(grafana.tokens.admin)}`]);
  const draw = () => server.render({ url: `${grafana.url}/d-solo/panels?panelId=3`, timeout: 30 });
  assert.equal((await draw()).status, 200);
  for (const name of ['WebKitWebProces', 'WebKitNetworkPr']) {
    process.kill(descendants(server.pid).find((one) => one.comm.startsWith(name)).pid, 'SIGSTOP');
    const start = Date.now();
    const answer = await draw();
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    assert.ok(Date.now() - start < 20000, `${name}: ${Date.now() - start} ms`);
  }
  assert.ok(await eventually(() => descendants(server.pid).every((one) => one.state !== 'T')), 'what hung is gone');
  assert.equal((await server.stop()).code, 0);
});

test('a client that leaves cancels its render', async () => {
  const server = await startServer(['--concurrency', '1']);
  assert.equal((await plain(server)).status, 200);
  const controller = new AbortController();
  const abandoned = server.render({ url: `${grafana.url}/fault/hang`, timeout: 60 }, { signal: controller.signal }).catch(() => null);
  assert.ok(await eventually(() => grafana.requests.filter((one) => one.path === '/fault/hang').length > 0));
  controller.abort();
  await abandoned;
  const start = Date.now();
  assert.equal((await plain(server)).status, 200, 'the only place is free again');
  assert.ok(Date.now() - start < 10000);
  await server.stop();
});

test('SIGTERM lets a running render finish', async () => {
  const server = await startServer();
  const count = () => grafana.requests.filter((one) => one.path === '/fault/slow').length;
  const earlier = count();
  const slow = server.render({ url: `${grafana.url}/fault/slow?ms=1500` });
  assert.ok(await eventually(() => count() > earlier));
  const stopped = server.stop();
  assert.equal((await slow).status, 200);
  assert.equal((await stopped).code, 0);
});

test('no zombie, process, descriptor or file more after many renders', { timeout: 20 * 60000 }, async () => {
  const TMPDIR = scratch();
  const server = await startServer([], { env: { TMPDIR } });
  const count = async () => {
    const isLate = (one) => one.comm.startsWith('WebKitWebProces') || one.state === 'Z'; // reaped within a second
    await eventually(() => !descendants(server.pid).some(isLate), 5000);
    const all = descendants(server.pid);
    const engine = engineOf(server);
    return {
      zombies: all.filter((one) => one.state === 'Z').length,
      processes: all.length,
      frontFds: readdirSync(`/proc/${server.pid}/fd`).length,
      engineFds: readdirSync(`/proc/${engine.pid}/fd`).length,
    };
  };
  const many = isLong ? 1000 : 40;
  for (let i = 0; i < 10; i++) await plain(server);
  const before = await count();
  for (let i = 0; i < many; i += 2) {
    const answers = await Promise.all([plain(server), server.render({ url: `${grafana.url}/fault/status/500` })]);
    assert.equal(answers[0].status, 200, answers[0].text);
  }
  const now = await count();
  assert.equal(now.zombies, 0);
  assert.ok(now.processes <= before.processes, `${JSON.stringify(before)} → ${JSON.stringify(now)}`);
  assert.ok(now.frontFds <= before.frontFds + 2, `${JSON.stringify(before)} → ${JSON.stringify(now)}`);
  // WebKit's memory monitor opens its seven files only after some seconds.
  assert.ok(now.engineFds <= before.engineFds + 10, `${JSON.stringify(before)} → ${JSON.stringify(now)}`);
  await server.stop();
});

test('no secret in logs, errors or process lists', async () => {
  const secrets = {
    token: grafana.tokens.admin,
    renderKey: grafana.mintRenderKey('admin'),
    jwt: grafana.mintJwt({ sub: 'viewer' }),
    auth: 'auth-token-of-the-renderer',
  };
  const origin = new URL(grafana.url).origin;
  const server = await startServer(['--token-for', `${origin}=${secretFile(secrets.token)}`, '--auth-token-file', secretFile(secrets.auth)]);
  const lists = [];
  const look = () => {
    for (const one of descendants(server.pid)) {
      try {
        lists.push(readFileSync(`/proc/${one.pid}/cmdline`, 'latin1'));
      } catch {
        // It has just ended.
      }
    }
    lists.push(readFileSync(`/proc/${server.pid}/cmdline`, 'latin1'));
  };
  const headers = { 'X-Auth-Token': secrets.auth };
  const texts = [];
  for (const params of [
    { url: `${grafana.url}/d-solo/panels?panelId=3` },
    { url: `${grafana.url}/d-solo/panels?panelId=3`, renderKey: secrets.renderKey, domain: '127.0.0.1' },
    { url: `${grafana.url}/d-solo/panels?panelId=3&auth_token=${secrets.jwt}` },
    { url: `${grafana.url}/fault/status/500?auth_token=${secrets.jwt}`, renderKey: secrets.renderKey, domain: '127.0.0.1' },
    { url: `${grafana.url}/fault/hang?auth_token=${secrets.jwt}`, timeout: 1 },
    { url: `http://127.0.0.1:1/?auth_token=${secrets.jwt}` },
    { url: `${grafana.url}/d/nosuch?auth_token=${secrets.jwt}`, timezone: 'Nowhere/Land', renderKey: secrets.renderKey, domain: 'x' },
  ]) {
    const answer = await server.render(params, { headers });
    texts.push(answer.text, JSON.stringify([...answer.headers]));
    look();
  }
  const wrong = await server.render({ url: `${grafana.url}/plain` }, { headers: { 'X-Auth-Token': `${secrets.auth}x` } });
  assert.equal(wrong.status, 401);
  const { log } = await server.stop();

  const commandLine = await run(
    ['render', `${grafana.url}/fault/status/500?auth_token=${secrets.jwt}`, '-o', '-', '--json', '--verbose', '--header', `X-Secret: ${secrets.auth}`],
    { env: { PANELSHOT_TOKEN: secrets.token, PANELSHOT_RENDER_KEY: secrets.renderKey } });
  texts.push(commandLine.stderr, commandLine.stdout.toString());
  const everything = [log, ...lists, ...texts].join('\n');
  assert.match(everything, /\*\*\*/, 'something was masked');
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(!everything.includes(secret), `${name} shows up: …${everything.slice(Math.max(0, everything.indexOf(secret) - 200), everything.indexOf(secret) + 20)}`);
  }
});

test('the environment of the engine holds no secret', async () => {
  const server = await startServer([], { env: { AUTH_TOKEN: 'hush-hush', PANELSHOT_TOKEN: 'hush-too' } });
  await server.render({ url: `${grafana.url}/plain` }, { headers: { 'X-Auth-Token': 'hush-hush' } });
  for (const one of descendants(server.pid)) {
    let environment = '';
    try {
      environment = readFileSync(`/proc/${one.pid}/environ`, 'latin1');
    } catch {
      continue;
    }
    assert.doesNotMatch(environment, /hush/, one.comm);
  }
  await server.stop();
});

test('doctor reports the real state', { timeout: 60000 }, async () => {
  const result = await run(['doctor']);
  assert.equal(result.code, 0, result.stdout.toString() + result.stderr);
  const text = result.stdout.toString();
  const told = [/WebKit: 2\.\d+/, /display/, /sandbox: WebKit's is/, /Chinese characters: drawn/, /emoji: drawn/, /test render/, /writable/];
  for (const wanted of told) assert.match(text, wanted);
  assert.doesNotMatch(text, /^fail/m);
});

test('the command line keeps its promises', { timeout: 120000 }, async () => {
  const folder = scratch();
  const ok = await run(['render', `${grafana.url}/plain`, '-o', `${folder}/a.png`, '--width', '321', '--height', '123', '--scale', '1.5', '--json']);
  assert.equal(ok.code, 0, ok.stderr);
  const told = JSON.parse(ok.stdout.toString());
  const picture = decode(readFileSync(`${folder}/a.png`));
  assert.deepEqual([picture.width, picture.height], [482, 185]);
  assert.equal(told.pictures[0].width, 482);
  assert.deepEqual(readdirSync(folder), ['a.png'], 'no temporary file stays');

  const failed = await run(['render', `${grafana.url}/fault/status/500`, '-o', `${folder}/b.png`, '--json']);
  assert.equal(failed.code, 6);
  assert.deepEqual(readdirSync(folder), ['a.png'], 'no half-written file stays');
  const unwritable = await run(['render', `${grafana.url}/plain`, '-o', `${folder}/no/such/c.png`]);
  assert.equal(unwritable.code, 2);
});
