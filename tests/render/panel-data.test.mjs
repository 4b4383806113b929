// What an inspection keeps beside the picture of each panel: its data as CSV, whether it was there, what is
// beyond a threshold; all from the one visit. And the values of the dashboard's variables.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { answerQueries } from '../fixtures/grafana/data.mjs';
import { keep, run, scratch, startGrafana, startServer } from '../support/harness.mjs';

const FROM = 1717200000000;
const TO = 1717221600000;
const RANGE = `from=${FROM}&to=${TO}&timezone=utc`;
const SMALL = { width: 480, height: 240 };

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

const job = (address, pictures, more) => ({
  url: grafana.url + address, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', archive: 'zip', pictures, ...more,
});

function openFolder(folder) {
  const read = (file) => readFileSync(path.join(folder, file));
  const index = JSON.parse(read('index.json'));
  const csv = ({ data }) => gunzipSync(read(data)).toString();
  return { ...index, csv, read, files: readdirSync(folder), of: (key) => index.panels.find(({ panel }) => panel === key) };
}

async function each(address, wish = {}, more = {}) {
  const answer = await server.post(job(address, [{ kind: 'eachPanel', data: true, ...SMALL, ...wish }], more));
  assert.equal(answer.status, 200, answer.body.toString());
  const folder = scratch();
  writeFileSync(path.join(folder, 'all.zip'), answer.body);
  execFileSync('python3', ['-m', 'zipfile', '-e', 'all.zip', 'out'], { cwd: folder });
  return { ...openFolder(path.join(folder, 'out')), flagged: answer.headers.get('x-panelshot-flags') };
}

/** Queries by panel since then. */
function countQueries(from) {
  const counts = {};
  for (const { path: at, headers } of grafana.requests.slice(from)) {
    if (at === '/api/ds/query') counts[headers['x-panel-id']] = (counts[headers['x-panel-id']] ?? 0) + 1;
  }
  return counts;
}

const timeText = (value) => new Date(value).toISOString();
const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

/** What the stand-in answers to these targets, as the CSV that it should become. */
function expected(targets, from = FROM, to = TO) {
  const frames = Object.values(answerQueries({ from, to, queries: targets }).results).flatMap((one) => one.frames);
  const isTable = frames[0].schema.fields.some(({ type }) => type === 'string');
  if (isTable) {
    const [{ schema: { fields }, data: { values } }] = frames;
    const rows = values[0].map((_, i) => fields.map(({ type }, n) => (type === 'time' ? timeText(values[n][i]) : cell(values[n][i]))).join(','));
    return [fields.map(({ name }) => cell(name)).join(','), ...rows, ''].join('\r\n');
  }
  const rows = frames.flatMap(({ schema: { fields }, data: { values: [times, ...columns] } }) => columns.flatMap((values, n) => {
    const { name, labels } = fields[n + 1];
    return values.map((value, i) => `${timeText(times[i])},${cell(labels?.name ?? name)},${value}`);
  }));
  return ['time,series,value', ...rows, ''].join('\r\n');
}

const targetsOf = (uid, id) => {
  const { panels } = grafana.dashboards.get(uid);
  return panels.flatMap((one) => [one, ...(one.panels ?? [])]).find((one) => one.id === id).targets;
};

test('every kind of panel: the numbers that were served, asked for once', async () => {
  // A page that is there, of another range, must not lend its data.
  const view = await server.post(job(`/d/panels?from=${FROM - 9e6}&to=${TO - 9e6}&timezone=utc`, [{ kind: 'viewport' }]));
  assert.equal(view.status, 200);
  const from = grafana.requests.length;
  const all = await each(`/d/panels?${RANGE}`);
  assert.deepEqual(all.dashboard, { uid: 'panels', title: 'Every kind of panel 面板大全', version: 3 });
  for (const { id, type, targets } of grafana.dashboards.get('panels').panels) {
    const panel = all.of(`panel-${id}`);
    assert.equal(panel.status, 'ok', type);
    if (type === 'text') {
      assert.equal(panel.data, null);
    } else {
      assert.equal(all.csv(panel), expected(targets), type);
      assert.equal(panel.data, panel.file.replace('.png', '.csv.gz'));
      assert.equal(panel.dataCut, false);
    }
  }
  const asked = grafana.dashboards.get('panels').panels.filter(({ targets }) => targets.length).map(({ id }) => [id, 1]);
  assert.deepEqual(countQueries(from), Object.fromEntries(asked));
  const last = expected(targetsOf('panels', 3)).trim().split(',').pop();
  assert.equal(all.of('panel-3').threshold, `5xx: ${Number(last)} is above 3`);
  keep('panel-data-stat.png', all.read(all.of('panel-3').file));
});

test('rows, repeats, a query that fails and one that finds nothing', async () => {
  const from = grafana.requests.length;
  const all = await each(`/d/rows?${RANGE}`);
  assert.deepEqual(all.panels.map(({ panel, status, message }) => [panel, status, message]), [
    ['panel-1', 'ok', null], ['panel-2', 'ok', null],
    ['panel-4', 'ok', null], ['panel-4-clone-1', 'ok', null], ['panel-4-clone-2', 'ok', null],
    ['panel-5', 'error', 'the database is down'], ['panel-6', 'no_data', 'No data'],
    ['panel-8', 'ok', null], ['panel-9', 'ok', null], ['panel-11', 'ok', null], ['panel-10-clone-1/grid-item-11/panel-11', 'ok', null],
  ]);
  const repeated = (id, value) => expected(targetsOf('rows', id).map((one) => ({ ...one, seed: `${one.seed}/${value}` })));
  ['web-1', 'web-2', 'web-3'].forEach((value, i) => assert.equal(all.csv(all.panels[2 + i]), repeated(4, value)));
  ['eu', '华东'].forEach((value, i) => assert.equal(all.csv(all.panels[9 + i]), repeated(11, value)));
  assert.equal(all.csv(all.of('panel-9')), expected(targetsOf('rows', 9)));
  for (const key of ['panel-5', 'panel-6']) assert.equal(all.of(key).data, null);
  assert.deepEqual(countQueries(from), { 1: 1, 4: 3, 5: 1, 6: 1, 8: 1, 9: 1, 11: 2 });
});

test('some panels alone, a clone too; one that is not there is told', async () => {
  const all = await each(`/d/rows?${RANGE}`, { panels: ['panel-8', 'panel-4-clone-1', 'panel-11', 'panel-404'], data: false });
  assert.deepEqual(all.panels.map(({ file, panel, data, error }) => [file, panel, data, error]), [
    ['04-cpu-of-web-2.png', 'panel-4-clone-1', null, null], ['08-磁盘使用率.png', 'panel-8', null, null],
    ['10-load-in-eu.png', 'panel-11', null, null], ['11-load-in-华东.png', 'panel-10-clone-1/grid-item-11/panel-11', null, null],
    [null, 'panel-404', null, 'the dashboard has no such panel'],
  ]);
  assert.equal(all.flagged, 'incomplete');
  const none = await server.post(job('/fault/odd-panels?n=2', [{ kind: 'eachPanel', panels: ['panel-404'] }]));
  assert.equal(none.status, 404);
  assert.match(none.body.toString(), /none of the panels that were chosen/);
});

test('what is still loading says so, the rest is there', async () => {
  const all = await each(`/d/zh?kiosk&qhang=1&qpanel=2&${RANGE}`, {}, { bestEffort: true, timeout: 4 });
  assert.match(all.flagged, /incomplete/);
  assert.deepEqual(all.panels.map(({ status }) => status), ['ok', 'loading', 'ok', 'ok', 'ok', 'ok']);
  assert.equal(all.panels[1].data, null);
  assert.equal(all.csv(all.panels[4]), expected(targetsOf('zh', 5)));
});

test('more than may be kept is cut at a whole row, and other panels are not', async () => {
  grafana.saveDashboard('zh', ({ panels }) => { panels[0].targets[0].points = 100000; });
  const all = await each(`/d/zh?kiosk&${RANGE}`);
  assert.equal(all.dashboard.version, 4);
  const [first, ...others] = all.panels;
  assert.equal(first.dataCut, true);
  const text = all.csv(first);
  const whole = expected(targetsOf('zh', 1));
  assert.ok(whole.startsWith(text) && text.endsWith('\r\n'));
  assert.ok(Buffer.byteLength(text) <= 8 << 20 && Buffer.byteLength(text) > (8 << 20) - 100);
  for (const one of others) assert.equal(one.dataCut, false);
  assert.equal(all.csv(all.of('panel-6')), expected(targetsOf('zh', 6)));
});

test('without a scene the document tells what is drawn', async () => {
  const all = await each('/fault/odd-panels?scene=0&told=1&n=4');
  assert.equal(all.dashboard, null);
  assert.deepEqual(all.panels.slice(0, 4).map(({ status, message, data }) => [status, message, data]), [
    ['error', null, null], ['no_data', 'No data', null], ['error', 'Data is missing a time field', null], [null, null, null],
  ]);
});

test('variables with the values that the page has found', async () => {
  grafana.setValues('servers', ['web-1', 'a, "b"', '数据库']);
  const answer = await server.post(job(`/d/inspect-b?var-server=web-1&var-env=test&${RANGE}`, [{ kind: 'variables' }], { archive: undefined }));
  assert.equal(answer.status, 200, answer.body.toString());
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const servers = ['web-1', 'a, "b"', '数据库'];
  assert.deepEqual(JSON.parse(answer.body.toString()), {
    server: { values: servers, texts: servers, multi: true, includeAll: true, current: ['web-1'] },
    env: { values: ['prod', 'test'], texts: ['prod', 'test'], multi: false, includeAll: false, current: ['test'] },
  });
  const none = await server.post(job('/plain', [{ kind: 'variables' }]));
  assert.equal(none.status, 404);
});

test('the command writes them beside the pictures', async () => {
  const folder = path.join(scratch(), 'panels');
  const args = ['--each-panel', '--panel-data', '--panels', 'panel-3,panel-6', '--width', '480', '--height', '240', '--json', '-o', folder];
  const result = await run(['render', `${grafana.url}/d/panels?${RANGE}`, ...args], { env: { PANELSHOT_RENDER_KEY: grafana.mintRenderKey('admin') } });
  assert.equal(result.code, 0, result.stderr);
  const all = openFolder(folder);
  assert.deepEqual(all.files.sort(), ['03-错误率-5xx.csv.gz', '03-错误率-5xx.png', '06-最近的部署.csv.gz', '06-最近的部署.png', 'index.json']);
  assert.equal(all.csv(all.of('panel-6')), expected(targetsOf('panels', 6)));
  assert.deepEqual(JSON.parse(result.stdout).pictures.map(({ data, status }) => [data, status]),
    [['03-错误率-5xx.csv.gz', 'ok'], ['06-最近的部署.csv.gz', 'ok']]);
  for (const [wrong, message] of [[['--panel-data'], /--panel-data belongs to --each-panel/], [['--panels', 'panel-1'], /--panels belongs/],
    [['--each-panel', '--panels', ''], /--panels is empty/], [['--each-panel', '--panels', 'a,,b'], /want keys/]]) {
    const { code, stderr } = await run(['render', `${grafana.url}/`, '-o', wrong[0] === '--each-panel' ? folder : `${folder}.png`, ...wrong]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
