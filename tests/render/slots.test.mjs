// Slots: what is shared between visits, that a page which is led on shows what was asked for, and
// that nobody sees what belongs to another.
//
// sanitised

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { countDifferent, decode, descendants, eventually, keep, secretFile, startGrafana, startServer } from '../support/harness.mjs';

const RANGE = 'from=1721736889194&to=1721738490788';
const OTHER_RANGE = 'from=1721700000000&to=1721720000000';

let grafana;
let server;
let token;

before(async () => {
  grafana = await startGrafana();
});
after(() => grafana.close());

/** A server with one slot, so that each visit finds what the one before it left. */
beforeEach(async () => {
  token = grafana.tokens.admin;
  server = await startServer(['--concurrency', '1', '--token-for', `${grafana.url}=${secretFile(token)}`]);
  return async () => { await server.stop(); };
});

async function draw(path, params = {}) {
  const answer = await server.render({ url: grafana.url + path, timeout: 30, ...params });
  return { ...answer, path: answer.headers.get('x-panelshot-path') };
}

async function picture(path, wanted, params) {
  const answer = await draw(path, params);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.path, wanted, `${path} came ${answer.path}`);
  return { ...decode(answer.body), body: answer.body };
}

/** The same page by a server that has nothing from before. */
async function fresh(path, params = {}) {
  const other = await startServer(['--concurrency', '1', '--token-for', `${grafana.url}=${secretFile(token)}`]);
  try {
    const answer = await other.render({ url: grafana.url + path, timeout: 30, ...params });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('x-panelshot-path'), 'cold');
    return { ...decode(answer.body), body: answer.body };
  } finally {
    await other.stop();
  }
}

function assertSame(a, b, name) {
  const n = countDifferent(a, b);
  if (n > 0) {
    keep(`slots-${name}-a.png`, a.body);
    keep(`slots-${name}-b.png`, b.body);
  }
  assert.equal(n, 0, `${name}: ${n} pixels differ`);
}

/** Whoever comes with a key does not come twice: always a load. */
const byKey = () => ({ renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1' });

const solo = (id, more = '', range = RANGE) => `/d-solo/panels?panelId=${id}&${range}${more}`;

test('a page that is led on gives the pictures of a page that is loaded', { timeout: 120000 }, async () => {
  const paths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((id) => solo(id))
    .concat(solo(1, '', OTHER_RANGE), `/d/panels?${RANGE}`, `/d-solo/zh?panelId=1&${RANGE}`, `/d/panels?viewPanel=4&${RANGE}`);
  const led = new Map();
  for (const path of paths) {
    const answer = await draw(path);
    assert.equal(answer.status, 200, answer.text);
    led.set(path, { ...decode(answer.body), body: answer.body, by: answer.path });
  }
  assert.deepEqual([...led].slice(1).filter(([, one]) => one.by !== 'resident').map(([path]) => path), []);
  for (const path of paths) {
    const loaded = await draw(path, byKey());
    assertSame(led.get(path), { ...decode(loaded.body), body: loaded.body }, `led${path.replace(/\W+/g, '-')}`);
  }
});

test('the same address twice is asked for twice, at any size', async () => {
  await picture(solo(1), 'cold');
  for (const size of [{}, { width: 640, height: 320 }, {}]) {
    grafana.clear();
    const again = await picture(solo(1), 'resident', size);
    assert.deepEqual([again.width, again.height], [size.width ?? 1000, size.height ?? 500]);
    assert.ok(grafana.requests.some((one) => one.path === '/api/ds/query'), 'the data');
    assert.ok(grafana.requests.some((one) => one.path.startsWith('/api/dashboards/')), 'the dashboard');
  }
});

test('an edited dashboard, new data and a deleted panel are seen at once', async () => {
  const dashboard = grafana.dashboards.get('panels');
  const panel = dashboard.panels.find((one) => one.id === 1);
  const { title, targets: [{ seed }] } = panel;
  const before = await picture(solo(1), 'cold');
  try {
    panel.title = '改过的标题';
    const renamed = await picture(solo(1), 'resident');
    assert.ok(countDifferent(before, renamed, 8) > 100);
    assertSame(renamed, await fresh(solo(1)), 'renamed');
    panel.targets[0].seed = 'other';
    const changed = await picture(solo(1), 'resident');
    assert.ok(countDifferent(changed, renamed, 8) > 1000);
    assertSame(changed, await fresh(solo(1)), 'data');
    dashboard.panels = dashboard.panels.filter((one) => one !== panel);
    assert.equal((await draw(solo(1))).status, 404);
  } finally {
    panel.title = title;
    panel.targets[0].seed = seed;
    if (!dashboard.panels.includes(panel)) dashboard.panels = [panel, ...dashboard.panels];
  }
  assertSame(before, await fresh(solo(1)), 'as before');
});

test('a token that was revoked gives no picture, whatever stands on the page', async () => {
  const others = await startGrafana();
  const own = await startServer(['--concurrency', '1', '--token-for', `${others.url}=${secretFile(others.tokens.viewer)}`]);
  try {
    const url = `${others.url}${solo(1)}`;
    for (const wanted of ['cold', 'resident']) {
      const answer = await own.render({ url });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get('x-panelshot-path'), wanted);
    }
    others.revokeToken(others.tokens.viewer);
    const refused = await own.render({ url });
    assert.equal(refused.status, 502, refused.text);
    assert.match(refused.text, /login/);
  } finally {
    await own.stop();
    await others.close();
  }
});

test('another theme, scale, language or organisation is another page', async () => {
  await picture(solo(3), 'cold');
  await picture(solo(3), 'resident');
  await picture(solo(3, '&theme=light'), 'warm');
  await picture(solo(3, '&orgId=1'), 'warm');
  await picture(solo(3), 'warm', { language: 'zh-CN' }).catch(() => {});
  const twice = await picture(solo(3), 'cold', { deviceScaleFactor: 2 });
  assert.deepEqual([twice.width, twice.height], [2000, 1000]);
  await picture(solo(3), 'cold', { timezone: 'Asia/Shanghai' });
});

test('a page that stays when its address changes is loaded, and soon is not tried any more', async () => {
  await picture(solo(1, '&stubborn=1'), 'cold');
  for (const id of [3, 6, 9]) {
    const got = await picture(solo(id, '&stubborn=1'), 'warm');
    assertSame(got, await fresh(solo(id)), `stubborn-${id}`);
  }
  assert.ok(/cannot be led from one address to the next/.test(server.log()), 'it is said');
});

test('a failure on a resident page is not believed', async () => {
  await picture(solo(1), 'cold');
  assert.equal((await draw(solo(99))).status, 404);
  assert.equal((await draw('/d-solo/nosuch?panelId=1')).status, 404);
  await picture(solo(1), 'warm');
});

test('a resident page is silent', { timeout: 60000 }, async () => {
  await picture(solo(1), 'cold');
  const web = descendants(server.pid).find((one) => one.comm.startsWith('WebKitWebProces'));
  await eventually(() => server.log().includes('slot busy > resident'));
  // Parked after a moment; from then on nothing is asked for, for as long as the engine listens.
  grafana.clear();
  assert.ok(!await eventually(() => grafana.requests.length > 0, 2500), JSON.stringify(grafana.requests.map((one) => one.path)));
  assert.ok(descendants(server.pid).some((one) => one.pid === web.pid), 'and it stays');
  await picture(solo(3), 'resident');
});

test('a page that is not silent goes', { timeout: 60000 }, async () => {
  await picture(solo(1, '&noisy=300'), 'cold');
  assert.ok(await eventually(() => /the resident page goes/.test(server.log()), 10000), 'it is heard');
  await picture(solo(1, '&noisy=300'), 'warm');
});

test('static files are fetched once, nothing else is kept', async () => {
  const count = (match) => grafana.requests.filter((one) => match.test(one.path)).length;
  const plain = await startServer(['--concurrency', '1']);
  try {
    grafana.clear();
    for (let i = 0; i < 4; i++) {
      const answer = await plain.render({ url: grafana.url + solo(1), ...byKey() });
      assert.equal(answer.status, 200, answer.text);
    }
    assert.ok(grafana.requests.every((one) => one.status !== 304), 'nothing is kept to be asked about');
    const scripts = new Set(grafana.requests.filter((one) => /^\/public\/build\/.*\.js$/.test(one.path)).map((one) => one.path));
    assert.equal(count(/^\/public\/build\/[^/]*\.(js|css)$/), scripts.size + 1, 'each of them once');
    assert.equal(count(/^\/api\/ds\/query$/), 4);
    assert.equal(count(/^\/api\/dashboards\//), 4);
  } finally {
    await plain.stop();
  }
});

test('people that take turns in one process see their own', async () => {
  const seen = new Map();
  for (const login of ['admin', 'wang', 'viewer', 'wang', 'admin']) {
    const answer = await draw(`/d/panels?${RANGE}`, { renderKey: grafana.mintRenderKey(login), domain: '127.0.0.1', height: 200 });
    assert.equal(answer.status, 200, answer.text);
    const one = { ...decode(answer.body), body: answer.body };
    if (seen.has(login)) assertSame(one, seen.get(login), `turns-${login}`);
    seen.set(login, one);
  }
  assert.ok(countDifferent(seen.get('admin'), seen.get('wang'), 8) > 0, 'their names are on the page');
});

test('a web process that died between two visits costs nothing', async () => {
  await picture(solo(1), 'cold');
  const web = descendants(server.pid).find((one) => one.comm.startsWith('WebKitWebProces'));
  process.kill(web.pid, 'SIGKILL');
  assert.ok(await eventually(() => /slot: a web process that was resident has died/.test(server.log())));
  await picture(solo(1), 'cold');
});

test('a visit that is cancelled at any moment leaves nothing to the next', { timeout: 60000 }, async () => {
  const paths = ['/plain', solo(3), '/fault/hang', '/fault/script-error'];
  for (let i = 0; i < 60; i++) {
    const controller = new AbortController();
    const abandoned = server.render({ url: grafana.url + paths[i % paths.length] }, { signal: controller.signal }).catch(() => null);
    await new Promise((resolve) => { setTimeout(resolve, (i * 7) % 90); }); // each time at another moment of its life
    controller.abort();
    await abandoned;
    const next = await server.render({ url: `${grafana.url}/plain`, width: 100, height: 50 });
    assert.equal(next.status, 200, `after ${i}: ${next.text}`);
  }
});
