// The three ways to sign in, Grafana's own loop, and that no credential reaches a stranger.
//
// sanitised

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countDifferent, decode, keep, run, secretFile, startForeign, startGrafana, startServer } from '../support/harness.mjs';

let grafana;
let foreign;
let server;
let origin;

before(async () => {
  grafana = await startGrafana();
  foreign = await startForeign();
  origin = new URL(grafana.url).origin;
  server = await startServer(['--token-for', `${origin}=${secretFile(grafana.tokens.admin)}`]);
});
after(async () => {
  await server.stop();
  await foreign.close();
  await grafana.close();
});

const RANGE = 'from=1721736889194&to=1721738490788';

/** A server that knows no token. */
async function withPlainServer(args, work) {
  const plain = await startServer(args);
  try {
    return await work(plain);
  } finally {
    await plain.stop();
  }
}

function assertPanel(answer, name) {
  assert.equal(answer.status, 200, answer.text);
  keep(`${name}.png`, answer.body);
  const picture = decode(answer.body);
  const colours = new Set();
  for (let i = 0; i < picture.data.length; i += 4 * 7) {
    colours.add((picture.data[i] << 16) | (picture.data[i + 1] << 8) | picture.data[i + 2]);
  }
  assert.ok(colours.size > 40, `only ${colours.size} colours`);
  return picture;
}

// Half-encoded as people write them: the address as it is up to its first "&".
const seedCall = (more = '') => `/render?url=http://localhost:${grafana.port}/d-solo/panels/slug?panelId=1%26orgId=1%26render=1${more}&domain=localhost`;

for (const [name, more] of [['', ''], [' over an absolute range', '%26from=1721736889194%26to=1721738490788']]) {
  test(`a mapped token signs in the plain call${name}, without a render key`, async () => {
    const tokens = ['--token-for', `http://localhost:${grafana.port}=${secretFile(grafana.tokens.admin)}`];
    await withPlainServer(tokens, async (plain) => {
      grafana.clear();
      const answer = await plain.get(seedCall(more), { headers: { 'X-Auth-Token': '-' } });
      assertPanel(answer, `seed-token${more ? '-range' : ''}`);
      const document = grafana.requests.find((one) => one.path.startsWith('/d-solo/'));
      assert.match(document.url, more ? /panelId=1&orgId=1&render=1&from=1721736889194&to=1721738490788$/ : /panelId=1&orgId=1&render=1$/);
      assert.equal(grafana.requests.filter((one) => one.path === '/api/ds/query').at(-1).user, 'admin');
    });
  });
}

test('the plain call with a JWT in the address', async () => {
  await withPlainServer([], async (plain) => {
    const answer = await plain.get(seedCall(`%26auth_token=${grafana.mintJwt({ sub: 'viewer' })}%26viewPanel=1`), { headers: { 'X-Auth-Token': '-' } });
    assertPanel(answer, 'seed-jwt');
  });
});

test('a render key signs in', async () => {
  await withPlainServer([], async (plain) => {
    const answer = await plain.render({
      url: `${grafana.url}/d-solo/panels?panelId=1&${RANGE}`, renderKey: grafana.mintRenderKey('wang'), domain: '127.0.0.1',
    });
    assertPanel(answer, 'render-key');
    assert.equal(grafana.requests.filter((one) => one.path === '/api/ds/query').at(-1).user, 'wang');
  });
});

test('a render key for localhost signs in on localhost', async () => {
  await withPlainServer([], async (plain) => {
    const answer = await plain.render({
      url: `http://localhost:${grafana.port}/d-solo/panels?panelId=3&${RANGE}`, renderKey: grafana.mintRenderKey('admin'), domain: 'localhost',
    });
    assertPanel(answer, 'render-key-localhost');
  });
});

test('a render key signs in on an IPv6 host, with and without brackets', async () => {
  const six = await startGrafana({ host: '::1' });
  try {
    await withPlainServer([], async (plain) => {
      for (const domain of ['::1', '[::1]']) {
        const answer = await plain.render({ url: `${six.url}/d-solo/panels?panelId=3&${RANGE}`, renderKey: six.mintRenderKey('admin'), domain });
        assertPanel(answer, 'render-key-ipv6');
      }
    });
  } finally {
    await six.close();
  }
});

for (const [name, params] of [
  ['a wrong render key', { renderKey: 'nonsense', domain: '127.0.0.1' }],
  ['a render key for another domain', { renderKey: 'KEY', domain: 'grafana.example' }],
  ['no credential at all', {}],
]) {
  test(`${name} is a clear error, never a picture of the login page`, async () => {
    await withPlainServer([], async (plain) => {
      const renderKey = params.renderKey === 'KEY' ? grafana.mintRenderKey('admin') : params.renderKey;
      const answer = await plain.render({ url: `${grafana.url}/d-solo/panels?panelId=1`, ...params, ...(renderKey && { renderKey }) });
      assert.equal(answer.status, 502);
      assert.match(answer.text, /login/i);
      assert.match(answer.text, /→/, 'the redirect chain is told');
      if (renderKey) assert.doesNotMatch(answer.text, new RegExp(renderKey));
    });
  });
}

test('a revoked token is a clear error', async () => {
  await withPlainServer(['--token-for', `${origin}=${secretFile('glsa_gone_00000000')}`], async (plain) => {
    const answer = await plain.render({ url: `${grafana.url}/d-solo/panels?panelId=1` });
    assert.equal(answer.status, 502);
    assert.match(answer.text, /login|401/i);
  });
});

for (const name of ['X-JWT-Assertion', 'X-jwt-ttk']) {
  test(`a JWT travels in the header ${name}`, async () => {
    const file = secretFile(grafana.mintJwt({ sub: 'viewer' }));
    await withPlainServer(['--jwt-header-for', `${origin}=${name}:${file}`], async (plain) => {
      grafana.clear();
      const answer = await plain.render({ url: `${grafana.url}/d-solo/panels?panelId=2&${RANGE}` });
      assertPanel(answer, `jwt-${name}`);
      assert.ok(grafana.requests.filter((one) => one.path === '/api/ds/query').every((one) => one.by === 'jwt'));
    });
  });
}

test('a JWT that the caller sends is passed on under the same rule', async () => {
  await withPlainServer(['--forward-header', 'X-JWT-Assertion'], async (plain) => {
    const answer = await plain.render({ url: `${grafana.url}/d-solo/panels?panelId=2&${RANGE}` }, { headers: { 'X-JWT-Assertion': grafana.mintJwt({ sub: 'viewer' }) } });
    assertPanel(answer, 'jwt-forwarded');
  });
});

for (const claims of [{ sub: 'viewer', expired: true }, { sub: 'viewer', badSignature: true }]) {
  test(`a JWT with ${JSON.stringify(claims)} is refused by Grafana and told as such`, async () => {
    const jwt = grafana.mintJwt(claims);
    await withPlainServer([], async (plain) => {
      const answer = await plain.render({ url: `${grafana.url}/d-solo/panels?panelId=1&auth_token=${jwt}` });
      assert.equal(answer.status, 502);
      assert.match(answer.text, /login|401/i);
      assert.ok(!answer.text.includes(jwt));
      assert.ok(!plain.log().includes(jwt), 'the log holds no token');
    });
  });
}

for (const path of ['d-solo/panels?panelId=1', 'd-solo/panels?panelId=6', 'd/panels?kiosk']) {
  test(`the loop browser → Grafana → renderer → Grafana: ${path}`, async () => {
    await withPlainServer([], async (plain) => {
      grafana.setRenderer({ url: `${plain.url}/render`, token: '-' });
      const answer = await fetch(`${grafana.url}/render/${path}&width=900&height=450&tz=UTC%2B02:00&${RANGE}`, {
        headers: { Authorization: `Bearer ${grafana.tokens.admin}`, 'Accept-Language': 'zh-CN' },
      });
      const body = Buffer.from(await answer.arrayBuffer());
      assert.equal(answer.status, 200, body.toString().slice(0, 300));
      const picture = decode(body);
      assert.deepEqual([picture.width, picture.height], [900, 450]);
      keep(`loop-${path.replace(/\W+/g, '-')}.png`, body);
      const query = grafana.requests.filter((one) => one.path === '/api/ds/query').at(-1);
      assert.equal(query.by, 'render');
      assert.equal(query.headers['accept-language'], 'zh-CN');
    });
  });
}

test('the loop with a wrong renderer token fails and draws nothing', async () => {
  await withPlainServer(['--auth-token', 'right'], async (plain) => {
    grafana.setRenderer({ url: `${plain.url}/render`, token: 'wrong' });
    const answer = await fetch(`${grafana.url}/render/d-solo/panels?panelId=1`, { headers: { Authorization: `Bearer ${grafana.tokens.admin}` } });
    assert.equal(answer.status, 500);
  });
});

test('no credential reaches another origin', async () => {
  const jwtFile = secretFile(grafana.mintJwt({ sub: 'viewer' }));
  const other = await startForeign({ name: 'localhost' });
  try {
    await withPlainServer(['--token-for', `${origin}=${secretFile(grafana.tokens.admin)}`, '--jwt-header-for', `${origin}=X-JWT-Assertion:${jwtFile}`], async (plain) => {
      for (const stranger of [foreign, other]) {
        for (const path of [
          `/fault/redirect?to=${encodeURIComponent(`${stranger.url}/page.html`)}`,
          `/fault/image?to=${encodeURIComponent(`${stranger.url}/picture.png`)}`,
          `/fault/fetch?to=${encodeURIComponent(`${stranger.url}/data`)}`,
          `/fault/worker?to=${encodeURIComponent(`${stranger.url}/from-worker`)}`,
          `/fault/iframe?src=${encodeURIComponent(`${stranger.url}/frame.html`)}`,
          `/fault/beacon?to=${encodeURIComponent(`${stranger.url}/beacon`)}`,
          `/fault/form?to=${encodeURIComponent(`${stranger.url}/form.html`)}`,
          // From our own origin by a redirect, as image and as fetch.
          `/fault/image?to=${encodeURIComponent(`/fault/redirect?to=${encodeURIComponent(`${stranger.url}/picture.png`)}`)}`,
          `/fault/fetch?to=${encodeURIComponent(`/fault/redirect?to=${encodeURIComponent(`${stranger.url}/redirected`)}`)}`,
        ]) {
          await plain.render({ url: grafana.url + path, timeout: 20, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1' });
        }
        const paths = stranger.requests.map((one) => one.url);
        // A form that leads to another host is stopped before its request; to another port it is not.
        const wantedPaths = ['/page.html', '/picture.png', '/data', '/from-worker', '/frame.html', '/redirected', '/beacon'];
        for (const wanted of stranger === foreign ? [...wantedPaths, '/form.html'] : wantedPaths) {
          assert.ok(paths.some((url) => url.startsWith(wanted)), `${wanted} was asked for: ${paths}`);
        }
        for (const request of stranger.requests) {
          assert.equal(request.headers.authorization, undefined, request.url);
          assert.equal(request.headers['x-jwt-assertion'], undefined, request.url);
        }
      }
      // Cookies know hosts, not ports; the key must at least not reach another host.
      for (const request of other.requests) assert.equal(request.headers.cookie, undefined, request.url);
    });
  } finally {
    await other.close();
  }
});

test('a token goes with every kind of request to its own origin', async () => {
  grafana.clear();
  for (const path of ['/fault/image?to=/probe/dot.png?n=1', '/fault/fetch?to=/fault/answer', '/fault/worker?to=/fault/answer?w=1', '/fault/iframe?src=/plain',
    '/fault/redirect?to=/plain']) {
    const answer = await server.render({ url: grafana.url + path });
    assert.equal(answer.status, 200, answer.text);
  }
  const wanted = ['/probe/dot.png', '/fault/answer', '/plain', '/fault/worker.js'];
  for (const path of wanted) {
    const seen = grafana.requests.filter((one) => one.path === path);
    assert.ok(seen.length > 0, `${path} was asked for`);
    for (const one of seen) assert.match(one.headers.authorization ?? '', /^Bearer glsa_/, one.url);
  }
});

test('a token of another port is not sent', async () => {
  grafana.clear();
  await withPlainServer(['--token-for', `http://127.0.0.1:${grafana.port + 1}=${secretFile(grafana.tokens.admin)}`], async (plain) => {
    await plain.render({ url: `${grafana.url}/plain` });
    assert.ok(grafana.requests.length > 0);
    for (const one of grafana.requests) assert.equal(one.headers.authorization, undefined);
  });
});

test('each render starts without anything of the one before', async () => {
  grafana.clear();
  for (let i = 0; i < 3; i++) {
    const answer = await server.render({ url: `${grafana.url}/identity?visit=${i}`, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1' });
    assert.equal(answer.status, 200, answer.text);
  }
  const reports = grafana.collected.filter((one) => one.kind === 'identity');
  assert.equal(reports.length, 3);
  for (const report of reports) {
    for (const [name, value] of Object.entries(report.before)) assert.equal(value, null, `${name} held ${value}`);
  }
  assert.equal(new Set(reports.map((one) => one.resource)).size, 3, 'the cached resource was fetched anew each time');
});

test('two identities side by side see their own data', async () => {
  const logins = ['admin', 'viewer', 'wang', 'admin', 'viewer', 'wang'];
  const answers = await Promise.all(logins.map((login) => server.render({
    url: `${grafana.url}/d/panels?orgId=1&${RANGE}`, renderKey: grafana.mintRenderKey(login), domain: '127.0.0.1', width: 1000, height: 300,
  })));
  const pictures = answers.map((answer, i) => assertPanel(answer, `identity-${logins[i]}`));
  assert.equal(countDifferent(pictures[0], pictures[3]), 0, 'one user, one picture');
});

test('the command line signs in with a token file and with the environment', async () => {
  const url = `${grafana.url}/d-solo/panels?panelId=1&${RANGE}`;
  const byFile = await run(['render', url, '-o', '-', '--token-file', secretFile(grafana.tokens.admin)]);
  assert.equal(byFile.code, 0, byFile.stderr);
  const byEnvironment = await run(['render', url, '-o', '-'], { env: { PANELSHOT_TOKEN: grafana.tokens.admin } });
  assert.equal(byEnvironment.code, 0, byEnvironment.stderr);
  assert.equal(countDifferent(decode(byFile.stdout), decode(byEnvironment.stdout)), 0);
  const without = await run(['render', url, '-o', '-']);
  assert.equal(without.code, 7, without.stderr);
  assert.equal(without.stdout.length, 0);
});
