// The demo's sums: the same picture for the same range, times of the right zone, and nothing
// forgotten in the list of resources.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = new URL('../../data/demo/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), 'utf8');

// The files are modules to a browser only: node would take ".js" for CommonJS.
const copy = mkdtempSync(join(tmpdir(), 'demo-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(folder, copy, { recursive: true });
writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
const load = (name) => import(pathToFileURL(join(copy, name)));

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);
const series = await load('series.js');
const range = await load('range.js');
const format = await load('format.js');

const query = (text) => new URLSearchParams(text);

test('samples depend on nothing but range and seed', () => {
  const spec = { seed: 5, base: 100, noise: 0.1, spike: 0.5 };
  const whole = series.sample(spec, { from: NOON, to: NOON + 6 * HOUR }, 360);
  assert.deepEqual(series.sample(spec, { from: NOON, to: NOON + 6 * HOUR }, 360), whole);

  const later = series.sample(spec, { from: NOON + HOUR, to: NOON + 7 * HOUR }, 360);
  const shared = new Map(whole.map(({ time, value }) => [time, value]));
  const overlap = later.filter(({ time }) => shared.has(time));
  assert.ok(overlap.length > 290);
  for (const { time, value } of overlap)
    assert.equal(value, shared.get(time));
});

test('values stay finite and in reach for years', () => {
  const spec = { seed: 1, base: 100, noise: 0.1, spike: 0.5 };
  for (let time = Date.UTC(2020, 0, 1); time < Date.UTC(2040, 0, 1); time += 13 * 24 * HOUR + 61_007) {
    const value = series.valueAt(spec, time);
    assert.ok(value >= 0 && value < 400, `${value} at ${time}`);
  }
});

test('noise is even: no stretch of time is flat', () => {
  const values = Array.from({ length: 500 }, (_, i) => series.noise(NOON + i * 180_000, 180_000, 3));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.15, `mean ${mean}`);
  assert.ok(new Set(values).size > 490);
});

test('from and to: milliseconds, relative, absolute, absent, swapped', () => {
  const parse = (text) => range.parseRange(query(text), NOON);
  assert.deepEqual(parse('from=1767225600000&to=1767247200000&tz=UTC'),
    { from: 1767225600000, to: 1767247200000, zone: 'UTC' });
  assert.equal(parse('from=now-2d&to=now').from, NOON - 48 * HOUR);
  assert.equal(parse('from=2026-01-01T00:00:00Z').from, NOON - 12 * HOUR);
  assert.equal(parse('').to - parse('').from, 6 * HOUR);
  assert.equal(parse('from=nonsense&to=nonsense').to, NOON);
  const swapped = parse('from=now&to=now-1h');
  assert.equal(swapped.to - swapped.from, HOUR);
  const empty = parse('from=now&to=now');
  assert.equal(empty.to - empty.from, 60_000);
});

test('zones: given, of the browser, unknown', () => {
  assert.equal(range.parseRange(query('tz=Asia/Shanghai'), NOON).zone, 'Asia/Shanghai');
  const own = new Intl.DateTimeFormat('en-GB').resolvedOptions().timeZone;
  assert.equal(range.parseRange(query(''), NOON).zone, own);
  assert.equal(range.parseRange(query('tz=Nowhere/Land'), NOON).zone, own);
  assert.equal(range.zoneLabel(NOON, 'Asia/Kolkata'), 'UTC+05:30');
  assert.equal(range.zoneLabel(NOON, 'America/New_York'), 'UTC−05:00');
});

test('ticks fall on whole hours of the zone', () => {
  for (const zone of ['UTC', 'Asia/Shanghai', 'Asia/Kolkata', 'America/New_York']) {
    const ticks = range.timeTicks({ from: NOON, to: NOON + 6 * HOUR, zone }, 6);
    assert.ok(ticks.length >= 5 && ticks.length <= 7, `${ticks.length} ticks`);
    for (const { time, label } of ticks) {
      assert.ok(time >= NOON && time <= NOON + 6 * HOUR);
      assert.match(label, /^(\d\d:00|\d\d-\d\d)$/);
    }
  }
  const week = range.timeTicks({ from: NOON, to: NOON + 168 * HOUR, zone: 'UTC' }, 7);
  assert.equal(week[0].label, '01-02');
});

test('axis labels differ from each other', () => {
  for (const top of [3, 7.5, 40, 410, 1670, 12_500, 98_000]) {
    const { ticks, step } = format.niceTicks(0, top, 7);
    const labels = ticks.map((value) => format.formatTick(value, step, 'reqps'));
    assert.equal(new Set(labels).size, labels.length, labels.join(' '));
    assert.ok(ticks.at(-1) >= top);
  }
});

test('every file is a resource, and every resource a file', () => {
  const listed = [...read('demo.gresource.xml').matchAll(/<file>([^<]+)<\/file>/g)].map((match) => match[1]);
  const present = readdirSync(folder).filter((name) => name !== 'demo.gresource.xml');
  assert.deepEqual(listed.sort(), present.sort());
});

const json = JSON.parse(read('dashboard.json'));
const data = JSON.parse(read('data.json'));

test('every panel has data, a place of its own, and nothing comes from elsewhere', () => {
  assert.deepEqual(json.panels.map(({ id }) => String(id)).sort(), Object.keys(data).sort());
  const taken = new Set();
  for (const { gridPos: { x, y, w, h } } of json.panels) {
    assert.ok(x >= 0 && x + w <= 24);
    for (let i = 0; i < w * h; i++) {
      const place = `${x + (i % w)},${y + Math.floor(i / w)}`;
      assert.ok(!taken.has(place), place);
      taken.add(place);
    }
  }
  for (const name of readdirSync(folder)) {
    const foreign = read(name).match(/https?:\/\/(?!www\.w3\.org)[\w.]+/);
    assert.equal(foreign, null, `${name}: ${foreign}`);
  }
});

const { configOf, readDashboard, readVariable } = await load('dashboard.js');
const { forRegions } = await load('region.js');
const { makeFrames } = await load('frames.js');
const dashboard = readDashboard(json);
const [variable] = json.templating.list;
const panelOf = (id) => dashboard.panels.find((panel) => panel.id === id);
const framesOf = (id, at, text = '') => makeFrames(panelOf(id), forRegions(data[id], readVariable(variable, query(text))), at);

test('variables: all, one, several, unknown; the text says what the value means', () => {
  const parse = (text) => readVariable(variable, query(text));
  assert.equal(parse('').isAll, true);
  assert.equal(parse('var-region=$__all').values.length, 5);
  assert.deepEqual(parse('var-region=north').values, ['north']);
  assert.equal(parse('var-region=east&var-region=south').text, '华东 East + 华南 South');
  assert.equal(parse('var-region=<x>').isAll, true);
  assert.deepEqual(variable.query.split(',').map((one) => one.split(' : ')), variable.options.map(({ text, value }) => [text, value]));
});

test('frames: of every panel, the same for the same range, another for another', () => {
  const day = { from: NOON - 24 * HOUR, to: NOON };
  for (const panel of dashboard.panels) {
    const frames = framesOf(panel.id, day);
    assert.deepEqual(frames, framesOf(panel.id, day));
    assert.equal(frames.length > 0, panel.kind !== 'text', panel.title);
    for (const { fields, length } of frames) {
      assert.ok(length > 0 && fields.every(({ values }) => values.length === length), panel.title);
      assert.ok(fields.every(({ type, values }) => values.every((value) => (type === 'string' ? value !== '' : Number.isFinite(value)))), panel.title);
    }
    if (panel.kind !== 'text')
      assert.notDeepEqual(framesOf(panel.id, { from: NOON - 48 * HOUR, to: NOON - 24 * HOUR }), frames, panel.title);
  }
});

test('frames: a region has other data, less of it where it is a part of the whole', () => {
  const day = { from: NOON - 24 * HOUR, to: NOON };
  for (const panel of dashboard.panels.filter(({ kind }) => kind !== 'text')) {
    const [all, east, south] = ['', 'var-region=east', 'var-region=south'].map((text) => JSON.stringify(framesOf(panel.id, day, text)));
    assert.equal(new Set([all, east, south]).size, 3, panel.title);
  }
  const mean = (text) => framesOf(1, day, text)[0].fields[1].values.reduce((sum, value) => sum + value, 0);
  assert.ok(mean('var-region=overseas') < mean('') * 0.1);
  assert.deepEqual(framesOf(9, day, 'var-region=west')[0].fields[0].values, ['mq-cd-01', 'job-cd-04']);
});

test('settings of fields: of the panel, and of some by name', () => {
  const table = configOf(panelOf(9).json.fieldConfig, 'cpu');
  assert.equal(table.custom.cellOptions.type, 'gauge');
  assert.equal(table.thresholds.steps.length, 3);
  assert.equal(configOf(panelOf(9).json.fieldConfig, 'latency').thresholds, undefined);
  assert.deepEqual(panelOf(9).thresholds.map(({ at }) => at), [undefined, 70, 85]);
  assert.deepEqual(panelOf(2).thresholds.map(({ at, name }) => [at, name]), [[250, '关注'], [350, '告警']]);
});

test('a panel with no data at some range, one beyond its threshold', () => {
  assert.deepEqual(framesOf(11, { from: NOON - HOUR, to: NOON }), []);
  assert.ok(framesOf(11, { from: NOON - 24 * HOUR, to: NOON })[0].length > 10);
  assert.deepEqual(framesOf(9, { from: NOON - HOUR, to: NOON }, 'var-region=overseas'), []);
  const highest = Math.max(...framesOf(6, { from: NOON - HOUR, to: NOON }).map(({ fields }) => fields[1].values[0]));
  assert.ok(highest > panelOf(6).thresholds.at(-1).at);
});
