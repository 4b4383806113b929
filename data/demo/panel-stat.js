// panel-stat.js: one large figure, how it changed, and its course underneath

import { fillUnder, openCanvas, tracePath } from './canvas.js';
import { h, token } from './dom.js';
import { formatNumber, thresholdColor } from './format.js';
import { sample, summary } from './series.js';

function change(panel, data, range, now) {
  const span = range.to - range.from;
  const before = summary(sample(data.series[0], { from: range.from - span, to: range.from }, panel.points));
  const percent = panel.unit === 'percent';
  const digits = percent ? 3 : 1;
  const exact = percent ? now.mean - before.mean : (now.mean / (before.mean || 1) - 1) * 100;
  const delta = Number(exact.toFixed(digits)); // the sign of what is shown: no "−0.000"
  const sign = delta >= 0 ? '+' : '−';
  return { up: delta >= 0, text: `${sign}${Math.abs(delta).toFixed(digits)}${percent ? ' pt' : ' %'}` };
}

function drawCourse(canvas, width, height, samples, range, color) {
  const ctx = openCanvas(canvas, width, height);
  const { min, max } = summary(samples);
  const top = height * 0.08;
  const points = samples.map(({ time, value }) => ({
    x: ((time - range.from) / (range.to - range.from)) * width,
    y: top + (1 - (value - min) / (max - min || 1)) * (height * 0.66),
  }));
  if (points.length < 2)
    return;
  points[0].x = 0;
  points[points.length - 1].x = width;
  fillUnder(ctx, points, height, color, top, 0.34);
  ctx.beginPath();
  tracePath(ctx, points);
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.stroke();
}

export function drawStat(body, panel, data, range) {
  const samples = sample(data.series[0], range, panel.points);
  const now = summary(samples);
  const shown = panel.reduceOptions.calcs[0] === 'mean' ? now.mean : now.last;
  const color = token(thresholdColor(shown, panel.thresholds));
  const [number, unit] = formatNumber(shown, panel.unit);
  const { clientWidth: width, clientHeight: height } = body;
  const size = Math.max(18, Math.min(height * 0.34, width / 5.2, 150));
  const delta = change(panel, data, range, now);
  const canvas = h('canvas', { class: 'course', 'aria-hidden': 'true' });

  body.replaceChildren(canvas,
    h('div', { class: 'value', style: { 'font-size': `${size}px`, color } }, number,
      h('span', { class: 'unit' }, unit)),
    h('div', { class: 'delta' }, h('span', { class: delta.up ? 'rise' : 'fall' }, delta.up ? '▲' : '▼'),
      ` ${delta.text} `, h('span', { class: 'quiet' }, '较上一周期')));
  drawCourse(canvas, width, Math.round(height * 0.5), samples, range, color);
}
