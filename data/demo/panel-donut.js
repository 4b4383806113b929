// panel-donut.js: shares of a whole, with a legend

import { h, s, token } from './dom.js';
import { texture } from './series.js';

function slicePath(c, outer, inner, from, to) {
  const at = (radius, turn) => {
    const angle = (turn - 0.25) * 2 * Math.PI;
    return `${(c + radius * Math.cos(angle)).toFixed(2)} ${(c + radius * Math.sin(angle)).toFixed(2)}`;
  };
  const large = to - from > 0.5 ? 1 : 0;
  return `M${at(outer, from)}A${outer} ${outer} 0 ${large} 1 ${at(outer, to)}` +
    `L${at(inner, to)}A${inner} ${inner} 0 ${large} 0 ${at(inner, from)}Z`;
}

export function slicesAt(data, range) {
  return data.slices.map((slice) => ({ ...slice, value: slice.base * (1 + 0.12 * texture(range.to, slice.seed)) }));
}

export function drawDonut(body, panel, data, range) {
  const { clientWidth: width, clientHeight: height } = body;
  const rows = slicesAt(data, range).map((slice) => ({ ...slice, color: token(panel.colors[slice.color]) }));
  const total = rows.reduce((sum, row) => sum + row.value, 0);
  const side = width > height * 1.25;
  const size = Math.max(60, side ? Math.min(height - 26, width * 0.46) : Math.min(width - 24, height * 0.62));
  const c = size / 2;
  const outer = c - 2;
  const inner = outer * 0.66;
  let turn = 0;

  const slices = rows.map((row) => {
    const from = turn;
    turn += row.value / total;
    // An arc that ends where it begins would be none.
    return s('path', { d: slicePath(c, outer, inner, from, Math.min(turn, from + 0.9999)), fill: row.color });
  });
  const svg = s('svg', {
    width: size, height: size, viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': panel.title,
  }, slices);
  const centre = h('div', { class: 'centre', style: { 'font-size': `${Math.max(11, size * 0.088)}px` } },
    h('strong', {}, `${((rows[0].value / total) * 100).toFixed(0)}%`),
    h('span', { class: 'quiet' }, rows[0].name.split(' · ')[0]));
  const fits = side || height > 210;

  body.classList.toggle('side', side);
  body.replaceChildren(h('div', { class: 'ring' }, svg, centre),
    ...(fits ? [h('div', { class: 'legend share' }, rows.map((row) => [
      h('span', { class: 'name' }, h('i', { class: 'dot', style: { background: row.color } }), row.name),
      h('span', { class: 'figure strong' }, `${((row.value / total) * 100).toFixed(1)}%`),
    ]))] : []));
}
