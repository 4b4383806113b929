// The same page here and in Debian's Chromium: where the parts of it lie, and how alike it looks.
// Pairs of pictures are kept for the eye: ours, Chromium's, and where they differ.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { ChromiumBest } from '../support/chromium.mjs';
import { decode, keep, startGrafana, startServer } from '../support/harness.mjs';

const require = createRequire(new URL('../fixtures/grafana/package.json', import.meta.url));
const { PNG } = require('pngjs');

const RANGE = 'from=1721736889194&to=1721738490788';
const NEAR_PX = 2;
const OTHER_COLOUR = 25;

// The parts that must be there, and the pixels in percent: what was measured in dark and in light, and
// what is allowed. Nearly all of it is text: heavier strokes, and lines of whole pixels, where
// Chromium has parts of pixels. That moves words by a pixel, and the last of many lines of a log by
// a whole line.
const KINDS = {
  timeseries: { path: 'd-solo/panels?panelId=1', parts: 'plot axis item', dark: 0.28, light: 0.24, limit: 0.5 },
  'timeseries-table': { path: 'd-solo/panels?panelId=2', parts: 'plot axis row', dark: 0.40, light: 0.40, limit: 0.65 },
  stat: { path: 'd-solo/panels?panelId=3', parts: 'plot', dark: 1.60, light: 1.51, limit: 2.2 },
  gauge: { path: 'd-solo/panels?panelId=4', parts: 'drawing', dark: 0.52, light: 0.54, limit: 0.8 },
  bargauge: { path: 'd-solo/panels?panelId=5', parts: 'drawing', dark: 0.76, light: 0.86, limit: 1.2 },
  table: { path: 'd-solo/panels?panelId=6', parts: 'cell', dark: 0.00, light: 0.01, limit: 0.1 },
  piechart: { path: 'd-solo/panels?panelId=7', parts: 'row', dark: 0.30, light: 0.28, limit: 0.5 },
  text: { path: 'd-solo/panels?panelId=8', parts: 'text', dark: 0.05, light: 0.04, limit: 0.15 },
  barchart: { path: 'd-solo/panels?panelId=9', parts: 'plot axis item', dark: 0.73, light: 0.74, limit: 1.0 },
  heatmap: { path: 'd-solo/panels?panelId=10', parts: 'content', dark: 0.03, light: 0.03, limit: 0.15 },
  logs: { path: 'd-solo/panels?panelId=11', parts: 'line', dark: 12.68, light: 12.79, limit: 15 },
  dashboard: { path: 'd/panels?kiosk', height: 1600, parts: 'panel plot axis cell row', dark: 1.85, light: 1.88, limit: 2.5 },
};

let grafana;
let server;
let chromium;

before(async () => {
  grafana = await startGrafana();
  server = await startServer();
  chromium = await ChromiumBest.start({ quietMs: 200, optimizeForSpeed: false });
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  await grafana?.close();
});

function request({ path, height = 500 }, theme, more = '') {
  return {
    url: `${grafana.url}/${path}&${RANGE}&theme=${theme}${more}`, width: 1000, height,
    renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', timezone: 'Etc/UTC',
  };
}

async function ourPicture(kind, theme, more) {
  const answer = await server.render(request(kind, theme, more));
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const theirPicture = async (kind, theme, more) => (await chromium.render(request(kind, theme, more))).png;

/** The last report is of the page as it was pictured. */
function boxesOf(name) {
  const reports = grafana.collected.filter((one) => one.kind === 'boxes' && one.name === name);
  assert.ok(reports.length > 0, `the page told where its parts lie (${name})`);
  return reports.at(-1).boxes;
}

/** Rows follow one another, and a row here may be a part of a pixel lower; only their sum is many pixels. */
function driftOf(part, index) {
  return part === 'row' || part === 'line' ? index : 0;
}

function compareBoxes(ours, theirs) {
  const wrong = [];
  for (const [part, boxes] of Object.entries(theirs)) {
    if (ours[part].length !== boxes.length) {
      wrong.push(`${part}: ${ours[part].length} instead of ${boxes.length}`);
      continue;
    }
    boxes.forEach((box, index) => {
      const other = ours[part][index];
      const isNear = [0, 1, 2, 3].every((i) => Math.abs(other[i] - box[i]) <= NEAR_PX + (i === 1 ? driftOf(part, index) : 0));
      if (!isNear) wrong.push(`${part} ${index}: ${other} instead of ${box}`);
    });
  }
  return wrong;
}

/** Sums of 5×5 neighbours, one plane of colour; a neighbour beyond the edge is the edge. */
function blurred({ width, height, data }, channel) {
  const across = new Int32Array(width * height);
  const both = new Int32Array(width * height);
  const within = (value, size) => Math.min(size - 1, Math.max(0, value));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = -2; i <= 2; i++) sum += data[(y * width + within(x + i, width)) * 4 + channel];
      across[y * width + x] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = -2; i <= 2; i++) sum += across[within(y + i, height) * width + x];
      both[y * width + x] = sum;
    }
  }
  return both;
}

/** @returns one byte for each pixel: by how much its surroundings differ, in the worst of the colours. */
function differences(ours, theirs) {
  const worst = new Uint8Array(ours.width * ours.height);
  for (let channel = 0; channel < 3; channel++) {
    const [a, b] = [blurred(ours, channel), blurred(theirs, channel)];
    for (let i = 0; i < worst.length; i++) worst[i] = Math.max(worst[i], Math.round(Math.abs(a[i] - b[i]) / 25));
  }
  return worst;
}

const shareOf = (worst) => (100 * worst.reduce((n, value) => n + (value > OTHER_COLOUR ? 1 : 0), 0)) / worst.length;

/** Ours, theirs, and on a dimmed copy of ours what differs: red if it counts. */
function pairOf(ours, theirs, worst) {
  const { width, height } = ours;
  const pair = new PNG({ width: width * 3, height });
  const put = (x, y, r, g, b) => pair.data.set([r, g, b, 255], (y * width * 3 + x) * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const [a, b] = [ours.data.subarray(i * 4, i * 4 + 3), theirs.data.subarray(i * 4, i * 4 + 3)];
      const dim = (a[0] + a[1] + a[2]) / 9;
      put(x, y, ...a);
      put(x + width, y, ...b);
      if (worst[i] > OTHER_COLOUR) put(x + 2 * width, y, 255, 60, 60);
      else put(x + 2 * width, y, dim, Math.min(255, dim + worst[i] * 4), dim);
    }
  }
  return PNG.sync.write(pair);
}

for (const theme of ['dark', 'light']) {
  for (const [name, kind] of Object.entries(KINDS)) {
    test(`${name}, ${theme}: parts lie where Chromium puts them`, async () => {
      await Promise.all([
        ourPicture(kind, theme, `&boxes=ours-${name}-${theme}`),
        theirPicture(kind, theme, `&boxes=theirs-${name}-${theme}`),
      ]);
      const theirs = boxesOf(`theirs-${name}-${theme}`);
      for (const part of kind.parts.split(' ')) assert.notEqual(theirs[part].length, 0, `there is a ${part}`);
      assert.deepEqual(compareBoxes(boxesOf(`ours-${name}-${theme}`), theirs), []);
    });

    test(`${name}, ${theme}: looks as in Chromium`, async (t) => {
      const [ours, theirs] = (await Promise.all([ourPicture(kind, theme), theirPicture(kind, theme)])).map(decode);
      assert.deepEqual([ours.width, ours.height], [theirs.width, theirs.height]);
      const worst = differences(ours, theirs);
      const share = shareOf(worst);
      keep(`pairs/${name}-${theme}.png`, pairOf(ours, theirs, worst));
      t.diagnostic(`${share.toFixed(3)} % differ, ${kind[theme]} % when the limit was set`);
      assert.ok(share <= kind.limit, `${share.toFixed(3)} % of the pixels differ, allowed are ${kind.limit} %`);
    });
  }
}
