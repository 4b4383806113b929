// Pages on paper: what is on them, how large, and the same in Chromium. Pictures of the pages, ours
// and Chromium's, are kept for the eye.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { printByChromium } from '../support/chromium.mjs';
import { decode, keep, pixel, run, scratch, startGrafana } from '../support/harness.mjs';
import { fonts, pagePictures, pageSizes, pageTexts, words } from '../support/papers.mjs';

const RANGE = 'from=1721736889194&to=1721738490788&kiosk';
const FORMATS = {
  a0: [33.1102, 46.80], a1: [23.39, 33.1102], a2: [16.5354, 23.39], a3: [11.70, 16.5354], a4: [8.2677, 11.70],
  a5: [5.8268, 8.2677], a6: [4.1339, 5.8268], letter: [8.5, 11], legal: [8.5, 14], tabloid: [11, 17], ledger: [17, 11],
};

let grafana;
let chromium;
const folder = scratch();

before(async () => {
  grafana = await startGrafana({ anonymous: true });
  chromium = await printByChromium();
});
after(async () => {
  await chromium?.close();
  await grafana?.close();
});

/** @returns { body, report } of a success, { error } of a failure. */
async function print(target, args = [], options = {}) {
  const file = path.join(folder, 'out.pdf');
  const done = await run(['render', grafana.url + target, '--encoding', 'pdf', '-o', file, '--json', ...args], options);
  const report = JSON.parse(done.stdout);
  return report.error ? { error: report.error } : { report, body: readFileSync(file) };
}

const near = (value, wanted, tolerance, what) => assert.ok(Math.abs(value - wanted) <= tolerance, `${what}: ${value} instead of ${wanted}`);

function assertSizes(body, widthIn, heightIn) {
  for (const [width, height] of pageSizes(body)) {
    near(width, widthIn * 72, 1, 'width');
    near(height, heightIn * 72, 1, 'height');
  }
}

/** The black bars of /print/ruler, in pixels of 1/96 inch: [width, top of the second]. */
function measureBars(body) {
  const picture = decode(pagePictures(body)[0]);
  const isBlack = (x, y) => pixel(picture, x, y)[0] < 128;
  let width = 0;
  while (isBlack(width, 5)) width++;
  let top = 5;
  while (isBlack(5, top)) top++;
  while (!isBlack(5, top)) top++;
  return [width, top];
}

test('a document in sections: a page each, text as text, fonts in it', async () => {
  const { body, report } = await print('/print/sections?n=5');
  assert.equal(body.subarray(0, 5).toString(), '%PDF-');
  assert.equal(report.pictures[0].n_pages, 5);
  const texts = pageTexts(body);
  assert.equal(texts.length, 5);
  texts.forEach((text, i) => assert.match(text, new RegExp(`Section ${i + 1} of 5[^]*word${i + 1}word`)));
  assert.deepEqual(fonts(body).areEmbedded, true);
  assert.ok(fonts(body).count > 0);
});

for (const [name, [width, height]] of Object.entries(FORMATS)) {
  test(`paper ${name}, lying and standing`, async () => {
    assertSizes((await print('/print/media', ['--paper', name])).body, height, width);
    assertSizes((await print('/print/media', ['--paper', name, '--portrait'])).body, width, height);
  });
}

test('print media rules hold', async () => {
  const text = pageTexts((await print('/print/media')).body).join('');
  assert.match(text, /Only on paper/);
  assert.doesNotMatch(text, /Only on the screen/);
});

for (const [ranges, pages] of [['2', [2]], ['1-2', [1, 2]], ['4-', [4, 5]], ['5,1,1-2', [1, 2, 5]], ['3-900', [3, 4, 5]], ['', [1, 2, 3, 4, 5]]]) {
  test(`pages “${ranges}” of five`, async () => {
    const { body, report } = await print('/print/sections?n=5', ['--page-ranges', ranges]);
    assert.deepEqual(pageTexts(body).map((text) => Number(/Section (\d)/.exec(text)[1])), pages);
    assert.equal(report.pictures[0].n_pages, pages.length);
  });
}

test('pages beyond the end', async () => {
  const { error } = await print('/print/sections?n=5', ['--page-ranges', '6-9']);
  assert.equal(error.code, 'usage');
  assert.match(error.message, /none of the pages/);
});

test('backgrounds, with and without', async () => {
  const blue = [50, 116, 217];
  const at = async (args) => pixel(decode(pagePictures((await print('/print/backgrounds', args)).body)[0]), 240, 240);
  assert.deepEqual(await at([]), blue);
  assert.deepEqual(await at(['--no-backgrounds']), [255, 255, 255]);
});

test('a dark document is dark to the end of its last page', async () => {
  const { body } = await print(`/d/panels?${RANGE}&theme=dark`);
  const last = decode(pagePictures(body).at(-1));
  const lowest = pixel(last, 5, last.height - 3);
  assert.ok(Math.max(...lowest) < 60, `${lowest}`);
});

for (const scale of [0.25, 0.5, 1, 1.5, 2]) {
  test(`at scale ${scale} a CSS inch is ${scale} inches`, async () => {
    const [width, top] = measureBars((await print('/print/ruler', ['--paper-scale', String(scale)])).body);
    near(width, 100 * scale, 1, 'width of a bar');
    near(top, 200 * scale, 1, 'top of the second bar');
  });
}

test('what is wider than the paper is made smaller, not cut', async () => {
  const found = words((await print('/print/wide?px=1500')).body);
  const last = found.find(({ word }) => word === 'rightmost');
  assert.ok(last.right <= 843, `it ends at ${last.right}`);
});

test('a login page is no document to print', async () => {
  const closed = await startGrafana();
  try {
    const done = await run(['render', `${closed.url}/d/panels`, '--encoding', 'pdf', '-o', path.join(folder, 'no.pdf'), '--json']);
    assert.equal(JSON.parse(done.stdout).error.code, 'login');
  } finally {
    await closed.close();
  }
});

test('one deadline for all of it', async () => {
  const { error } = await print('/d/panels?qhang=1', ['--timeout', '2']);
  assert.equal(error.code, 'timeout');
});

/** [what, path, options of ours, options of Chromium's] */
const PAIRS = [
  ['sections', '/print/sections?n=4', [], {}],
  ['long', '/print/long?n=400', [], {}],
  ['long-letter', '/print/long?n=400', ['--paper', 'letter', '--portrait'], { landscape: false, paperWidth: 8.5, paperHeight: 11 }],
  ['long-half', '/print/long?n=400', ['--paper-scale', '0.5'], { scale: 0.5 }],
  ['wide', '/print/wide?px=1500', [], {}],
  ['dashboard-dark', `/d/panels?${RANGE}&theme=dark`, [], {}],
  ['dashboard-light', `/d/panels?${RANGE}&theme=light`, [], {}],
  ['dashboard-standing', `/d/panels?${RANGE}&theme=light`, ['--portrait'], { landscape: false }],
  ['dashboard-half', `/d/panels?${RANGE}&theme=light`, ['--paper-scale', '0.5'], { scale: 0.5 }],
  ['panel', `/d-solo/panels?${RANGE}&panelId=1`, [], {}],
];

for (const [name, target, ours, theirs] of PAIRS) {
  test(`${name}: pages and words lie where Chromium puts them`, async () => {
    // Chromium's view; without it ours is as wide as the paper.
    const { body } = await print(target, ['--width', '1000', ...ours]);
    const other = await chromium.print(grafana.url + target, theirs);
    for (const [who, paper] of [['ours', body], ['chromium', other]]) {
      pagePictures(paper, 60).forEach((picture, i) => keep(`pdf/${name}-${i + 1}-${who}.png`, picture));
    }
    const sizes = pageSizes(other);
    assert.equal(pageSizes(body).length, sizes.length, 'pages');
    pageSizes(body).forEach(([width, height], i) => {
      near(width, sizes[i][0], 1, 'width');
      near(height, sizes[i][1], 1, 'height');
    });
    // By Latin words that are there once: the two name some Chinese characters differently. Lines of
    // a log drift, as they do on the screen.
    const LOG_TIME = /^\d\d:\d\d:\d\d\.\d+$/;
    const unique = (found) => found.filter(({ word }) => /^[\w.:-]{3,}$/.test(word) && !LOG_TIME.test(word)
      && found.filter((one) => one.word === word).length === 1);
    const wanted = unique(words(other));
    const mine = new Map(unique(words(body)).map((one) => [one.word, one]));
    const both = wanted.filter(({ word }) => mine.has(word));
    assert.ok(both.length >= wanted.length * 0.9, `${both.length} of ${wanted.length} words`);
    for (const { word, page, x, y } of both) {
      assert.equal(mine.get(word).page, page, `page of ${word}`);
      near(mine.get(word).x, x, 4, `left of ${word}`);
      near(mine.get(word).y, y, 4, `top of ${word}`);
    }
  });
}
