// panel-timeseries.js: lines over time with axes, thresholds and a legend of figures

import { crisp, fillUnder, hairline, label, mix, openCanvas, tracePath } from './canvas.js';
import { h, token } from './dom.js';
import { formatText, formatTick, niceTicks } from './format.js';
import { timeTicks } from './range.js';
import { sample, summary } from './series.js';

const LEGEND_ROW = 20;

function legend(series, unit, wide, width) {
  const cells = (row) => [
    h('span', { class: 'name' }, h('i', { class: 'dash', style: { background: row.color } }), row.name),
    ...(wide ? ['mean', 'max', 'last'] : width / series.length < 112 ? [] : ['last']).map((key) =>
      h('span', { class: key === 'last' ? 'figure strong' : 'figure' }, formatText(row.summary[key], unit))),
  ];
  if (!wide) {
    return h('div', { class: 'legend inline' }, series.map((row) => h('span', { class: 'entry' }, cells(row))));
  }
  const head = ['名称', '均值 mean', '最大 max', '当前 last'].map((text, i) =>
    h('span', { class: i === 0 ? 'name caption' : 'figure caption' }, text));
  return h('div', { class: 'legend table' }, head, series.map(cells));
}

function drawThresholds(ctx, panel, box, y) {
  let above = box.top;
  for (const row of [...panel.thresholds].reverse()) {
    const at = y(row.at);
    if (at < box.top || at > box.bottom)
      continue;
    const color = token(row.color);
    ctx.fillStyle = mix(color, 0.055);
    ctx.fillRect(box.left, above, box.right - box.left, at - above);
    ctx.strokeStyle = mix(color, 0.75);
    ctx.lineWidth = 1;
    ctx.setLineDash([5, 4]);
    hairline(ctx, box.left, crisp(at), box.right, crisp(at));
    ctx.setLineDash([]);
    label(ctx, row.name, box.left + 6, at - 5, { size: 10.5, color });
    above = at;
  }
}

function drawAxes(ctx, panel, range, box, scale, x, y) {
  ctx.lineWidth = 1 / (window.devicePixelRatio || 1);
  ctx.strokeStyle = token('grid');
  for (const value of scale.ticks) {
    hairline(ctx, box.left, crisp(y(value)), box.right, crisp(y(value)));
    label(ctx, formatTick(value, scale.step, panel.unit), box.left - 8, y(value) + 4, { align: 'right' });
  }
  for (const tick of timeTicks(range, (box.right - box.left) / 78)) {
    const at = x(tick.time);
    hairline(ctx, crisp(at), box.top, crisp(at), box.bottom);
    if (at > box.left + 12 && at < box.right - 12)
      label(ctx, tick.label, at, box.bottom + 16, { align: 'center' });
  }
}

// A line ends where samples are missing.
function segments(points) {
  const gap = 1.5 * Math.min(...points.slice(1).map((point, i) => point.x - points[i].x));
  const parts = [];
  points.forEach((point, i) => {
    if (i === 0 || point.x - points[i - 1].x > gap)
      parts.push([]);
    parts[parts.length - 1].push(point);
  });
  return parts.filter((part) => part.length > 1);
}

function drawLines(ctx, panel, series, box, x, y) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 2, box.right - box.left, box.bottom - box.top + 3);
  ctx.clip();
  for (const row of series) {
    const all = row.samples.map(({ time, value }) => ({ x: x(time), y: y(value) }));
    const top = Math.min(...all.map((p) => p.y));
    for (const points of segments(all)) {
      fillUnder(ctx, points, box.bottom, row.color, top, panel.fill);
      ctx.beginPath();
      tracePath(ctx, points);
      ctx.strokeStyle = row.color;
      ctx.lineWidth = 1.8;
      ctx.stroke();
    }
  }
  ctx.restore();
}

export function drawTimeseries(body, panel, data, range) {
  const width = body.clientWidth;
  const points = Math.max(20, Math.min(400, width / 3.2));
  const series = data.series.map((spec, i) => {
    const samples = sample(spec, range, points);
    return { name: spec.name, color: token(panel.colors[i]), samples, summary: summary(samples) };
  });
  const tabular = body.clientHeight > 230 && width > 380;
  const foot = body.clientHeight < 120 ? 0 : tabular ? (series.length + 1) * LEGEND_ROW + 6 : 26;
  const height = body.clientHeight - foot;
  const canvas = h('canvas', { role: 'img', 'aria-label': panel.title });
  body.replaceChildren(canvas, ...(foot ? [legend(series, panel.unit, tabular, width)] : []));

  const ctx = openCanvas(canvas, width, height);
  const marks = (panel.thresholds ?? []).map((row) => row.at * 1.08);
  const top = Math.max(...series.map((row) => row.summary.max), ...marks);
  const scale = niceTicks(0, top * 1.02, Math.max(2, Math.floor(height / 42)));
  const box = { left: panel.unit === 'ms' ? 54 : 46, top: 10, right: width - 12, bottom: height - 24 };
  const x = (time) => box.left + ((time - range.from) / (range.to - range.from)) * (box.right - box.left);
  const y = (value) => box.bottom - ((value - scale.low) / (scale.high - scale.low)) * (box.bottom - box.top);

  drawAxes(ctx, panel, range, box, scale, x, y);
  if (panel.thresholds)
    drawThresholds(ctx, panel, box, y);
  drawLines(ctx, panel, series, box, x, y);
}
