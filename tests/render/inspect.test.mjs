// Inspections: what is in the archive is what a plan says and what /render shows, whatever happens meanwhile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { after, afterEach, before, test } from 'node:test';
import { FLAG, listCells, listRuns, STATE, verify } from '../support/archive.mjs';
import { countDifferent, decode, keep, random, run, scratch, secretFile, start, startGrafana, startServer } from '../support/harness.mjs';

const NOW = '2026-11-24T12:00';
const NOW_MS = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3600000;

setMaxListeners(100, process); // of folders to be removed

let grafana;
let token;

before(async () => {
  grafana = await startGrafana({ queryDelayMs: 20 });
  token = secretFile(grafana.tokens.viewer);
});
after(() => grafana.close());
afterEach(() => {
  grafana.watch();
  grafana.setDown(false);
  grafana.setData();
});

/** A plan in a folder of its own, which the archive shares. */
function makePlan(text, { ranges = ['last 1h', 'yesterday'], tokenFile = token, name = 'daily' } = {}) {
  const folder = scratch();
  const plan = path.join(folder, `${name}.yaml`);
  writeFileSync(plan, `grafana: {address: "${grafana.url}", tokenFile: ${tokenFile}}\ntimezone: UTC\nranges: ${JSON.stringify(ranges)}\n${text}`);
  return { plan, archive: path.join(folder, 'archive') };
}

const command = ({ plan, archive }, args = []) => ['inspect', 'run', plan, '--archive', archive, ...args];
const inspect = (round, args = [], options = {}) => run(command(round, args), options);
const inspectNow = (round, args = [], options = {}) => inspect(round, ['--now', NOW, ...args], options);
// Four panels, one of them twice.
const SMALL = 'dashboards: [{uid: inspect-c, include: [{row: Web, kind: timeseries}, {title: "Errors in *"}]}]\n';
const THREE = ['last 1h', 'last 6h', 'yesterday'];

const readObject = ({ archive }, hash) => readFileSync(path.join(archive, 'objects', hash.slice(0, 2), hash));
const picture = (round, cell) => readObject(round, cell.picture);
const count = (cells, state) => cells.filter((cell) => cell.state === state).length;
const isDashboard = ({ path: at }) => at.startsWith('/api/dashboards/uid/');
const isOurs = ({ headers }) => (headers['user-agent'] ?? '').startsWith('panelshot/');

/** Calls @act at the nth request that @matches, once. */
function atRequest(n, matches, act) {
  let seen = 0;
  grafana.watch((request) => {
    if (matches(request) && ++seen === n) act(request);
  });
}

function assertWhole(round, n) {
  const cells = listCells(round.archive);
  assert.equal(cells.length, n);
  assert.equal(new Set(cells.map(({ run_id: id, key }) => `${id} ${key}`)).size, n, 'no cell twice');
  assert.equal(verify(round.archive), 'ok');
  return cells;
}

test('three dashboards over three ranges with two values: each cell is what /render shows', async () => {
  const round = makePlan(`dashboards:
  - {uid: inspect-a, variables: {region: [eu, us]}}
  - {uid: inspect-b, variables: {env: test}}
  - inspect-c
`, { ranges: THREE });
  const result = await inspectNow(round, ['--json'], { timeoutMs: 300000 });
  assert.equal(result.code, 0, result.stderr);
  const checked = await run(['inspect', 'check', round.plan, '--now', NOW, '--json']);
  const cells = assertWhole(round, JSON.parse(checked.stdout).pictures);
  assert.equal(JSON.parse(result.stdout).run.counts.cells, cells.length);
  assert.equal((await run(['archive', 'verify', '--archive', round.archive])).code, 0);
  assert.equal(count(cells, STATE.captured), cells.length);
  assert.ok(new Set(cells.map(({ dashboard_uid: uid, panel_key: key }) => `${uid} ${key}`)).size >= 40);
  for (const cell of cells) {
    assert.deepEqual([cell.picture_width, cell.picture_height, cell.attempts], [1000, 500, 1], cell.key);
    assert.match(cell.renderer, /^panelshot \d/);
  }
  const hour = cells.filter(({ range }) => range === 'last 1h');
  for (const cell of hour) assert.deepEqual([cell.from_ms, cell.to_ms], [NOW_MS - HOUR_MS, NOW_MS]);

  // The numbers are those that the picture was drawn from.
  const [one] = cells.filter(({ key }) => key === 'inspect-a/panel-1/last 1h/{"region":["us"]}');
  const csv = gunzipSync(readObject(round, one.data)).toString();
  assert.match(csv, /^time,series,value\r?\n/m);
  for (const name of ['GET /api/orders us', 'POST /api/orders us', '登录 /login us']) assert.ok(csv.includes(name), name);
  const times = [...csv.matchAll(/^(\d{4}-[^,]+),/gm)].map(([, time]) => Date.parse(time));
  assert.ok(Math.min(...times) >= one.from_ms - 60000 && Math.max(...times) <= one.to_ms + 60000);
  const [failing] = cells.filter(({ panel_title: title }) => title === 'Fails');
  assert.equal(failing.flags & FLAG.queryError, FLAG.queryError);
  assert.notEqual(failing.flag_detail, '');
  const [empty] = cells.filter(({ panel_title: title }) => title === 'Empty');
  assert.equal(empty.flags & FLAG.noData, FLAG.noData);
  assert.equal(JSON.parse(gunzipSync(readObject(round, one.panel_json))).id, 1);

  const server = await startServer();
  try {
    const samples = [
      ['inspect-a', 'panel-1', 'last 1h', 'timeseries in us', '{"region":["us"]}'], ['inspect-a', 'panel-6', 'last 6h', 'table in eu', '{"region":["eu"]}'],
      ['inspect-b', 'panel-3', 'yesterday', 'stat in test'], ['inspect-c', 'panel-4', 'last 6h', 'timeseries of the web'],
      ['inspect-c', 'panel-13-clone-1', 'last 1h', 'Errors in b'],
    ];
    for (const [uid, key, range, title, variables] of samples) {
      const cell = cells.find((one) => one.dashboard_uid === uid && one.panel_key === key && one.range === range && (!variables || one.variables === variables));
      assert.equal(cell?.panel_title, title);
      const own = Object.entries(JSON.parse(cell.variables)).flatMap(([name, values]) => values.map((value) => [`var-${name}`, value]));
      const query = new URLSearchParams([['panelId', key.replace(/-clone-.*/, '')], ['from', cell.from_ms], ['to', cell.to_ms], ['timezone', 'utc'], ...own]);
      const answer = await server.render({
        url: `${grafana.url}/d-solo/${uid}?${query}`, renderKey: grafana.mintRenderKey('viewer'), domain: '127.0.0.1', width: 1000, height: 500,
      });
      assert.equal(answer.status, 200, answer.text);
      keep(`inspect-${uid}-${key}.png`, picture(round, cell));
      const different = countDifferent(decode(picture(round, cell)), decode(answer.body), 24);
      assert.ok(different <= 100, `${cell.key}: ${different} pixels`);
    }
  } finally {
    await server.stop();
  }
});

test('killed three times at random, it goes on where it was', async () => {
  const round = makePlan(SMALL, { ranges: THREE });
  const pick = random(5);
  let runs = 0;
  for (let i = 0; i < 3; i++) {
    const { child, ended } = start(command(round, ['--now', NOW, '--concurrency', '1']));
    atRequest(15 + Math.floor(pick() * 40), () => true, () => child.kill('SIGKILL'));
    const { signal } = await ended;
    runs += signal === 'SIGKILL' ? 1 : 0;
    assert.equal(verify(round.archive), 'ok');
  }
  assert.equal(runs, 3);
  grafana.watch();
  const result = await inspectNow(round);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /going on with daily-/);
  const cells = assertWhole(round, 12);
  assert.equal(count(cells, STATE.captured), 12);
  assert.equal(listRuns(round.archive).length, 1);
});

test('Ctrl-C leaves a run that can be gone on with, and says how', async () => {
  const round = makePlan(SMALL);
  const { child, ended } = start(command(round, ['--now', NOW, '--concurrency', '1']));
  // The second visit has begun, so the first one is in.
  atRequest(3, (request) => isOurs(request) && isDashboard(request), () => child.kill('SIGINT'));
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  const name = /--resume (daily-\S+)/.exec(stderr)[1];
  const left = count(listCells(round.archive), STATE.pending);
  assert.ok(left > 0);
  const result = await inspect(round, ['--resume', name]);
  assert.equal(result.code, 0, result.stderr);
  assert.equal(count(assertWhole(round, 8), STATE.captured), 8);
});

test('a Grafana that is down for a moment costs nothing, for good it costs what was left, until --retry', async () => {
  const round = makePlan(SMALL, { ranges: THREE });
  let asked = 0;
  grafana.watch((request) => {
    if (!isOurs(request) || !isDashboard(request)) return;
    asked += 1;
    if (asked === 3) grafana.setDown(true); // 1 was for the plan
    if (asked === 5) grafana.setDown(false);
  });
  const first = await inspectNow(round, ['--concurrency', '1']);
  assert.equal(first.code, 0, first.stderr);
  assert.ok(asked > 5);
  assert.equal(count(assertWhole(round, 12), STATE.captured), 12);

  atRequest(3, (request) => isOurs(request) && isDashboard(request), () => grafana.setDown(true));
  const second = await inspect(round, ['--concurrency', '1', '--patience', '1s']);
  assert.equal(second.code, 5, second.stderr);
  assert.match(String(second.stdout), /stopped early: Grafana did not answer for 1 s.*\n {2}failed /);
  const name = /--retry (daily-\S+)/.exec(second.stdout)[1];
  const cells = listCells(round.archive).filter(({ run_id: id }) => id === 2);
  assert.equal(count(cells, STATE.pending), 0);
  assert.ok(count(cells, STATE.failed) > 0 && count(cells, STATE.failed) < 12, `${count(cells, STATE.failed)}`);
  for (const cell of cells.filter(({ state }) => state === STATE.failed)) assert.match(cell.failure, /did not answer/);

  grafana.watch();
  grafana.setDown(false);
  const third = await inspect(round, ['--retry', name]);
  assert.equal(third.code, 0, third.stderr);
  assert.equal(count(assertWhole(round, 24), STATE.captured), 24);
  assert.equal(listRuns(round.archive)[1].failure, null);
});

test('a token that is revoked ends the run early', async () => {
  const round = makePlan(SMALL, { tokenFile: secretFile(grafana.tokens.wang), ranges: THREE });
  atRequest(3, (request) => isOurs(request) && isDashboard(request), () => grafana.revokeToken(grafana.tokens.wang));
  const { code, stdout } = await inspectNow(round, ['--concurrency', '1']);
  assert.equal(code, 7);
  assert.match(String(stdout), /stopped early: Grafana does not take the token/);
  const cells = assertWhole(round, 12);
  assert.equal(count(cells, STATE.pending), 0);
  const failed = cells.filter(({ state }) => state === STATE.failed);
  assert.ok(failed.length > 0);
  for (const cell of failed) assert.equal(cell.flags & FLAG.login, FLAG.login);
});

test('dashboards that are edited and removed meanwhile, and titles in bad faith', async () => {
  const round = makePlan('dashboards: [hostile, inspect-c, inspect-b]\n', { ranges: ['last 1h'] });
  const kept = ['inspect-b', 'inspect-c', 'hostile'].map((uid) => [uid, structuredClone(grafana.dashboards.get(uid))]);
  // Three were for the plan.
  atRequest(4, (request) => isOurs(request) && isDashboard(request), () => {
    grafana.saveDashboard('inspect-c', (dashboard) => { dashboard.panels.splice(0, 1); });
    grafana.deleteDashboard('inspect-b');
  });
  try {
    const { code, stdout } = await inspectNow(round, ['--concurrency', '1']);
    assert.equal(code, 8, String(stdout));
    const cells = assertWhole(round, listCells(round.archive).length);
    const of = (uid) => cells.filter(({ dashboard_uid: one }) => one === uid);
    assert.equal(count(of('hostile'), STATE.captured), 5);
    const [first, ...others] = of('inspect-c');
    assert.deepEqual([first.state, first.flags], [STATE.failed, FLAG.gone | FLAG.edited]);
    assert.match(first.failure, /no such panel any more/);
    for (const cell of others) assert.deepEqual([cell.state, cell.flags & FLAG.edited], [STATE.captured, FLAG.edited], cell.key);
    for (const cell of of('inspect-b')) {
      assert.deepEqual([cell.state, cell.flags], [STATE.failed, FLAG.gone]);
      assert.match(cell.failure, /was removed/);
    }
    const titles = of('hostile').map(({ panel_title: title }) => title);
    assert.equal(titles[0], '<script>alert(1)</script><img src=x onerror=alert(2)>');
    assert.ok(titles.every((title) => title.length <= 200));
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(String(stdout), /[\u0000-\u0009\u000b-\u001f\u202e]/);
  } finally {
    for (const [uid, dashboard] of kept) grafana.dashboards.set(uid, dashboard);
  }
});

test('two runs of a plan at once: the second is told; the next one is compared with the first', async () => {
  const round = makePlan(SMALL, { ranges: ['last 1h'] });
  const first = start(command(round, ['--now', NOW]));
  // The run is open by the time that its first visit asks.
  const second = await new Promise((resolve) => {
    atRequest(2, (request) => isOurs(request) && isDashboard(request), () => resolve(inspectNow(round, ['--new'])));
  });
  assert.equal(second.code, 11, second.stderr);
  assert.match(second.stderr, /panelshot: .*daily/);
  assert.equal((await first.ended).code, 0);
  assert.equal(count(assertWhole(round, 4), STATE.captured), 4);

  grafana.watch();
  grafana.setData({ panel: 'inspect-c/4', drop: 1 });
  const next = await inspect(round, ['--now', '2026-11-25T12:00']);
  assert.equal(next.code, 0, next.stderr);
  const [changed] = assertWhole(round, 8).filter(({ run_id: id, panel_key: key }) => id === 2 && key === 'panel-4');
  assert.match(changed.reason, /series gone.*yesterday|yesterday.*series gone|gone/);
  assert.ok(changed.score >= 0.3 && changed.previous_id > 0, `${changed.score}`);
});

test('an archive that cannot be written to is told before anything is asked for', async () => {
  const round = makePlan(SMALL, { ranges: ['last 1h'] });
  grafana.clear();
  const { code, stderr } = await inspectNow({ ...round, archive: '/proc/archive' });
  assert.equal(code, 13, stderr);
  assert.equal(grafana.requests.length, 0);
});

test('a disk that is full keeps what is there, and the run is gone on with', async (context) => {
  const round = makePlan(SMALL, { ranges: THREE });
  mkdirSync(round.archive);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', round.archive]).status !== 0) {
    context.skip('file systems cannot be mounted here');
    return;
  }
  const ballast = path.join(round.archive, 'ballast');
  try {
    // The first visit is in, the second on its way.
    atRequest(4, (request) => isOurs(request) && isDashboard(request), () => {
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
    });
    const full = await inspectNow(round, ['--concurrency', '1']);
    assert.equal(full.code, 13, full.stderr);
    assert.match(full.stderr, /what was captured is kept; go on with: .* --resume daily-/);
    rmSync(ballast);
    assert.equal(verify(round.archive), 'ok');
    const kept = count(listCells(round.archive), STATE.captured);
    assert.ok(kept > 0 && kept < 12, `${kept}`);
    const rest = await inspectNow(round);
    assert.equal(rest.code, 0, rest.stderr);
    assert.equal(count(assertWhole(round, 12), STATE.captured), 12);
  } finally {
    spawnSync('umount', ['-l', round.archive]);
  }
});

test('two servers share the visits; one that ends leaves its own to the other', async () => {
  const credentials = ['--token-for', `${grafana.url}=${token}`, '--concurrency', '2'];
  const servers = [await startServer(credentials), await startServer(credentials)];
  const args = ['--renderer', servers[0].url, '--renderer', `${servers[1].url}/render`, '--renderer-token-file', secretFile('-')];
  try {
    const round = makePlan(SMALL, { ranges: ['last 1h', 'last 3h', 'last 6h', 'yesterday'] });
    const both = await inspectNow(round, args);
    assert.equal(both.code, 0, both.stderr);
    const cells = assertWhole(round, 16);
    assert.equal(count(cells, STATE.captured), 16);
    assert.deepEqual([...new Set(cells.map(({ renderer }) => renderer))].sort(),
      servers.map(({ url }) => `panelshot ${cells[0].renderer.split(' ')[1]} (${url})`).sort());
    assert.ok(cells.every(({ timings }) => JSON.parse(timings).capturing > 0));

    const seen = grafana.requests.length;
    const ending = new Promise((resolve) => {
      atRequest(5, ({ path: at }) => at.startsWith('/api/ds/query'), () => resolve(servers[1].stop('SIGKILL')));
    });
    const one = await inspectNow(round, [...args, '--new']);
    assert.ok(grafana.requests.length > seen);
    await ending;
    assert.equal(one.code, 0, one.stderr);
    assert.equal(count(assertWhole(round, 32), STATE.captured), 32);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});
