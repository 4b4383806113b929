// frames.js: a panel's data as Grafana's data frames
//
// The numbers are those that the panel draws. Pure.

import { barsAt } from './panel-bars.js';
import { slicesAt } from './panel-donut.js';
import { countAt } from './panel-heatmap.js';
import { hostsAt } from './panel-table.js';
import { sample, stepFor, summary } from './series.js';

const POINTS = 240;
const HEAT_POINTS = 60;

const field = (name, type, values, more = {}) => ({ name, type, values, config: {}, ...more });

function frame(name, fields) {
  return { name, refId: 'A', fields, length: fields[0].values.length };
}

function calcsOf(samples) {
  const { last, ...others } = summary(samples);
  return { ...others, last, lastNotNull: last };
}

function seriesFrames(panel, data, range) {
  return data.series.map((spec) => {
    const samples = sample(spec, range, panel.points ?? POINTS);
    return frame(spec.name, [
      field('Time', 'time', samples.map(({ time }) => time)),
      field('Value', 'number', samples.map(({ value }) => value), {
        labels: { name: spec.name }, config: { displayNameFromDS: spec.name }, state: { calcs: calcsOf(samples) },
      }),
    ]);
  });
}

function heatFrames(panel, data, range) {
  const step = stepFor(range, HEAT_POINTS);
  const times = [];
  for (let time = Math.ceil(range.from / step) * step; time + step <= range.to; time += step)
    times.push(time);
  return [frame('buckets', [
    field('Time', 'time', times),
    ...data.buckets.map((bucket, row) => field(String(bucket), 'number', times.map((time) => countAt(data, row, time)))),
  ])];
}

const columns = (rows, names) => names.map(([name, type]) => field(name, type, rows.map((row) => row[name])));

export function makeFrames(panel, data, range) {
  const tables = {
    donut: () => frame('regions', columns(slicesAt(data, range), [['name', 'string'], ['value', 'number']])),
    table: () => frame('hosts', columns(hostsAt(data, range),
      [['host', 'string'], ['zone', 'string'], ['role', 'string'], ['cpu', 'number'], ['memory', 'number'], ['latency', 'number'], ['uptime', 'number']])),
  };
  if (panel.kind === 'text')
    return [];
  // A bar is the last value of a series of its own.
  if (panel.kind === 'bars') {
    return barsAt(data, range).map(({ name, value }) => frame(name, [
      field('Time', 'time', [range.to]), field('Value', 'number', [value], { labels: { name }, config: { displayNameFromDS: name } })]));
  }
  if (data.series !== undefined)
    return seriesFrames(panel, data, range).filter(({ length }) => length > 0);
  if (panel.kind === 'heatmap')
    return heatFrames(panel, data, range);
  return [tables[panel.kind]()].filter(({ length }) => length > 0);
}
