// The environments of the official renderer's containers start our server, and mean there what they
// meant: whole first, only addresses and files changed, then setting by setting.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from '../fixtures/grafana/tls.mjs';
import { countDifferent, decode, eventually, keep, run, scratch, startGrafana, startServer } from '../support/harness.mjs';
import { pageSizes } from '../support/papers.mjs';

const RANGE = 'from=1721736889194&to=1721738490788';

let grafana;
let certificate;
let keyFile;

before(async () => {
  grafana = await startGrafana();
  certificate = makeCertificate('self-signed');
  keyFile = path.join(scratch(), 'key.pem');
  writeFileSync(keyFile, certificate.key, { mode: 0o600 });
});
after(async () => {
  certificate?.remove();
  await grafana?.close();
});

const FILES = fileURLToPath(new URL('../fixtures/config/', import.meta.url));

/** The environment in one of them, with these changes. */
function environmentOf(file, changes) {
  const text = readFileSync(path.join(FILES, file), 'utf8');
  const lines = text.split('\n').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return { ...Object.fromEntries(lines), ...changes };
}

/** A server that is told by its environment alone; its command is the official one's. */
async function withContainer(env, work) {
  const server = await startServer([], { command: ['server'], env });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

const OPEN = { SERVER_ADDR: '127.0.0.1:0', LOG_LEVEL: 'debug' };
/** As above, with one setting or a few more. */
const withSettings = (env, work) => withContainer({ ...OPEN, ...env }, work);

const signedIn = (target, more = {}) => ({ url: grafana.url + target, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', ...more });

/** GET over TLS from a server with our certificate. */
async function ask(server, route, params = {}, { token = 'first', ...more } = {}) {
  const request = https.get(`https://127.0.0.1:${server.port}${route}?${new URLSearchParams(params)}`, {
    ca: certificate.ca, headers: { 'X-Auth-Token': token }, ...more,
  });
  const [answer] = await once(request, 'response');
  const parts = [];
  for await (const part of answer) parts.push(part);
  const body = Buffer.concat(parts);
  return { status: answer.statusCode, type: answer.headers['content-type'], headers: answer.headers, body, text: body.toString().slice(0, 500) };
}

/** Fails unless the server refuses this version. */
async function assertRefusesTls(server, version) {
  const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: certificate.ca, minVersion: version, maxVersion: version });
  await assert.rejects(once(socket, 'secureConnect'), /alert|ECONNRESET|protocol/i);
}

/** What a visit to /env told of its browser. */
async function environmentSeen(visit) {
  grafana.clear();
  const answer = await visit(`${grafana.url}/env?visit=1`);
  assert.equal(answer.status, 200, answer.text);
  return { ...grafana.collected.find((one) => one.kind === 'env'), requests: [...grafana.requests] };
}

const settlingMs = (headers) => Number(/settling;dur=([\d.]+)/.exec(headers['server-timing'] ?? headers.get('server-timing'))[1]);
const sizeOf = (body) => { const { width, height } = decode(body); return [width, height]; };

function assertNotices(log, wanted) {
  for (const [name, cure] of wanted) {
    const line = log.split('\n').find((one) => one.includes(`${name} is accepted without effect`));
    assert.match(line ?? '', cure, `${name} in:\n${log}`);
  }
}

test('version 5, the environment taken whole', { timeout: 60000 }, async () => {
  const files = { SERVER_CERTIFICATE_FILE: certificate.caFile, SERVER_KEY_FILE: keyFile };
  await withContainer(environmentOf('v5.env', { SERVER_ADDR: '127.0.0.1:0', ...files }), async (server) => {
    // Who may ask, and how.
    await assertRefusesTls(server, 'TLSv1.2');
    assert.equal((await ask(server, '/render', { url: 'x' }, { token: '-' })).status, 401);
    const healthy = await run(['healthcheck'], { env: environmentOf('v5.env', { SERVER_ADDR: `127.0.0.1:${server.port}`, ...files }) });
    assert.deepEqual([healthy.code, healthy.stdout.toString()], [0, ''], healthy.stderr);

    // Nothing said: a PDF, standing, as BROWSER_PORTRAIT has it.
    const paper = await ask(server, '/render', signedIn(`/d-solo/panels?panelId=1&${RANGE}`), { token: 'second' });
    assert.deepEqual([paper.status, paper.type], [200, 'application/pdf'], paper.text);
    const [[width, height]] = pageSizes(paper.body);
    assert.ok(width < height, `${width}×${height}`);
    const lying = await ask(server, '/render', { url: `${grafana.url}/plain`, landscape: 'true' });
    assert.ok(pageSizes(lying.body)[0][0] > pageSizes(lying.body)[0][1]);

    // The floor, the ceiling, and none above.
    const sizes = [[{ width: 640, height: 300 }, [1000, 500]], [{ width: 5000, height: 600 }, [3080, 600]], [{ width: 1000, height: 3500 }, [1000, 3500]]];
    for (const [params, size] of sizes) {
      const answer = await ask(server, '/render', { url: `${grafana.url}/plain`, encoding: 'png', ...params });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(sizeOf(answer.body), size);
      assert.equal(answer.headers['x-panelshot-size'], `${size.join('x')}@1`);
      assert.ok(settlingMs(answer.headers) >= 1000, 'prior wait');
    }

    // What the page is told.
    const seen = await environmentSeen((url) => ask(server, '/render', { url, encoding: 'png', width: 1000, height: 500 }));
    assert.equal(seen.timeZone, 'America/New_York');
    assert.equal(seen.userAgent, 'Renderer/1');
    for (const { headers, url } of seen.requests) assert.deepEqual([headers['user-agent'], headers['x-scope'], headers['x-other']], ['Renderer/1', 'a', 'b'], url);
    // A page that promises a report and never gives it is polled.
    const silent = await ask(server, '/render', signedIn('/channel/x?silent=1', { encoding: 'png' }));
    assert.doesNotMatch(silent.headers['x-panelshot-flags'], /unreported/);

    const routes = { '/': /./, '/version': /\n/, '/render/version': /"version"/, '/healthz': /OK/, '/metrics': /^http_request_duration_bucket/m };
    // And as Grafana asks.
    grafana.setRenderer({ url: `https://127.0.0.1:${server.port}/render`, token: 'second', ca: certificate.ca });
    const loop = await fetch(`${grafana.url}/render/d-solo/panels?panelId=1&width=700&height=600&tz=UTC%2B02:00&${RANGE}`, {
      headers: { Authorization: `Bearer ${grafana.tokens.admin}` },
    });
    const drawn = Buffer.from(await loop.arrayBuffer());
    assert.equal(loop.status, 200, drawn.subarray(0, 200).toString());
    keep('containers/v5-loop.png', drawn);
    assert.deepEqual(sizeOf(drawn), [1000, 600]);

    for (const [route, pattern] of Object.entries(routes)) {
      const answer = await ask(server, route);
      assert.equal(answer.status, 200, route);
      assert.match(answer.body.toString(), pattern);
    }

    const { code, log } = await server.stop();
    assert.equal(code, 0);
    const lines = log.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 5 && lines.every(({ level }) => level === 'warning'), 'LOG_LEVEL=warn, LOG_FORMAT=json');
    assert.doesNotMatch(log, /\b(first|second)\b/);
    assertNotices(log, [['BROWSER_FLAGS', /target\.proxy/], ['BROWSER_NAMESPACED', /doctor/],
      ['BROWSER_READINESS_WAIT_FOR_N_QUERY_CYCLES', /browser\.readiness\.quiet/], ['RATE_LIMIT_MAX_AVAILABLE', /render\.concurrency/],
      ['TRACING_ENDPOINT', /traceparent/]]);
  });
});

test('files of version 5 and of version 3, taken whole', { timeout: 60000 }, async () => {
  const log = ['--log-level', 'debug'];
  for (const [file, more, tokens, zone, language] of [
    ['v5.yaml', ['--server.addr', '127.0.0.1:0'], ['a', 'b'], 'America/New_York', null],
    ['v3.json', ['--server.port', '0'], ['first', 'second'], 'Europe/Stockholm', 'de-DE'],
  ]) {
    const server = await startServer([], { command: ['server', `--config=${path.join(FILES, file)}`, ...more, ...log] });
    try {
      for (const token of tokens) {
        const headers = { 'X-Auth-Token': token };
        const seen = await environmentSeen((url) => server.render({ url, encoding: 'png' }, { headers }));
        assert.deepEqual([seen.timeZone, language ?? seen.language], [zone, seen.language], file);
      }
      const answer = await server.render({ url: `${grafana.url}/plain`, width: 3050 }, { headers: { 'X-Auth-Token': tokens[0] } });
      assert.equal(answer.headers.get('content-type'), file === 'v5.yaml' ? 'application/pdf' : 'image/png');
      assert.equal(answer.headers.get('x-panelshot-size'), file === 'v5.yaml' ? '3000x500@1' : '3050x500@1');
    } finally {
      await server.stop();
    }
  }
});

test('version 3, the environment taken whole', { timeout: 60000 }, async () => {
  const secure = await startGrafana({ tls: 'self-signed' });
  const changes = { HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', HTTP_CERT_FILE: certificate.caFile, HTTP_CERT_KEY: keyFile };
  try {
    await withContainer(environmentOf('v3.env', changes), async (server) => {
      await assertRefusesTls(server, 'TLSv1.2');
      for (const [token, status] of [['-', 401], ['first second', 401], ['first', 200], ['second', 200]]) {
        assert.equal((await ask(server, '/render', { url: `${grafana.url}/plain` }, { token })).status, status, token);
      }
      // Its viewport, in device pixels of its scale; with its zoom, the page sees two thirds of it.
      const plain = await ask(server, '/render', { url: `${grafana.url}/plain` });
      assert.equal(plain.type, 'image/png');
      assert.deepEqual(sizeOf(plain.body), [1600, 1200]);
      keep('containers/v3-plain.png', plain.body);
      for (const [params, told] of [[{ width: 2500, height: 200, deviceScaleFactor: 1 }, '2000x200@1'], [{ width: 20, height: 2600, deviceScaleFactor: 1 }, '20x2500@1'],
        [{ width: 20, height: 20, deviceScaleFactor: 3.5 }, '20x20@3']]) {
        const answer = await ask(server, '/render', { url: `${grafana.url}/plain`, ...params });
        assert.equal(answer.headers['x-panelshot-size'], told);
      }
      // A certificate that nobody signed.
      const unsigned = await ask(server, '/render', { url: `${secure.url}/plain` });
      assert.equal(unsigned.status, 200, unsigned.text);
      // BROWSER_TZ goes before TZ; the language is its own unless Grafana says one.
      const seen = await environmentSeen((url) => ask(server, '/render', { url }));
      assert.equal(seen.timeZone, 'Europe/Stockholm');
      assert.equal(seen.language, 'de-DE');
      for (const one of seen.requests) assert.match(one.headers['accept-language'], /^de-DE/, one.url);
      const metrics = await ask(server, '/metrics');
      assert.match(metrics.body.toString(), /^panelshot_slots 5$/m);

      const { code, log } = await server.stop();
      assert.equal(code, 0);
      assert.match(log, /level=debug/);
      assertNotices(log, [['RENDERING_ARGS', /target\.proxy/], ['CHROME_BIN', /PANELSHOT_ENGINE/], ['RENDERING_MODE', /session of its own/],
        ['RENDERING_DUMPIO', /log\.level debug/], ['RENDERING_TRACING_URL', /traceparent/]]);
    });
  } finally {
    await secure.close();
  }
});

/** [environment, request, type, size of the picture or of the first page in points] */
const PICTURES = [
  [{ BROWSER_MIN_WIDTH: '1000', BROWSER_MIN_HEIGHT: '500' }, { width: 640, height: 300 }, [1000, 500]],
  [{ BROWSER_MAX_WIDTH: '400', BROWSER_MAX_HEIGHT: '300' }, { width: 640, height: 600 }, [400, 300]],
  [{ BROWSER_MAX_WIDTH: '400' }, {}, [400, 500]],
  [{ BROWSER_MAX_WIDTH: '-1' }, { width: 3200, height: 10 }, [3200, 10]],
  [{ BROWSER_PAGE_SCALE_FACTOR: '1.5' }, { width: 100, height: 100 }, [150, 150]],
  [{ BROWSER_MAX_PAGE_SCALE_FACTOR: '2' }, { width: 100, height: 100, deviceScaleFactor: 3 }, [200, 200]],
  [{ PANELSHOT_API_MISSING_HEIGHT: 'full' }, { width: 300 }, [300, 1500]],
  [{ PANELSHOT_API_MISSING_HEIGHT: 'full' }, { width: 300, height: 200 }, [300, 200]],
  [{ BROWSER_MIN_WIDTH: '1000', BROWSER_MIN_HEIGHT: '500', PANELSHOT_API_MISSING_HEIGHT: 'full' }, { width: 300 }, [1000, 1500]],
  [{ RENDERING_VIEWPORT_WIDTH: '700', RENDERING_VIEWPORT_HEIGHT: '200' }, {}, [700, 200]],
  [{ RENDERING_VIEWPORT_MAX_WIDTH: '300', RENDERING_VIEWPORT_MAX_HEIGHT: '200', RENDERING_VIEWPORT_MAX_DEVICE_SCALE_FACTOR: '2' },
    { width: 1000, height: 1000, deviceScaleFactor: 4 }, [600, 400]],
];
for (const [env, params, size] of PICTURES) {
  test(`${JSON.stringify(env)} draws ${JSON.stringify(params)} as ${size.join('×')}`, async () => {
    await withSettings(env, async (server) => {
      const answer = await server.render({ url: `${grafana.url}/fault/tall?px=1500`, ...params });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(sizeOf(answer.body), size);
    });
  });
}

test('API_DEFAULT_ENCODING is for requests that name none', async () => {
  await withSettings({ API_DEFAULT_ENCODING: 'pdf' }, async (server) => {
    for (const [encoding, type] of [[undefined, 'application/pdf'], ['', 'application/pdf'], ['png', 'image/png']]) {
      const answer = await server.render({ url: `${grafana.url}/plain`, ...(encoding !== undefined && { encoding }) });
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type], `encoding ${encoding}`);
    }
  });
});

for (const [env, zone] of [
  [{ BROWSER_TIMEZONE: 'Asia/Tokyo', BROWSER_TZ: 'Europe/Paris', TZ: 'Etc/UTC' }, 'Asia/Tokyo'],
  [{ BROWSER_TZ: 'Europe/Paris', TZ: 'Etc/UTC' }, 'Europe/Paris'],
  [{ TZ: 'America/Lima' }, 'America/Lima'],
]) {
  test(`${JSON.stringify(env)} is the zone of pages that are asked for without`, async () => {
    await withSettings(env, async (server) => {
      assert.equal((await environmentSeen((url) => server.render({ url }))).timeZone, zone);
      assert.equal((await environmentSeen((url) => server.render({ url, timezone: 'Asia/Dubai' }))).timeZone, 'Asia/Dubai');
    });
  });
}

test('RENDERING_LANGUAGE, BROWSER_USER_AGENT and BROWSER_HEADER; a caller\'s language goes first', async () => {
  const env = { RENDERING_LANGUAGE: 'zh-CN', BROWSER_USER_AGENT: 'Mine/2', BROWSER_HEADER: 'X-Scope-OrgID=a,b,X-Other=c' };
  await withSettings(env, async (server) => {
    const seen = await environmentSeen((url) => server.render({ url }));
    assert.deepEqual([seen.language, seen.worker.headers.acceptLanguage, seen.userAgent], ['zh-CN', 'zh-CN', 'Mine/2']);
    for (const { headers, url } of seen.requests) assert.deepEqual([headers['x-scope-orgid'], headers['x-other']], ['a,b', 'c'], url);
    const other = await environmentSeen((url) => server.render({ url }, { headers: { 'Accept-Language': 'sv' } }));
    assert.deepEqual([other.language, other.worker.headers.acceptLanguage], ['sv', 'sv']);
  });
});

test('IGNORE_HTTPS_ERRORS, and without it a certificate that nobody signed is an error', async () => {
  const secure = await startGrafana({ tls: 'self-signed' });
  try {
    for (const [env, status] of [[{}, 502], [{ IGNORE_HTTPS_ERRORS: 'false' }, 502], [{ IGNORE_HTTPS_ERRORS: 'true' }, 200]]) {
      await withSettings(env, async (server) => {
        const answer = await server.render({ url: `${secure.url}/plain` });
        assert.equal(answer.status, status, answer.text);
      });
    }
  } finally {
    await secure.close();
  }
});

for (const [list, tokens] of [['one,two', ['one', 'two']], ['one two', ['one', 'two']], [' one , two ', ['one', 'two']]]) {
  test(`AUTH_TOKEN "${list}"`, async () => {
    await withSettings({ AUTH_TOKEN: list }, async (server) => {
      for (const [token, status] of [...tokens.map((one) => [one, 400]), [list.trim(), 401], ['-', 401], ['', 401]]) {
        assert.equal((await server.get('/render', { headers: { 'X-Auth-Token': token } })).status, status, `“${token}”`);
      }
    });
  });
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

test('HTTP_HOST and HTTP_PORT are where it listens, SERVER_ADDR goes first', async () => {
  const port = await freePort();
  await withContainer({ HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port) }, async (server) => assert.equal(server.port, port));
  const other = await freePort();
  await withContainer({ HTTP_HOST: '127.0.0.9', HTTP_PORT: '1', SERVER_ADDR: `127.0.0.1:${other}` }, async (server) => assert.equal(server.port, other));
});

test('an address for all, with the default token: it starts, and says so', async () => {
  await withContainer({ SERVER_ADDR: ':0' }, async (server) => {
    assert.equal((await server.get('/healthz')).status, 200);
    assert.match(server.log(), /level=warning.*anybody.*AUTH_TOKEN/);
  });
});

test('LOG_FORMAT=json: every line, of the engine too', async () => {
  await withSettings({ LOG_FORMAT: 'json' }, async (server) => {
    await server.render({ url: `${grafana.url}/plain` });
    const { log } = await server.stop();
    const lines = log.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.some((one) => one.program === 'engine'));
    assert.ok(lines.some((one) => one.status === 200 && one.outcome === 'ok'));
  });
});

test('API_SILENCE_REQUEST_LOG_PATH', async () => {
  await withSettings({ API_SILENCE_REQUEST_LOG_PATH: '/render' }, async (server) => {
    await server.render({ url: `${grafana.url}/plain` });
    await fetch(`${server.url}/render/csv?url=x`, { headers: { 'X-Auth-Token': '-' } });
    const { log } = await server.stop();
    assert.doesNotMatch(log, /method=GET path=\/render\?/);
    assert.match(log, /method=GET path=\/render\/csv/);
  });
});

test('BROWSER_OVERRIDE is for addresses that match, the first one counts', async () => {
  const env = {
    BROWSER_TIMEZONE: 'Asia/Tokyo',
    BROWSER_OVERRIDE: `^http://127\\.0\\.0\\.1:${grafana.port}/env\\?=--browser.timezone=America/Lima --browser.min-width=1200`,
  };
  await withSettings(env, async (server) => {
    let size = null;
    const visit = async (url, more) => {
      const answer = await server.render({ url, width: 300, height: 200, ...more });
      size = answer.headers.get('x-panelshot-size');
      return answer;
    };
    assert.equal((await environmentSeen(visit)).timeZone, 'America/Lima');
    assert.equal(size, '1200x200@1');
    assert.equal((await environmentSeen((url) => visit(url, { timezone: 'Asia/Dubai' }))).timeZone, 'Asia/Dubai', 'a request says more than an override');
    assert.equal((await environmentSeen((url) => visit(url.replace('127.0.0.1', 'localhost')))).timeZone, 'Asia/Tokyo');
    assert.equal(size, '300x200@1');
  });
});

const HANGING = '/d-solo/panels?panelId=1&qhang=1';

/** [environment, page, flags of the picture, least time of settling] */
const READINESS = [
  [{ BROWSER_READINESS_PRIOR_WAIT: '1200ms' }, '/plain', '', 1200],
  [{ BROWSER_READINESS_DISABLE_QUERY_WAIT: 'true', BROWSER_READINESS_DISABLE_NETWORK_WAIT: 'true' }, HANGING, ''],
  [{ BROWSER_READINESS_GIVE_UP_ON_ALL_QUERIES: '1s', BROWSER_READINESS_NETWORK_IDLE_TIMEOUT: '1s' }, HANGING, 'limit', 500],
  [{}, '/fault/never-stops', 'still_moving', 1000],
  [{ BROWSER_READINESS_DISABLE_DOM_HASHCODE_WAIT: 'true' }, '/fault/never-stops', ''],
  [{ BROWSER_READINESS_DOM_HASHCODE_TIMEOUT: '1s' }, '/fault/never-stops', 'limit', 900],
  [{ BROWSER_FORCE_POLLING_MODE: 'true' }, '/channel/x?success=false', ''],
];
for (const [env, target, flags, least = 0] of READINESS) {
  test(`${JSON.stringify(env)}: ${target} has the flags “${flags}”`, async () => {
    await withSettings(env, async (server) => {
      const answer = await server.render(signedIn(target, { timeout: 20, width: 400, height: 300 }));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get('x-panelshot-flags'), flags);
      assert.ok(settlingMs(answer.headers) >= least, `${settlingMs(answer.headers)} ms`);
    });
  });
}

test('without a look at requests and changes the data are on the screen all the same', async () => {
  const blind = { BROWSER_READINESS_DISABLE_NETWORK_WAIT: 'true', BROWSER_READINESS_DISABLE_DOM_HASHCODE_WAIT: 'true' };
  const draw = (env) => withSettings(env, async (server) => {
    const answer = await server.render(signedIn(`/d/panels?kiosk&qdelay=random:0-600:7&${RANGE}`, { width: 1000, height: 900 }));
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  });
  const [looked, trusted] = [await draw({}), await draw(blind)];
  keep('containers/blind.png', trusted);
  assert.equal(countDifferent(decode(looked), decode(trusted), 16), 0);
});

test('BROWSER_READINESS_TIMEOUT is a 408 long before the timeout of the request', async () => {
  await withSettings({ BROWSER_READINESS_TIMEOUT: '1s' }, async (server) => {
    const answer = await server.render(signedIn(HANGING, { timeout: 60 }));
    assert.equal(answer.status, 408);
    assert.match(answer.text, /not ready within 1 s/);
  });
});

test('RATE_LIMIT_MAX_LIMIT: so many at once, the next one is too many', async () => {
  await withSettings({ RATE_LIMIT_MAX_LIMIT: '3' }, async (server) => {
    const controller = new AbortController();
    const asked = [1, 2, 3].map(() => server.render({ url: `${grafana.url}/fault/hang`, timeout: 60 }, { signal: controller.signal }).catch(() => null));
    assert.ok(await eventually(async () => await server.metric('http_requests_in_flight') === 3));
    const answer = await server.render({ url: `${grafana.url}/plain` });
    assert.equal(answer.status, 429);
    assert.match(answer.text, /server is too busy, try again later/);
    assert.equal(answer.headers.get('retry-after'), '5');
    controller.abort();
    await Promise.all(asked);
    assert.ok(await eventually(async () => (await server.render({ url: `${grafana.url}/plain` })).status === 200), 'there is room again');
  });
});

test('SIGHUP while it renders: nothing is dropped, the next one goes by what was read', async () => {
  const folder = scratch();
  const config = path.join(folder, 'config.yaml');
  const write = (text) => writeFileSync(config, text);
  write('browser:\n  min-width: 700\nserver:\n  auth-token: old\n');
  await withSettings({ PANELSHOT_CONFIG: config }, async (server) => {
    grafana.clear();
    const url = `${grafana.url}/fault/slow?ms=1500`;
    const asking = ['png', 'pdf'].map((encoding) => server.render({ url, width: 100, encoding }, { headers: { 'X-Auth-Token': 'old' } }));
    assert.ok(await eventually(() => grafana.requests.filter((one) => one.path === '/fault/slow').length === 2));
    write('browser:\n  min-width: 800\nserver:\n  auth-token: new\n');
    process.kill(server.pid, 'SIGHUP');
    assert.ok(await eventually(() => server.log().includes('the settings were read again')));
    const plain = (token) => server.render({ url: `${grafana.url}/plain`, width: 100 }, { headers: { 'X-Auth-Token': token } });
    assert.equal((await plain('old')).status, 401);
    assert.deepEqual(sizeOf((await plain('new')).body), [800, 500]);
    const [picture, paper] = await Promise.all(asking);
    assert.deepEqual([picture.status, paper.status], [200, 200]);
    assert.deepEqual(sizeOf(picture.body), [700, 500]);
    assert.equal(pageSizes(paper.body).length, 1);
    // A mistake changes nothing.
    write('browser:\n  min-width: many\n');
    process.kill(server.pid, 'SIGHUP');
    assert.ok(await eventually(() => server.log().includes('the old ones stay')));
    assert.deepEqual(sizeOf((await plain('new')).body), [800, 500]);
  });
});

test('SERVER_CERTIFICATE_FILE: a new certificate in the file is taken up by SIGHUP', async () => {
  const folder = scratch();
  const put = (from) => {
    writeFileSync(path.join(folder, 'cert.pem'), from.cert);
    writeFileSync(path.join(folder, 'key.pem'), from.key, { mode: 0o600 });
  };
  const fingerprint = (cert) => execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], { input: cert }).toString().trim().split('=')[1];
  const shown = async (server) => {
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const next = makeCertificate('self-signed');
  put(certificate);
  try {
    await withSettings({ SERVER_CERTIFICATE_FILE: path.join(folder, 'cert.pem'), SERVER_KEY_FILE: path.join(folder, 'key.pem') }, async (server) => {
      assert.equal(await shown(server), fingerprint(certificate.cert));
      assert.equal((await ask(server, '/render', { url: `${grafana.url}/plain` }, { token: '-' })).status, 200);

      // Under TLS too, one who leaves is noticed.
      grafana.clear();
      const controller = new AbortController();
      const abandoned = ask(server, '/render', { url: `${grafana.url}/fault/hang`, timeout: 60 }, { token: '-', signal: controller.signal });
      abandoned.catch(() => {});
      assert.ok(await eventually(() => grafana.requests.some((one) => one.path === '/fault/hang')));
      controller.abort();
      await assert.rejects(abandoned);
      assert.ok(await eventually(async () => /^http_requests_in_flight 0$/m.test((await ask(server, '/metrics')).body.toString()), 1000));

      put(next);
      process.kill(server.pid, 'SIGHUP');
      assert.ok(await eventually(async () => await shown(server) === fingerprint(next.cert)));
    });
  } finally {
    next.remove();
  }
});
