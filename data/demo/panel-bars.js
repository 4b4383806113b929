// panel-bars.js: one bar a row, coloured by threshold

import { h, token } from './dom.js';
import { formatText, thresholdColor } from './format.js';
import { texture } from './series.js';

export function barsAt(data, range) {
  return data.bars.map((spec) => ({ ...spec, value: Math.min(99.4, spec.base + 2.5 * texture(range.to, spec.seed)) }));
}

export function drawBars(body, panel, data, range) {
  const rows = barsAt(data, range);
  const height = body.clientHeight;
  const count = Math.max(1, Math.min(rows.length, Math.floor(height / 34)));
  const bar = Math.max(8, Math.min(34, height / count - 32));

  body.replaceChildren(...rows.slice(0, count).map((row) => {
    const color = thresholdColor(row.value, panel.thresholds);
    return h('div', { class: 'bar' },
      h('div', { class: 'line' }, h('span', { class: 'name' }, row.name),
        h('span', { class: 'quiet' }, `${((row.size * row.value) / 100).toFixed(1)} / ${row.size} ${row.unit}`),
        h('span', { class: 'figure', style: { color: token(color) } }, formatText(row.value, panel.unit))),
      h('div', { class: 'track', style: { height: `${bar}px` } },
        h('div', { class: 'fill', style: { width: `${row.value}%`, '--tone': `var(--${color})` } }),
        ...panel.thresholds.filter((t) => t.at).map((t) =>
          h('i', { class: 'mark', style: { left: `${t.at}%`, background: token(t.color) } }))));
  }));
}
