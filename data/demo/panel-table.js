// panel-table.js: hosts with meters and a verdict; shows as many rows as fit

import { h, token } from './dom.js';
import { thresholdColor } from './format.js';
import { texture } from './series.js';

const ROW = 29;
const VERDICT = { green: ['正常', 'good'], amber: ['关注', 'warn'], red: ['告警', 'bad'] };

function meter(value, thresholds) {
  const color = thresholdColor(value, thresholds);
  return h('div', { class: 'meter' },
    h('span', { class: 'track' },
      h('span', { class: 'fill', style: { width: `${value}%`, background: token(color) } })),
    h('span', { class: 'figure' }, `${value.toFixed(0)}%`));
}

export function hostsAt(data, range) {
  return data.rows.map((row) => ({
    ...row,
    cpu: Math.max(2, Math.min(99, row.cpu + 9 * texture(range.to, row.seed))),
    memory: Math.max(2, Math.min(99, row.memory + 3 * texture(range.to, row.seed + 40))),
    latency: row.latency * (1 + 0.3 * texture(range.to, row.seed + 80)),
  }));
}

export function drawTable(body, panel, data, range) {
  const narrow = body.clientWidth < 520;
  const rows = hostsAt(data, range);
  const count = Math.max(1, Math.min(rows.length, Math.floor((body.clientHeight - 32) / ROW)));
  const head = narrow ? ['主机 Host', 'CPU', '内存 Mem', '状态']
    : ['主机 Host', '区域', '角色', 'CPU', '内存 Mem', '延迟', '运行', '状态'];

  const lines = rows.slice(0, count).map((row) => {
    const [text, state] = VERDICT[thresholdColor(Math.max(row.cpu, row.memory), panel.thresholds)];
    return h('tr', {}, h('td', { class: 'host' }, row.host),
      ...(narrow ? [] : [h('td', {}, row.zone), h('td', { class: 'dim' }, row.role)]),
      h('td', {}, meter(row.cpu, panel.thresholds)), h('td', {}, meter(row.memory, panel.thresholds)),
      ...(narrow ? [] : [h('td', { class: 'number' }, `${row.latency.toFixed(0)} ms`),
        h('td', { class: 'number dim' }, `${row.uptime} 天`)]),
      h('td', { class: 'state' }, h('span', { class: `verdict ${state}` }, text)));
  });
  const right = new Set(['延迟', '运行']);
  body.replaceChildren(h('table', {},
    h('thead', {}, h('tr', {}, head.map((text) => h('th', { class: right.has(text) ? 'number' : '' }, text)))),
    h('tbody', {}, lines)));
}
