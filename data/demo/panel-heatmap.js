// panel-heatmap.js: how many requests took how long, over time

import { label, openCanvas } from './canvas.js';
import { h, token } from './dom.js';
import { formatText } from './format.js';
import { timeTicks } from './range.js';
import { daily, hash, incident, stepFor, texture } from './series.js';

function parseColor(text) {
  const n = parseInt(text.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

// From 0 to 1 through the stops of the theme.
function colorScale() {
  const stops = token('heat').split(' ').map(parseColor);
  return (part) => {
    const position = Math.max(0, Math.min(0.9999, part)) * (stops.length - 1);
    const i = Math.floor(position);
    return `rgb(${stops[i].map((c, k) => Math.round(c + (stops[i + 1][k] - c) * (position - i))).join(',')})`;
  };
}

export function countAt(data, row, time) {
  const centre = data.centre + 0.7 * texture(time, data.seed) + 1.5 * incident(time, 3) + 0.5 * daily(time);
  const distance = (row - centre) / (data.spread * (row > centre ? 1.35 : 0.85));
  const share = Math.exp(-distance * distance);
  return data.base * daily(time) * share * (0.72 + 0.5 * hash(Math.floor(time / 60_000), data.seed + row));
}

function drawScale(ctx, color, x, y, width, most) {
  const steps = 60;
  for (let i = 0; i < steps; i++) {
    ctx.fillStyle = color(i / (steps - 1));
    ctx.fillRect(x + (i * width) / steps, y, width / steps + 0.5, 8);
  }
  label(ctx, '0', x - 8, y + 8, { align: 'right' });
  label(ctx, formatText(most, ''), x + width + 8, y + 8);
}

export function drawHeatmap(body, panel, data, range) {
  const { clientWidth: width, clientHeight: height } = body;
  const canvas = h('canvas', { role: 'img', 'aria-label': panel.title });
  body.replaceChildren(canvas);
  const ctx = openCanvas(canvas, width, height);
  const showScale = height > 170;
  const box = { left: 58, top: 8, right: width - 12, bottom: height - (showScale ? 46 : 24) };
  const rows = data.buckets.length;
  const step = stepFor(range, (box.right - box.left) / 9);
  const color = colorScale();
  const cells = [];
  let most = 1;

  for (let time = Math.ceil(range.from / step) * step; time + step <= range.to; time += step) {
    for (let row = 0; row < rows; row++) {
      const count = countAt(data, row, time);
      most = Math.max(most, count);
      cells.push({ time, row, count });
    }
  }

  const ratio = window.devicePixelRatio || 1;
  const snap = (position) => Math.round(position * ratio) / ratio;
  const x = (time) => box.left + ((time - range.from) / (range.to - range.from)) * (box.right - box.left);
  const y = (row) => box.bottom - (row / rows) * (box.bottom - box.top);
  for (const cell of cells) {
    const part = Math.sqrt(cell.count / most);
    if (part < 0.06)
      continue;
    const [left, right] = [snap(x(cell.time)), snap(x(cell.time + step))];
    const [top, bottom] = [snap(y(cell.row + 1)), snap(y(cell.row))];
    ctx.fillStyle = color(part);
    ctx.fillRect(left, top, Math.max(1 / ratio, right - left - 1), Math.max(1 / ratio, bottom - top - 1));
  }

  const every = Math.ceil(16 / ((box.bottom - box.top) / rows));
  for (let row = 0; row < rows; row += every)
    label(ctx, formatText(data.buckets[row], panel.unit), box.left - 8, y(row + 0.5) + 4, { align: 'right' });
  for (const tick of timeTicks(range, (box.right - box.left) / 78)) {
    const at = x(tick.time);
    if (at > box.left + 12 && at < box.right - 12)
      label(ctx, tick.label, at, box.bottom + 16, { align: 'center' });
  }
  if (showScale)
    drawScale(ctx, color, box.left + 14, height - 15, Math.min(160, (box.right - box.left) / 2), most);
}
