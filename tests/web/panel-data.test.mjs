// What is made of a panel's data: CSV for every kind of frame, its status, its thresholds in words.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const source = readFileSync(new URL('../../data/page/panel-data.js', import.meta.url), 'utf8');
const { csvOf, conditionOf, seriesOf, variablesOf } = new Function(`${source}; return { csvOf, conditionOf, seriesOf, variablesOf };`)();

const LIMIT = 8 << 20;
const NOON = Date.UTC(2026, 0, 1, 12);
const time = (values = [NOON, NOON + 1], more = {}) => ({ name: 'Time', type: 'time', config: {}, values, ...more });
const number = (values, more = {}) => ({ name: 'Value', type: 'number', config: {}, values, ...more });
const text = (name, values) => ({ name, type: 'string', config: {}, values });
const csv = (series, limit = LIMIT) => csvOf(series, limit).csv;
const lines = (...all) => all.map((one) => `${one}\r\n`).join('');

function panel(series, { state = 'Done', ...more } = {}) {
  const { errors, error, ...rest } = more;
  return { state: { pluginId: 'timeseries', fieldConfig: { defaults: {} }, $data: { state: { data: { state, series, errors, error } } }, ...rest } };
}
const statusOf = (one, element) => { const { status, message } = conditionOf(one, element); return [status, message]; };

test('time series are one long table, whatever frames they come in', () => {
  const cpu = { fields: [time(), number([1, 2.5], { labels: { host: 'a' } })] };
  const memory = { fields: [time([NOON]), number([null], { labels: { host: 'b, c' } })] };
  assert.equal(csv([cpu, memory]), lines('time,series,value', '2026-01-01T12:00:00.000Z,a,1', '2026-01-01T12:00:00.001Z,a,2.5',
    '2026-01-01T12:00:00.000Z,"b, c",'));
  const wide = { name: 'wide', fields: [time([NOON]), number([1e21], { name: 'up' }), { name: 'is up', type: 'boolean', values: [true] }] };
  assert.equal(csv([wide]), lines('time,series,value', '2026-01-01T12:00:00.000Z,up,1e+21', '2026-01-01T12:00:00.000Z,is up,true'));
});

test('names are those that Grafana gives', () => {
  const named = (fields, more) => csv([{ fields: [time([NOON]), ...fields], ...more }]).split('\r\n').slice(1, -1).map((one) => one.split(',')[1]);
  assert.deepEqual(named([number([1])]), ['Value']);
  assert.deepEqual(named([number([1])], { name: 'frame' }), ['frame']);
  assert.deepEqual(named([number([1], { labels: { a: 'x' } })]), ['x']);
  assert.deepEqual(named([number([1], { name: 'cpu', labels: { a: 'x' } })]), ['cpu x']);
  assert.deepEqual(named([number([1], { config: { displayNameFromDS: 'source' } })]), ['source']);
  assert.deepEqual(named([number([1], { config: { displayNameFromDS: 'source', displayName: 'mine' } })]), ['mine']);
  // Two that nobody could tell apart.
  assert.deepEqual(named([number([1], { config: { displayName: 'same' }, labels: { b: '1' } }), number([1], { config: { displayName: 'same' } }),
    number([1], { config: { displayName: 'same' } })]), ['"same {b=""1""}"', 'same', 'same (2)']);
});

test('other frames keep their columns, and lie apart', () => {
  const table = { name: 'a\nb', fields: [time([NOON, undefined]), text('服务, name', ['say "hi"\n', null]), number([NaN, 7], { name: 'n' })] };
  const head = 'Time,"服务, name",n';
  assert.equal(csv([table]), lines(head, '2026-01-01T12:00:00.000Z,"say ""hi""\n",', ',,7'));
  const series = { fields: [time([NOON]), number([3])] };
  assert.equal(csv([table, series, { refId: 'C', fields: [text('x', ['# not a frame', ' y', '\0\ud800'])] }]), lines(
    '# frame a b', head, '2026-01-01T12:00:00.000Z,"say ""hi""\n",', ',,7',
    '# frame ', 'time,series,value', '2026-01-01T12:00:00.000Z,Value,3', '# frame C', 'x', '"# not a frame"', '" y"', '\ufffd\ufffd'));
});

test('values of all sorts', () => {
  const vector = { length: 2, get: (i) => [5, 6][i] };
  const odd = { fields: [{ name: 'o', type: 'other', values: [{ a: 1 }, [1, 2], Symbol.iterator] }, { name: 'v', type: 'number', values: vector },
    { name: 't', type: 'number', values: { toArray: () => new Float64Array([1, Infinity]) } }] };
  assert.equal(csv([odd]), lines('o,v,t', '"{""a"":1}",5,1', '"[1,2]",6,Infinity', 'Symbol(Symbol.iterator),,'));
  assert.equal(csv([{ fields: [time(['2026-01-01T00:00:00Z', 9e15, { valueOf: () => NOON }])] }]),
    lines('Time', '2026-01-01T00:00:00.000Z', '9000000000000000', '2026-01-01T12:00:00.000Z'));
  for (const none of [[], [{ fields: [] }], [{ fields: [time([]), number([])] }]]) assert.equal(csv(none), '');
});

test('rows that drawing has added are none', () => {
  const bars = { length: 2, fields: [time([NOON, NOON + 1, NOON + 2]), number([1, 2, null])] };
  assert.equal(csv([bars]), lines('time,series,value', '2026-01-01T12:00:00.000Z,Value,1', '2026-01-01T12:00:00.001Z,Value,2'));
});

test('what is too large is cut at a whole row, in bytes', () => {
  const series = [{ fields: [text('名', ['一二三', 'abc', 'x'])] }];
  const whole = lines('名', '一二三', 'abc', 'x');
  const size = Buffer.byteLength(whole);
  assert.deepEqual(csvOf(series, size), { csv: whole, bytes: size, isCut: false });
  assert.deepEqual(csvOf(series, size - 1), { csv: lines('名', '一二三', 'abc'), bytes: size - 3, isCut: true });
  assert.deepEqual(csvOf(series, 5), { csv: lines('名'), bytes: 5, isCut: true });
  assert.deepEqual(csvOf(series, 4), { csv: '', bytes: 0, isCut: true });
});

test('status', () => {
  const full = [{ fields: [time(), number([1, null])] }];
  assert.deepEqual(statusOf(panel(full)), ['ok', '']);
  assert.deepEqual(statusOf(panel(full, { state: 'Streaming' })), ['ok', '']);
  assert.deepEqual(statusOf(panel([])), ['no_data', '']);
  assert.deepEqual(statusOf(panel([{ fields: [time(), number([null, NaN])] }])), ['no_data', '']);
  assert.deepEqual(statusOf(panel([], { fieldConfig: { defaults: { noValue: 'nothing' } } })), ['no_data', 'nothing']);
  assert.deepEqual(statusOf(panel(full, { state: 'Loading' })), ['loading', '']);
  assert.deepEqual(statusOf({ state: { pluginId: 'stat', $data: { state: {} } } }), ['loading', '']);
  assert.deepEqual(statusOf(panel(full, { state: 'Error', error: { message: 'broken' }, errors: [{ message: 'broken' }, { data: { error: 'twice' } }] })),
    ['error', 'broken; twice']);
  assert.deepEqual(statusOf(panel(full, { errors: [{ message: 'B only' }] })), ['error', 'B only']);
  assert.deepEqual(statusOf(panel(full, { _pluginLoadError: 'no such plugin' })), ['error', 'no such plugin']);
  // A text; what its parents have is theirs.
  assert.deepEqual(statusOf({ state: { pluginId: 'text' }, parent: { state: { $data: { state: {} } } } }), ['ok', '']);
  assert.deepEqual(statusOf({ ...panel([]), getPlugin: () => ({ meta: { skipDataQuery: true } }) }), ['ok', '']);
  assert.deepEqual(statusOf({ state: { pluginId: 'stat' }, parent: panel([]) }), ['no_data', '']);
  assert.deepEqual(statusOf(undefined, null), ['', '']);
  assert.equal(seriesOf({ ...panel(full), applyFieldConfig: () => { throw new Error('no'); } }).length, 1);
});

test('what the panel draws', () => {
  const element = (parts) => ({ textContent: parts.all, querySelector: (selector) => {
    const [, text] = Object.entries(parts).find(([name]) => selector.includes(name)) ?? [];
    return text === undefined ? null : element({ ...parts, all: text });
  } });
  const full = [{ fields: [time(), number([1, 2])] }];
  assert.deepEqual(statusOf(undefined, element({ 'Panel status error': '!' })), ['error', '']);
  assert.deepEqual(statusOf(undefined, element({ 'loading bar': '' })), ['loading', '']);
  assert.deepEqual(statusOf(undefined, element({ 'panel content': ' No\n data' })), ['no_data', 'No data']);
  assert.deepEqual(statusOf(undefined, element({ 'panel content': 'No data today' })), ['', '']);
  assert.deepEqual(statusOf(undefined, element({ 'data error message': '无数据' })), ['no_data', '无数据']);
  assert.deepEqual(statusOf(undefined, element({ 'data error message': 'Data is missing a number field' })), ['error', 'Data is missing a number field']);
  // The scene knows better whether there is anything; what is drawn instead of it is told.
  assert.deepEqual(statusOf(panel([]), element({ 'data error message': 'Keine Daten' })), ['no_data', 'Keine Daten']);
  assert.deepEqual(statusOf(panel(full), element({ 'data error message': 'Unable to graph data' })), ['error', 'Unable to graph data']);
  assert.deepEqual(statusOf(panel(full), element({ 'panel content': 'No data' })), ['no_data', 'No data']);
  assert.deepEqual(statusOf(panel(full), element({ 'Alert error': 'An unexpected error happened' })), ['error', 'An unexpected error happened']);
  assert.deepEqual(statusOf(panel(full, { state: 'Error', error: { message: 'down' } }), element({ 'data error message': 'No data' })), ['error', 'down']);
});

const steps = (...limits) => [{ value: null, color: 'blue' }, ...limits.map((value, i) => ({ value, color: ['orange', 'red'][i] }))];
const coloured = (values, thresholds, config = {}, more = {}) =>
  ({ fields: [time(values.map((_, i) => NOON + i)), number(values, { labels: { code: '5xx' },
    config: { color: { mode: 'thresholds' }, thresholds, ...config } })], ...more });
const thresholdOf = (series, more = {}) => conditionOf(panel(series, { pluginId: 'stat', ...more })).threshold;
const absolute = { mode: 'absolute', steps: steps(3, 10) };

test('thresholds', () => {
  assert.equal(thresholdOf([coloured([99, 4.2, null], absolute)]), '5xx: 4.2 is above 3');
  assert.equal(thresholdOf([coloured([0, 12.3456789], absolute)]), '5xx: 12.3457 is above 10');
  assert.equal(thresholdOf([coloured([99, 3], absolute)]), '5xx: 3 is above 3');
  assert.equal(thresholdOf([coloured([99, 2.9], absolute)]), '');
  assert.equal(thresholdOf([coloured([null, NaN], absolute)]), '');
  const part = { mode: 'percentage', steps: steps(80) };
  assert.equal(thresholdOf([coloured([45], part, { min: 0, max: 50 })]), '5xx: 45 (90%) is above 80%');
  assert.equal(thresholdOf([coloured([0, 100, 85], part)]), '5xx: 85 (85%) is above 80%');
  assert.equal(thresholdOf([coloured([5], part)]), '');
  // Where more is better, less is worth a word.
  const better = { mode: 'absolute', steps: [{ value: -Infinity, color: 'red' }, { value: 99, color: 'green' }] };
  assert.equal(thresholdOf([coloured([99.9], better)]), '');
  assert.equal(thresholdOf([coloured([98], better)]), '5xx: 98 is below 99');
});

test('thresholds count where they are seen', () => {
  const bad = (config = {}) => [coloured([50], absolute, config)];
  for (const pluginId of ['text', 'logs', 'heatmap', 'mine']) assert.equal(thresholdOf(bad(), { pluginId }), '');
  assert.equal(thresholdOf(bad(), { options: { colorMode: 'none' } }), '');
  assert.equal(thresholdOf(bad({ color: { mode: 'palette-classic' } })), '');
  assert.notEqual(thresholdOf(bad({ color: { mode: 'palette-classic' } }), { pluginId: 'gauge' }), '');
  assert.equal(thresholdOf(bad({ color: { mode: 'palette-classic' }, custom: { thresholdsStyle: { mode: 'off' } } }), { pluginId: 'timeseries' }), '');
  assert.notEqual(thresholdOf(bad({ color: { mode: 'palette-classic' }, custom: { thresholdsStyle: { mode: 'area' } } }), { pluginId: 'timeseries' }), '');
  assert.equal(thresholdOf(bad(), { pluginId: 'table' }), '');
  assert.notEqual(thresholdOf(bad({ custom: { cellOptions: { type: 'color-background' } } }), { pluginId: 'table' }), '');
  assert.equal(thresholdOf(bad({ custom: { hideFrom: { viz: true } } })), '');
  // The value that a stat shows is the mean, if its settings say so.
  const [frame] = bad();
  frame.fields[1].state = { calcs: { mean: 1 } };
  assert.equal(thresholdOf([frame], { options: { reduceOptions: { calcs: ['mean'] } } }), '');
  assert.match(thresholdOf(Array.from({ length: 9 }, (_, i) => coloured([50], absolute, { displayName: `s${i}` }))), /^s0: 50 is above 10; .*; and 4 more$/);
});

test('variables', () => {
  const root = { state: { $variables: { state: { variables: [
    { state: { name: 'server', isMulti: true, includeAll: true, value: ['$__all'],
      options: [{ label: 'All', value: '$__all' }, { label: 'Web', value: 'w' }, { value: 2 }] } },
    { state: { name: 'text', value: 'free' } }, { state: { name: 'step', value: '1m', intervals: ['1m', '5m'] } }, { state: {} },
  ] } } } };
  assert.deepEqual(variablesOf(root), {
    server: { values: ['w', '2'], texts: ['Web', '2'], multi: true, includeAll: true, current: ['$__all'] },
    text: { values: ['free'], texts: ['free'], multi: false, includeAll: false, current: ['free'] },
    step: { values: ['1m', '5m'], texts: ['1m', '5m'], multi: false, includeAll: false, current: ['1m'] },
  });
  assert.deepEqual(variablesOf({ state: {} }), {});
});
