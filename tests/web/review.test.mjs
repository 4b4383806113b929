// The review page's sums: where cards stand, how large a picture is, addresses, times, ranges, and
// that nothing is forgotten: no file in the list of resources, no text in either language.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('../../data/review/', import.meta.url));
const read = (name) => readFileSync(path.join(folder, name), 'utf8');
const files = readdirSync(folder);

// The files are modules to a browser only: node would take ".js" for CommonJS.
const copy = mkdtempSync(path.join(os.tmpdir(), 'panelshot-review-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(folder, copy, { recursive: true });
writeFileSync(path.join(copy, 'package.json'), '{"type":"module"}');
const load = (name) => import(pathToFileURL(path.join(copy, name)).href);

const layout = await load('layout.js');
const zoom = await load('zoom.js');
const route = await load('route.js');
const format = await load('format.js');
const ranges = await load('ranges.js');
const { english } = await load('text-en.js');
const { chinese } = await load('text-zh.js');

const SIZES = { width: 1000, least: 190, gap: 10, captionHeight: 60, groupHeight: 26, dashboardHeight: 40 };

const cellAt = (uid, key, range) => ({ dashboard: { uid, title: uid }, panel: { key, title: key }, range: { label: range }, variables: {} });

function makeCells(...panels) {
  return panels.flatMap(([uid, key, n]) => Array.from({ length: n }, (_, i) => cellAt(uid, key, `r${i}`)));
}

test('cards one after the other: none left out, none twice, none over another', () => {
  for (const count of [0, 1, 4, 5, 6, 2000]) {
    const { rows, places, height, columns } = layout.layFlat(count, SIZES);
    assert.equal(columns, 5);
    assert.equal(rows.length, Math.ceil(count / 5));
    assert.equal(places.length, count);
    assert.deepEqual(rows.flatMap(({ items }) => items.map(({ index }) => index)), Array.from({ length: count }, (_, i) => i));
    rows.forEach((row, i) => assert.equal(row.top, i === 0 ? 0 : rows[i - 1].top + rows[i - 1].height));
    assert.equal(height, rows.reduce((sum, row) => sum + row.height, 0));
  }
});

test('in the order of the plan the ranges of a panel stay together', () => {
  const cells = makeCells(['a', 'p1', 3], ['a', 'p2', 3], ['a', 'p3', 2], ['b', 'p1', 7]);
  const { rows, places } = layout.layGrouped(cells, { ...SIZES, least: 230 });
  assert.deepEqual(rows.map(({ kind }) => kind), ['dashboard', 'cards', 'cards', 'cards', 'dashboard', 'cards', 'cards', 'cards']);
  assert.equal(places.filter(Boolean).length, cells.length);
  assert.deepEqual(rows[1].items.map(({ index }) => index), [0, 1, 2]);
  assert.deepEqual(rows[2].items.map(({ index }) => index), [3, 4, 5]);
  assert.deepEqual([3, 4, 5].map((i) => rows[i].kind), ['cards', 'dashboard', 'cards']);
  assert.equal(rows[0].count, 8);
});

test('columns come in as many as belong together, when that costs little', () => {
  assert.equal(layout.columnsOf(1000, 190, 10).columns, 5);
  assert.equal(layout.columnsOf(1000, 190, 10, 3).columns, 6, 'a little narrower');
  assert.equal(layout.columnsOf(820, 190, 10, 3).columns, 3, 'or wider');
  assert.equal(layout.columnsOf(400, 190, 10, 3).columns, 2, 'not on a narrow screen');
});

test('a phone has one column, and a width of nothing does not hang', () => {
  assert.equal(layout.layFlat(3, { ...SIZES, width: 120 }).columns, 1);
  assert.equal(layout.layGrouped(makeCells(['a', 'p', 3]), { ...SIZES, width: 0 }).columns, 1);
});

test('the rows in sight', () => {
  const laid = layout.layFlat(2000, SIZES);
  const { height } = laid.rows[0];
  assert.deepEqual(layout.rowsBetween(laid, 0, height), [0, 0]);
  assert.deepEqual(layout.rowsBetween(laid, height * 10 + 1, height * 12 + 1), [10, 12]);
  assert.deepEqual(layout.rowsBetween(laid, 1e9, 2e9), [400, 399]);
  assert.deepEqual(layout.rowsBetween({ rows: [] }, 0, 900), [0, -1]);
});

test('keys lead to the neighbour, and no further than the ends', () => {
  const laid = layout.layFlat(12, SIZES);
  const to = (index, key) => layout.neighbour(laid, index, key);
  assert.equal(to(0, 'ArrowLeft'), 0);
  assert.equal(to(4, 'ArrowRight'), 5);
  assert.equal(to(1, 'ArrowDown'), 6);
  assert.equal(to(9, 'ArrowDown'), 11, 'a shorter row below');
  assert.equal(to(11, 'ArrowDown'), 11);
  assert.equal(to(6, 'ArrowUp'), 1);
  assert.equal(to(3, 'End'), 11);
  assert.equal(to(7, 'Home'), 0);
  assert.equal(to(0, 'PageDown'), 10);
  assert.equal(layout.neighbour(layout.layFlat(0, SIZES), 0, 'ArrowDown'), 0);
});

test('zoom: what is under the pointer stays there, and no gap opens', () => {
  const frame = { width: 800, height: 600 };
  const picture = { width: 2000, height: 1000 };
  const whole = zoom.fit(frame, picture);
  assert.equal(whole.scale, 0.4);
  assert.equal(whole.y, 100);
  const closer = zoom.zoomAt(whole, 3, 300, 300, frame, picture);
  const pointOf = (look) => [(300 - look.x) / look.scale, (300 - look.y) / look.scale];
  pointOf(whole).forEach((value, i) => assert.ok(Math.abs(value - pointOf(closer)[i]) < 1e-6));
  const far = zoom.pan(closer, 1e6, -1e6, frame, picture);
  assert.equal(far.x, 0);
  assert.equal(far.y, frame.height - picture.height * far.scale);
  assert.equal(zoom.zoomAt(whole, 1e9, 0, 0, frame, picture).scale, zoom.MOST_SCALE);
  assert.equal(zoom.zoomAt(closer, 1e-9, 0, 0, frame, picture).scale, whole.scale);
  assert.equal(zoom.actual(whole, frame, picture).scale, 1);
  assert.equal(zoom.fit(frame, { width: 100, height: 50 }).scale, 1, 'never larger than it is');
  assert.ok(zoom.isFit(whole, frame, picture) && !zoom.isFit(closer, frame, picture));
});

test('addresses: there and back', () => {
  const parse = (address) => route.parseRoute(...address.split(/(?=\?)/));
  assert.equal(parse('/review/').view, 'runs');
  assert.equal(parse('/review').view, 'runs');
  assert.deepEqual([parse('/review/runs/17').view, parse('/review/runs/17').id], ['run', 17]);
  assert.equal(parse('/review/cells/9/').view, 'cell');
  const wrongs = ['/runs/', '/runs/0', '/runs/x', '/cells/1/2', '/plans/3', '/runs/99999999999999999', '/nothing'];
  for (const wrong of wrongs.map((end) => `/review${end}`))
    assert.equal(parse(wrong).view, 'missing', wrong);
  const filter = { filter: ['unconfirmed', 'flagged'], text: 'a&b=ü', dashboard: 'x y', range: 'last 1h', order: 'plan' };
  const there = parse(route.runAddress(5, filter));
  assert.deepEqual(route.filterOf(there.query), filter);
  assert.deepEqual(route.filterOf(new URLSearchParams('filter=evil,flagged&order=bad')), { filter: ['flagged'], text: '', dashboard: '', range: '', order: 'worst' });
  assert.equal(route.cellAddress(3, route.filterOf(new URLSearchParams())), '/review/cells/3');
});

test('after signing in one comes back to this page only', () => {
  assert.equal(route.safeReturn('/review/runs/3?filter=flagged'), '/review/runs/3?filter=flagged');
  const evils = [
    null, '', 'https://evil.example/', '//evil.example', '/review/login', '/review/setup', '/api/v1/session', '/review/\\evil', 'javascript:alert(1)', '/review/x#y',
  ];
  for (const evil of evils)
    assert.equal(route.safeReturn(evil), '/review/', String(evil));
});

test('times in the zone of the run; the day once where it is one', () => {
  const at = Date.UTC(2026, 10, 25, 0, 15);
  assert.match(format.formatExact(at, 'Asia/Shanghai'), /^2026-11-25 08:15:00 /);
  assert.match(format.formatExact(at, 'America/New_York'), /^2026-11-24 19:15:00 /);
  assert.equal(format.formatExact(0), '–');
  assert.match(format.formatExact(at, 'Nowhere/Land'), /^2026-11-2\d/);
  assert.equal(format.formatSpan(at, at + 3_600_000, 'en-GB', 'Asia/Shanghai'), '25 Nov, 08:15 – 09:15');
  assert.equal(format.formatSpan(at, at + 24 * 3_600_000, 'en-GB', 'UTC'), '25 Nov, 00:15 – 26 Nov, 00:15');
  assert.equal(format.formatAway(at + 2 * 3_600_000, at, 'en'), 'in 2 hours');
  assert.equal(format.formatAway(at - 86_400_000, at, 'en'), 'yesterday');
});

test('figures as people read them', () => {
  const durations = [0, 900, 4200, 61_000, 5_400_000, 200 * 3_600_000];
  assert.deepEqual(durations.map((ms) => format.formatDuration(ms, 'en')), ['0 ms', '900 ms', '4.2 s', '1 min', '1 h 30 min', '8 d']);
  assert.equal(format.formatDuration(5_400_000, 'zh-CN'), '1 小时 30 分');
  assert.equal(format.formatShare(1999, 2000), '99%', 'not all yet');
  assert.equal(format.formatShare(0, 0), '0%');
  assert.equal(format.formatBytes(1536), '1.5 KiB');
  assert.equal(format.formatVariables({ env: ['a', 'b'], host: 'x' }), 'env=a, b · host=x');
  assert.equal(format.shorten('😀'.repeat(100), 3), '😀😀…', 'letters are not cut in two');
  const now = Date.UTC(2026, 0, 31, 23, 59);
  assert.equal(format.fromLocalInput(format.toLocalInput(now)), now);
  assert.equal(format.fromLocalInput(''), null);
});

test('another range: presets end where they are told to; what is wrong is named', () => {
  const now = 1_700_000_000_000;
  assert.deepEqual(ranges.presetRange('6h', now), { from: now - 21_600_000, to: now, label: 'last 6h' });
  assert.equal(ranges.presetRange('6 h', now), null);
  assert.equal(ranges.problemOf({ from: 2, to: 1 }), 'order');
  assert.equal(ranges.problemOf({ from: 1, to: 1 }), 'order');
  assert.equal(ranges.problemOf({ from: null, to: 1 }), 'missing');
  assert.equal(ranges.problemOf({ from: 0, to: 9e12 }), 'long');
  assert.equal(ranges.problemOf({ from: 1, to: 2 }), null);
});

test('both languages say everything, with the same gaps to fill', () => {
  assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
  const gaps = (text) => [...new Set([...[text].flat().join(' ').matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();
  for (const [key, text] of Object.entries(english)) {
    assert.deepEqual(gaps(chinese[key]), gaps(text), key);
    assert.ok([text].flat().every((one) => one.length > 0), key);
  }
  for (const [key, text] of Object.entries(chinese))
    assert.doesNotMatch(text, /[\u4e00-\u9fff][,;:()]/, `${key}: a half-width sign in Chinese`);
});

test('every text that the page asks for is there', () => {
  for (const name of files.filter((one) => one.endsWith('.js') && one !== 'text.js')) {
    for (const [, key] of read(name).matchAll(/\bt\(\s*'([^']+)'/g))
      assert.ok(key in english, `${name}: ${key}`);
    for (const [, key] of read(name).matchAll(/name: '(key\.[^']+)'/g))
      assert.ok(key in english, `${name}: ${key}`);
  }
});

test('every file is a resource, and every resource a file', () => {
  const listed = [...read('review.gresource.xml').matchAll(/<file>([^<]+)<\/file>/g)].map((match) => match[1]);
  assert.deepEqual(listed, files.filter((name) => name !== 'review.gresource.xml').sort());
});

test('what the views of every day need is asked for at once, not one module after the other', () => {
  const needed = new Set();
  const walk = (name) => {
    if (needed.has(name))
      return;
    needed.add(name);
    for (const [, other] of read(name).matchAll(/from '\.\/([\w-]+\.js)'/g))
      walk(other);
  };
  ['main.js', 'view-run.js', 'view-runs.js', 'view-cell.js'].forEach(walk);
  const asked = [...read('index.html').matchAll(/(?:modulepreload" href|module" src)="\/review\/assets\/([\w-]+\.js)"/g)].map((match) => match[1]);
  assert.deepEqual(asked.sort(), [...needed].sort());
});

test('nothing comes from elsewhere, and nothing is markup', () => {
  for (const name of files) {
    assert.equal(read(name).match(/https?:\/\/(?!www\.w3\.org)[\w.]+/), null, name);
    if (name.endsWith('.js'))
      assert.doesNotMatch(read(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
  }
  assert.doesNotMatch(read('index.html'), /<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=/);
});
