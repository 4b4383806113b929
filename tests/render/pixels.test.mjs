// Exact sizes, sharp canvases, full pages, time zones and languages.
//
// sanitised

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countDifferent, decode, keep, pixel, startGrafana, startServer } from '../support/harness.mjs';

let grafana;
let server;

before(async () => {
  grafana = await startGrafana();
  // As large as there are; the ordinary limits cut sizes to 3000.
  server = await startServer(['--browser.max-width', '-1', '--browser.max-height', '-1']);
});
after(async () => {
  await server.stop();
  await grafana.close();
});

async function draw(path, params = {}, headers = {}) {
  const answer = await server.render({ url: grafana.url + path, ...params }, { headers });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'image/png');
  return { ...decode(answer.body), body: answer.body, headers: answer.headers };
}

const half = (value) => Math.max(1, Math.floor(value + 0.5));

const SIZES = [[1, 1], [2, 3], [333, 77], [640, 480], [1000, 500]];
const SCALES = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.7, 4];

for (const scale of SCALES) {
  test(`sizes are exact at scale ${scale}`, async () => {
    for (const [width, height] of SIZES) {
      const picture = await draw('/plain', { width, height, deviceScaleFactor: scale });
      assert.deepEqual([picture.width, picture.height], [half(width * scale), half(height * scale)], `${width}×${height}`);
    }
  });
}

test('the largest sizes are exact', async () => {
  for (const [width, height] of [[3000, 12000], [16384, 20], [20, 16384]]) {
    const picture = await draw('/plain', { width, height });
    assert.deepEqual([picture.width, picture.height], [width, height]);
  }
});

test('what no picture can hold is refused before it is drawn', async () => {
  for (const params of [{ width: 16384, height: 20, deviceScaleFactor: 3 }, { width: 9000, height: 9000 }]) {
    const answer = await server.render({ url: `${grafana.url}/plain`, ...params });
    assert.equal(answer.status, 400, answer.text);
  }
});

for (const scale of [1, 1.5, 2, 3, 3.5, 4]) {
  test(`canvases are sharp and devicePixelRatio is true at scale ${scale}`, async () => {
    const picture = await draw(`/dpr`, { width: 600, height: 300, deviceScaleFactor: scale });
    // Lines of one device pixel, black and white in turn; anything rescaled turns grey.
    const y = Math.floor(40 * scale);
    for (let x = 0; x < Math.floor(200 * scale) - 1; x++) {
      assert.deepEqual(pixel(picture, x, y), x % 2 === 0 ? [0, 0, 0] : [255, 255, 255], `x=${x}`);
    }
  });
}

test('opaque pages become 8-bit RGB without alpha', async () => {
  const picture = await draw('/plain');
  assert.equal(picture.body[24], 8);
  assert.equal(picture.colorType, 2);
});

test('two pictures of one page are equal: no caret, no hover, no scroll bar', async () => {
  const first = await draw('/plain');
  for (let i = 0; i < 4; i++) {
    assert.equal(countDifferent(first, await draw('/plain')), 0);
  }
});

for (const px of [700, 3000, 20000]) {
  test(`a full page is as tall as its ${px} px of content`, async () => {
    const picture = await draw(`/fault/tall?px=${px}`, { width: 800, height: -1 });
    assert.equal(picture.width, 800);
    assert.ok(Math.abs(picture.height - px) <= 40, `${picture.height}`);
    assert.doesNotMatch(picture.headers.get('x-panelshot-flags') ?? '', /truncated/);
  });
}

test('a page too tall for any picture is cut and says so', async () => {
  const picture = await draw('/fault/tall?px=100000', { width: 1000, height: -1 });
  assert.ok(picture.height <= 64000 && picture.height >= 32000, `${picture.height}`);
  assert.match(picture.headers.get('x-panelshot-flags'), /truncated/);
});

for (const scroller of ['page-scrollbar', 'body']) {
  test(`a whole dashboard is drawn in full, scrolled by ${scroller}`, async () => {
    const key = grafana.mintRenderKey('admin');
    const picture = await draw(`/d/big?kiosk&scroller=${scroller}`, { width: 1000, height: -1, renderKey: key, domain: '127.0.0.1' });
    keep(`full-page-${scroller}.png`, picture.body);
    assert.ok(picture.height > 1500, `${picture.height}`);
    // The last row is drawn, not only made room for: it is not one flat colour.
    const colours = new Set();
    for (let x = 20; x < picture.width - 20; x += 3) {
      for (let up = 20; up < 200; up += 4) colours.add(pixel(picture, x, picture.height - up).join());
    }
    assert.ok(colours.size > 8, `${colours.size} colours in the last row`);
  });
}

async function environment(params, headers) {
  const visit = String(Math.random());
  await draw(`/env?visit=${visit}`, params, headers);
  const report = grafana.collected.find((one) => one.visit === visit);
  assert.ok(report, 'the page reported');
  return report;
}

for (const [asked, offset, names] of [
  ['Asia/Shanghai', -480, ['Asia/Shanghai']],
  ['America/New_York', 300, ['America/New_York']],
  ['Asia/Kolkata', -330, ['Asia/Kolkata', 'Asia/Calcutta']],
  ['UTC', 0, ['UTC']],
  ['UTC-02:00', -120, ['Etc/GMT-2', '+02:00', 'GMT+02:00']], // Grafana sends UTC+02:00 with the sign flipped
  ['UTC+05:30', 330, ['GMT-05:30', '-05:30']],
]) {
  test(`time zone ${asked}`, async () => {
    const report = await environment({ timezone: asked });
    assert.equal(report.winterOffset, offset);
    assert.ok(names.includes(report.timeZone), report.timeZone);
    assert.equal(report.worker.winterOffset, offset);
  });
}

test('an unknown time zone is refused', async () => {
  const answer = await server.render({ url: `${grafana.url}/plain`, timezone: 'Mars/Olympus' });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /timezone/);
});

test('with LANG unset and no language asked for, pages see English', async () => {
  const report = await environment({});
  assert.equal(report.language, 'en-US');
  assert.equal(report.numberLocale, 'en-US');
});

test('two languages in flight are both right', async () => {
  const asked = ['de-DE,de;q=0.9', 'zh-CN,zh;q=0.8,en;q=0.5', 'de-DE,de;q=0.9', 'zh-CN,zh;q=0.8,en;q=0.5'];
  const reports = await Promise.all(asked.map((value) => environment({}, { 'Accept-Language': value })));
  reports.forEach((report, i) => {
    const languages = i % 2 === 0 ? ['de-DE', 'de'] : ['zh-CN', 'zh', 'en'];
    assert.deepEqual(report.languages, languages);
    assert.equal(report.language, languages[0]);
    assert.equal(report.numberLocale, languages[0]);
    assert.equal(report.dateLocale, languages[0]);
    assert.equal(report.number, new Intl.NumberFormat(languages[0]).format(1234567.89));
    for (const headers of [report.documentHeaders, report.fetchHeaders, report.worker.headers]) {
      assert.equal(headers.acceptLanguage, asked[i]);
    }
  });
});
