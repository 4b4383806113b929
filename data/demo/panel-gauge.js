// panel-gauge.js: a value on an arc, with the ranges of its thresholds outside

import { h, s, token } from './dom.js';
import { formatNumber, thresholdColor } from './format.js';
import { sample, summary } from './series.js';

const START = -120;
const SWEEP = 240;

function point(cx, cy, radius, degrees) {
  const angle = ((degrees - 90) * Math.PI) / 180;
  return `${(cx + radius * Math.cos(angle)).toFixed(2)} ${(cy + radius * Math.sin(angle)).toFixed(2)}`;
}

function arc(cx, cy, radius, from, to) {
  const large = to - from > 180 ? 1 : 0;
  return `M${point(cx, cy, radius, from)}A${radius} ${radius} 0 ${large} 1 ${point(cx, cy, radius, to)}`;
}

export function drawGauge(body, panel, data, range) {
  const { clientWidth: width, clientHeight: height } = body;
  const value = summary(sample(data.series[0], range, 120)).last;
  const color = token(thresholdColor(value, panel.thresholds));
  // The arc spans 240 degrees: its box is two radii wide and one and a half high.
  const radius = Math.max(20, Math.min(width / 2 - 14, (height - 12) / 1.58));
  const [cx, cy] = [width / 2, height / 2 + radius * 0.22];
  const thick = radius * 0.2;
  const inner = radius - 7 - thick / 2;
  const angle = (percent) => START + (SWEEP * Math.max(0, Math.min(100, percent))) / 100;
  const [number, unit] = formatNumber(value, panel.unit);

  const ring = panel.thresholds.map((row, i) => s('path', {
    d: arc(cx, cy, radius - 1.5, angle(row.at ?? 0) + (i ? 1 : 0), angle(panel.thresholds[i + 1]?.at ?? 100)),
    stroke: token(row.color), 'stroke-width': 3, fill: 'none',
  }));
  const gradient = s('linearGradient', { id: `gauge-${panel.id}`, x1: 0, x2: 1, y1: 0, y2: 0 },
    s('stop', { offset: 0, 'stop-color': color, 'stop-opacity': 0.45 }),
    s('stop', { offset: 1, 'stop-color': color }));
  const band = (to, stroke) =>
    s('path', { d: arc(cx, cy, inner, START, to), stroke, 'stroke-width': thick, fill: 'none' });

  body.replaceChildren(s('svg', {
    width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': panel.title,
  }, s('defs', {}, gradient), ring, band(START + SWEEP, token('track')), band(angle(value), `url(#gauge-${panel.id})`)),
  h('div', { class: 'value', style: { 'font-size': `${radius * 0.44}px`, top: `${cy - radius * 0.36}px` } }, number,
    h('span', { class: 'unit' }, unit)));
}
