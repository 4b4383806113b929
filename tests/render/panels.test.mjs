// A picture of each panel from one visit: as it would be alone, whatever the layout around it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { countDifferent, decode, eventually, keep, PANELSHOT, pixel, run, scratch, startGrafana, startServer } from '../support/harness.mjs';

const RANGE = 'from=1717200000000&to=1717221600000&timezone=utc';
const BAR = [255, 0, 255]; // what hangs over the odd panels

let grafana;
let server;

before(async () => {
  grafana = await startGrafana();
  server = await startServer(['--demo']);
});
after(async () => {
  await server.stop();
  await grafana.close();
});

const signedIn = (address, more) => ({ url: grafana.url + address, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', ...more });

function unzip(body) {
  const folder = scratch();
  writeFileSync(path.join(folder, 'all.zip'), body);
  execFileSync('python3', ['-m', 'zipfile', '-e', 'all.zip', 'out'], { cwd: folder });
  return openFolder(path.join(folder, 'out'));
}

function openFolder(folder) {
  const read = (file) => readFileSync(path.join(folder, file));
  return { folder, read, files: readdirSync(folder).sort(), index: JSON.parse(read('index.json')) };
}

/** POST /render for one picture of each panel, as a zip archive. */
async function each(address, wish = {}, job = {}) {
  const answer = await server.post(signedIn(address, { archive: 'zip', pictures: [{ kind: 'eachPanel', ...wish }], ...job }));
  assert.equal(answer.status, 200, answer.text);
  return { ...unzip(answer.body), flags: answer.headers.get('x-panelshot-flags'), headers: answer.headers };
}

/** panelshot render --each-panel into a folder of the test's own. */
async function command(address, args = [], folder = path.join(scratch(), 'panels')) {
  const key = grafana.mintRenderKey('admin');
  const result = await run(['render', grafana.url + address, '--each-panel', '-o', folder, ...args], { env: { PANELSHOT_RENDER_KEY: key } });
  return { ...result, folder };
}

/** Alone on its page, at this size. */
async function alone(uid, panel, more = {}) {
  const answer = await server.render(signedIn(`/d-solo/${uid}?panelId=${panel}&${RANGE}`, { width: 1000, height: 500, ...more }));
  assert.equal(answer.status, 200, answer.text);
  return decode(answer.body);
}

const sizeOf = ({ width, height }) => [width, height];

test('thirty panels, each as it is alone', async () => {
  const { index, files, read, flags } = await each(`/d/big?kiosk&${RANGE}`);
  assert.equal(flags, '');
  assert.equal(index.panels.length, 30);
  assert.deepEqual(files, [...index.panels.map(({ file }) => file), 'index.json'].sort());
  assert.deepEqual(index.panels.slice(0, 3).map(({ file, panel, title, row, kind, grid, error }) => [file, panel, title, row, kind, grid, error]), [
    ['01-timeseries-1.png', 'panel-1', 'timeseries 1', null, 'timeseries', { x: 0, y: 0, w: 12, h: 8 }, null],
    ['02-timeseriestable-2.png', 'panel-2', 'timeseriesTable 2', null, 'timeseries', { x: 12, y: 0, w: 12, h: 8 }, null],
    ['03-stat-3.png', 'panel-3', 'stat 3', null, 'stat', { x: 0, y: 8, w: 12, h: 8 }, null],
  ]);
  for (const { file, width, height, bytes } of index.panels) {
    assert.deepEqual(sizeOf(decode(read(file))), [1000, 500], file);
    assert.deepEqual([width, height, bytes], [1000, 500, read(file).length]);
  }
  // One of each kind, from all parts of the dashboard.
  for (const i of [1, 12, 14, 25, 16, 27]) {
    keep(`panels-${index.panels[i].file}`, read(index.panels[i].file));
    const different = countDifferent(decode(read(index.panels[i].file)), await alone('big', index.panels[i].panel), 24);
    // Edges of round shapes are drawn a little otherwise far down in a tall view.
    assert.ok(different <= 100, `${index.panels[i].file}: ${different} pixels`);
  }
});

for (const [how, address, wish] of [
  ['at once', `/d/big?kiosk&${RANGE}`, {}],
  ['as they come into the view', `/d/big?kiosk&lazy=1&${RANGE}`, {}],
  ['as they come into the view, in the grid', `/d/big?kiosk&lazy=1&${RANGE}`, { grid: true }],
]) {
  test(`panels that are mounted ${how} are all there, and ask for data once`, async () => {
    const from = grafana.requests.length;
    const { index, flags } = await each(address, { ...wish, encoding: 'jpeg' });
    assert.equal(flags, '');
    assert.equal(index.panels.filter(({ file }) => file).length, 30);
    const asked = grafana.requests.slice(from).filter(({ path: at }) => at.startsWith('/api/ds/query'));
    assert.equal(asked.length, grafana.dashboards.get('big').panels.filter(({ targets }) => targets.length).length);
  });
}

test('rows are opened, repeats are pictures of their own, and so is what fails or has no data', async () => {
  const { index, read, flags } = await each(`/d/rows?${RANGE}`, { width: 600, height: 300, encoding: 'png' });
  assert.equal(flags, '');
  assert.deepEqual(index.panels.map(({ file, panel, row }) => [file, panel, row]), [
    ['01-请求速率.png', 'panel-1', null],
    ['02-runbook-说明.png', 'panel-2', null],
    ['03-cpu-of-web-1.png', 'panel-4', 'Web servers'],
    ['04-cpu-of-web-2.png', 'panel-4-clone-1', 'Web servers'],
    ['05-cpu-of-web-3.png', 'panel-4-clone-2', 'Web servers'],
    ['06-fails.png', 'panel-5', 'Web servers'],
    ['07-empty.png', 'panel-6', 'Web servers'],
    ['08-磁盘使用率.png', 'panel-8', '磁盘 Disks'],
    ['09-deployments.png', 'panel-9', '磁盘 Disks'],
    ['10-load-in-eu.png', 'panel-11', 'Region eu'],
    ['11-load-in-华东.png', 'panel-10-clone-1/grid-item-11/panel-11', 'Region 华东'],
  ]);
  for (const i of [3, 5, 10]) {
    const { file, panel } = index.panels[i];
    keep(`panels-rows-${i}.png`, read(file));
    const different = countDifferent(decode(read(file)), await alone('rows', encodeURIComponent(panel), { width: 600, height: 300 }), 24);
    assert.ok(different <= 50, `${file}: ${different} pixels`);
  }
});

for (const [scale, zoom] of [[2, 1], [1.25, 1.5], [0.5, 1]]) {
  test(`scale ${scale} and zoom ${zoom} are those of a panel alone`, async () => {
    const { index, read } = await each(`/d/zh?kiosk&${RANGE}`, {}, { scale, zoom });
    assert.equal(index.panels.length, 6);
    for (const { file } of index.panels) assert.deepEqual(sizeOf(decode(read(file))), [1000 * scale, 500 * scale]);
    const { file, panel } = index.panels[4];
    const different = countDifferent(decode(read(file)), await alone('zh', panel, { deviceScaleFactor: scale, zoom }), 24);
    assert.ok(different <= 50, `${file}: ${different} pixels`);
  });
}

test('as large as in the dashboard, and other pictures of the same visit are what they are without', async () => {
  const from = grafana.requests.length;
  const answer = await server.post(signedIn(`/d/panels?${RANGE}`, {
    width: 1200,
    archive: 'zip',
    pictures: [
      { kind: 'element', selector: '[data-viz-panel-key=panel-6]', name: 'element' },
      { kind: 'eachPanel', grid: true, name: 'grid' },
      { kind: 'eachPanel', width: 320, height: 200, encoding: 'webp' },
      { kind: 'viewport', name: 'after' },
    ],
  }));
  assert.equal(answer.status, 200, answer.text);
  assert.equal(grafana.requests.slice(from).filter(({ path: at }) => at.startsWith('/d/')).length, 1);
  const { index, read, files } = unzip(answer.body);
  assert.equal(index.panels.length, 22);
  assert.equal(files.length, 25);
  const inGrid = index.panels.find(({ panel, encoding }) => panel === 'panel-6' && encoding === 'png');
  assert.equal(inGrid.file, 'grid-06-最近的部署.png');
  const element = decode(read('element.png'));
  assert.deepEqual([inGrid.width, inGrid.height], sizeOf(element));
  assert.ok(countDifferent(decode(read(inGrid.file)), element, 24) <= 20);
  assert.equal(index.panels[11].file, '01-请求速率.webp');
  assert.deepEqual([index.panels[11].width, index.panels[11].height], [320, 200]);
  const plain = await server.render(signedIn(`/d/panels?${RANGE}`, { width: 1200, height: 500 }));
  assert.ok(countDifferent(decode(read('after.png')), decode(plain.body), 24) <= 20);
});

test('other layouts: rows in rows, a grid of CSS, titles that are no names', async () => {
  const { index, read, flags, headers } = await each('/fault/odd-panels', { width: 400, height: 200 });
  assert.equal(flags, 'incomplete');
  assert.match(headers.get('x-panelshot-missing'), /panel-904: it is on a tab that is not shown/);
  assert.deepEqual(index.flags, ['incomplete']);
  assert.deepEqual(index.panels.map(({ file, row, width, height, cutOut }) => [file, row, width, height, cutOut]), [
    ['01-etc-passwd.png', null, 400, 200, false],
    ['02-panel-2.png', null, 400, 200, false],
    ['03-same.png', null, 400, 200, false],
    ['04-nested-of-内.png', 'Outer / Inner', 400, 200, false],
    ['05-in-the-outer-row.png', 'Outer', 400, 200, false],
    ['06-on-the-tab.png', 'First', 400, 200, false],
    [null, 'Second', 0, 0, false],
    ['08-stubborn.png', null, 300, 120, true],
    [null, null, 0, 0, false],
  ]);
  assert.deepEqual(index.panels.filter(({ error }) => error).map(({ panel, error }) => [panel, error]), [
    ['panel-904', 'it is on a tab that is not shown: give its tab in the address'],
    ['panel-906', 'the page does not show it'],
  ]);
  // Nothing of the page around: each is its own colour to the last pixel but the round corners.
  for (const [i, colour] of [[3, [38, 139, 210]], [4, [42, 161, 152]], [7, [108, 113, 196]]]) {
    const picture = decode(read(index.panels[i].file));
    for (const [x, y] of [[8, 0], [picture.width - 8, 0], [8, picture.height - 1], [picture.width - 1, 60], [200, 100]]) {
      assert.deepEqual(pixel(picture, x, y), colour, `${index.panels[i].file} at ${x},${y}`);
    }
    assert.notDeepEqual(pixel(picture, 0, 0), BAR);
  }
});

test('without a scene the document tells what there is', async () => {
  const { index } = await each('/fault/odd-panels?scene=0&n=4', { width: 400, height: 200 });
  assert.deepEqual(index.panels.map(({ file, panel, width }) => [file, panel, width]), [
    ['01-etc-passwd.png', 'panel-1', 400], ['02-panel-2.png', 'panel-2', 400], ['03-same.png', 'panel-3', 400],
    ['04-same.png', 'panel-4', 400], ['05-on-the-tab.png', 'panel-903', 400], ['06-stubborn.png', 'panel-905', 300],
  ]);
});

test('panels that share out their own height fill the picture', async () => {
  const answer = await server.post({ url: `${server.url}/demo/d/demo`, archive: 'zip', pictures: [{ kind: 'eachPanel', panels: ['panel-7'] }] });
  assert.equal(answer.status, 200, answer.text);
  const { index, read } = unzip(answer.body);
  const picture = decode(read(index.panels.find(({ file }) => file).file));
  const ground = pixel(picture, 4, picture.height - 4);
  const columns = Array.from({ length: 100 }, (_, i) => pixel(picture, 100 + i * 8, Math.round(picture.height * 0.7)));
  assert.ok(columns.some((one) => one.some((value, i) => Math.abs(value - ground[i]) > 12)), 'nothing is drawn in the lower half');
});

test('elements without keys are those of the scene by their order', async () => {
  const { index } = await each('/fault/odd-panels?keys=0&n=12', { width: 400, height: 200 });
  assert.deepEqual(index.panels.slice(2).map(({ file, panel, kind }) => [file, panel, kind]).slice(0, 3), [
    ['03-same.png', 'panel-3', 'odd'], ['04-same.png', 'panel-4', 'odd'], ['05-plain-5.png', 'panel-5', 'odd'],
  ]);
  assert.equal(index.panels.length, 12);
});

test('more panels than a message, a view and a visit hold', async () => {
  const { index, read, flags } = await each('/fault/odd-panels?n=510', { width: 300, height: 150 });
  assert.equal(flags, 'truncated');
  assert.equal(index.panels.length, 500);
  assert.equal(new Set(index.panels.map(({ file }) => file.toLowerCase())).size, 500);
  for (const i of [0, 101, 250, 499]) assert.deepEqual(sizeOf(decode(read(index.panels[i].file))), [300, 150]);
  // Each is the panel that the index says: neighbours have other colours.
  const hue = (i) => pixel(decode(read(index.panels[i].file)), 150, 100).join();
  assert.notEqual(hue(250), hue(251));
  assert.equal(hue(0), hue(360)); // 47 degrees each, and 360 of them are whole turns
});

test('at the deadline best effort takes each panel as far as it is, and without it there is nothing', async () => {
  const { index, flags } = await each(`/d/zh?kiosk&qhang=1&${RANGE}`, {}, { timeout: 3, bestEffort: true });
  assert.equal(flags, 'incomplete');
  assert.deepEqual(index.panels.map(({ width, height, error }) => [width, height, error]), Array(6).fill([1000, 500, null]));
  const answer = await server.post(signedIn(`/d/zh?kiosk&qhang=1&${RANGE}`, { timeout: 4, pictures: [{ kind: 'eachPanel' }] }));
  assert.equal(answer.status, 408);
  assert.match(answer.text, /requests still running/);
});

test('a page without panels, and one with a single panel', async () => {
  const answer = await server.post({ url: `${grafana.url}/plain`, pictures: [{ kind: 'eachPanel' }] });
  assert.equal(answer.status, 404);
  assert.match(answer.text, /has no panels/);
  const { index } = await each(`/d-solo/panels?panelId=6&${RANGE}`);
  assert.deepEqual(index.panels.map(({ panel }) => panel), ['panel-6']);
});

test('the command fills a folder, replaces its own files and leaves others', async () => {
  const folder = path.join(scratch(), 'made', 'here');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'mine.txt'), 'mine');
  writeFileSync(path.join(folder, '01-每秒请求数.jpeg'), 'old');
  const { code, stdout, stderr } = await command(`/d/zh?kiosk&${RANGE}`, ['--encoding', 'jpeg', '--width', '400', '--height', '300', '--json'], folder);
  assert.equal(code, 0, stderr);
  const { files, index, read } = openFolder(folder);
  assert.equal(files.length, 8);
  assert.ok(files.every((name) => !name.startsWith('.')), files.join());
  assert.equal(read('mine.txt').toString(), 'mine');
  const told = JSON.parse(stdout);
  assert.equal(told.output, folder);
  assert.deepEqual(told.pictures.map(({ file, panel, width, height }) => ({ file, panel, width, height })),
    index.panels.map(({ file, panel, width, height }) => ({ file, panel, width, height })));
  assert.deepEqual([...read('01-每秒请求数.jpeg').subarray(0, 3)], [0xff, 0xd8, 0xff]);
});

test('pictures that could not be taken are told, the others are there', async () => {
  const { code, stderr, folder } = await command('/fault/odd-panels?n=1', ['--width', '300', '--height', '100']);
  assert.equal(code, 0);
  assert.match(stderr, /^panelshot: \S+: 5 of 7 panels, see index\.json, .*; incomplete; last waited for panel-904/);
  assert.equal(openFolder(folder).files.length, 6);
});

test('Ctrl-C leaves nothing behind', async () => {
  const folder = path.join(scratch(), 'panels');
  const child = spawn(PANELSHOT, ['render', `${grafana.url}/d/big?kiosk&qhang=1`, '--each-panel', '-o', folder], {
    env: { ...process.env, PANELSHOT_RENDER_KEY: grafana.mintRenderKey('admin') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const from = grafana.requests.length;
  assert.ok(await eventually(() => grafana.requests.slice(from).some(({ path: at }) => at.startsWith('/api/ds/query'))));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  assert.equal(code, 130);
  assert.ok(existsSync(folder));
  assert.deepEqual(readdirSync(folder), []);
});

for (const [args, words] of [
  [[], /give -o and the folder/],
  [['-o', '-'], /give -o and the folder/],
  [['-o', '/proc/nothing/here'], /cannot make the folder/],
  [['-o', '/dev/null'], /cannot make the folder/],
  [['-o', '/tmp', '--full-page'], /leave out --full-page/],
  [['-o', '/tmp', '--encoding', 'pdf'], /give --encoding png/],
  [['-o', '/tmp', '--grid-size', '--height', '300'], /leave out --height/],
]) {
  test(`refused: --each-panel ${args.join(' ')}`, async () => {
    const { code, stderr } = await run(['render', `${grafana.url}/plain`, '--each-panel', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, words);
  });
}
