// data-table.js: the numbers behind a picture, a small table and the whole as a file

import { cellFile, get } from './api.js';
import { foreign, h, icon, select } from './dom.js';
import { recall, remember } from './memory.js';
import { messageOf } from './say.js';
import { t } from './text.js';

const ROWS = 100;

const isNumeric = (value) => value === '' || value === null || Number.isFinite(Number(value));

function table({ columns, rows }) {
  const kinds = columns.map((name, i) => (rows.every((row) => isNumeric(row[i])) ? 'number' : undefined));
  const line = (row) => row.map((value, i) => h('td', { class: kinds[i] }, foreign(value ?? '')));
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...columns.map((name, i) => h('th', { scope: 'col', class: kinds[i] }, foreign(name))))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, line(row)))),
  );
}

async function load(cell, content, frame) {
  const answer = await get(`/cells/${cell.id}/data?format=json&limit=${ROWS}&frame=${frame}`);
  const { rows, total, frames = [] } = answer;
  const words = total > rows.length ? t('cell.rows.some', { a: rows.length, n: total }) : t('cell.rows', { n: total });
  const names = frames.map((name, i) => [String(i), name || `${i + 1}`]);
  const choose = (value) => show(cell, content, Number(value));
  content.replaceChildren(
    h(
      'div',
      { class: 'data-line' },
      frames.length > 1 ? select(names, String(frame), choose, { 'aria-label': t('cell.frame') }) : null,
      h('span', { class: 'quiet grow' }, words),
      h('a', { class: 'button small', href: cellFile(cell.id, 'data'), download: '' }, icon('download'), t('cell.csv')),
    ),
    h('div', { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': t('cell.data') }, table(answer)),
  );
}

async function show(cell, content, frame) {
  try {
    await load(cell, content, frame);
  } catch (error) {
    content.replaceChildren(h('p', { class: 'trouble' }, messageOf(error)));
  }
}

/** Loaded when it is opened; whether it is open is remembered from cell to cell. */
export function dataTable(cell) {
  const content = h('div', { class: 'data-body' }, h('p', { class: 'quiet' }, t(cell.hasData ? 'loading' : 'cell.nodata')));
  let isLoaded = false;
  const details = h('details', { class: 'panel data' }, h('summary', {}, h('h2', {}, t('cell.data'))), content);
  details.addEventListener('toggle', () => {
    remember('data', details.open ? 'open' : null);
    if (!details.open || isLoaded || !cell.hasData) return;
    isLoaded = true;
    show(cell, content, 0);
  });
  details.open = recall('data') === 'open';
  return details;
}
