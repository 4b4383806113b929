// view.js: panels and the pages that hold them
//
// A panel asks for its data, draws, and draws again whenever its size or the sharpness of the
// screen changes. showX() functions return one promise a panel, true when it could draw.

import { bilingual, h, s } from './dom.js';
import { makeFrames } from './frames.js';
import { runQuery } from './query.js';
import { formatMoment, zoneLabel } from './range.js';
import { forRegions } from './region.js';
import { drawBars } from './panel-bars.js';
import { drawDonut } from './panel-donut.js';
import { drawGauge } from './panel-gauge.js';
import { drawHeatmap } from './panel-heatmap.js';
import { drawStat } from './panel-stat.js';
import { drawTable } from './panel-table.js';
import { drawText } from './panel-text.js';
import { drawTimeseries } from './panel-timeseries.js';

const DRAW = {
  bars: drawBars, donut: drawDonut, gauge: drawGauge, heatmap: drawHeatmap, stat: drawStat,
  table: drawTable, text: drawText, timeseries: drawTimeseries,
};

function watchSize(body, draw) {
  let pending = false;
  const later = () => {
    if (pending)
      return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      draw();
    });
  };
  let size = `${body.clientWidth}x${body.clientHeight}`;
  new ResizeObserver(() => {
    const now = `${body.clientWidth}x${body.clientHeight}`;
    if (now !== size)
      later();
    size = now;
  }).observe(body);

  const watchRatio = () => {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener('change', () => {
      later();
      watchRatio();
    }, { once: true });
  };
  watchRatio();
}

export function makePanel(panel) {
  const body = h('div', { class: 'body', 'data-testid': 'data-testid panel content' });
  const section = h('section', {
    class: `panel kind-${panel.kind}`,
    'data-testid': `data-testid Panel header ${panel.title}`,
    'data-viz-panel-key': `panel-${panel.id}`,
  }, h('header', { class: 'head' }, h('h2', { title: panel.title }, bilingual(panel.title))), body);
  return { section, body };
}

function showError(section, body, error) {
  body.replaceChildren(h('div', { class: 'failure', 'data-testid': 'data-testid Panel data error message' },
    `查询失败 · ${error.message}`));
  section.querySelector('.head').append(h('span', {
    class: 'alarm', 'data-testid': 'data-testid Panel status error', 'aria-label': 'Panel status error',
  }, '!'));
}

function showNothing(body, { json }) {
  const text = json.fieldConfig.defaults.noValue ?? 'No data';
  body.replaceChildren(h('div', { class: 'nothing', 'data-testid': 'data-testid Panel data error message' }, text));
}

// @options.note(id, outcome) tells the scene.
export async function runPanel(panel, { section, body }, options) {
  const bar = h('div', { class: 'loading', role: 'status', 'aria-label': 'Panel loading bar' });
  section.append(bar);
  options.note(panel.id, { state: 'Loading' });
  try {
    const data = forRegions(await runQuery(panel.id, options.range, options.delay), options.variables[0]);
    const series = makeFrames(panel, data, options.range);
    options.note(panel.id, { state: 'Done', series });
    if (series.length === 0 && panel.kind !== 'text') {
      showNothing(body, panel);
      return true;
    }
    const draw = () => {
      if (body.clientWidth > 0 && body.clientHeight > 0)
        DRAW[panel.kind](body, panel, data, options.range);
    };
    draw();
    watchSize(body, draw);
    return true;
  } catch (error) {
    options.note(panel.id, { state: 'Error', error });
    showError(section, body, error);
    return false;
  } finally {
    bar.remove();
  }
}

export function logo() {
  const gradient = s('linearGradient', { id: 'brand', x1: 4, y1: 4, x2: 28, y2: 28, gradientUnits: 'userSpaceOnUse' },
    s('stop', { 'stop-color': '#6a8dff' }), s('stop', { offset: 0.55, 'stop-color': '#a884ff' }),
    s('stop', { offset: 1, 'stop-color': '#ff8a6b' }));
  const line = { stroke: 'url(#brand)', 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return s('svg', { class: 'logo', viewBox: '0 0 32 32', fill: 'none', 'aria-hidden': 'true' }, s('defs', {}, gradient),
    s('path', {
      d: 'M4 11V8a4 4 0 0 1 4-4h3M21 4h3a4 4 0 0 1 4 4v3M28 21v3a4 4 0 0 1-4 4h-3M11 28H8a4 4 0 0 1-4-4v-3', ...line,
    }),
    s('path', { d: 'M9 19.5l4-4.5 3.6 3 6.4-7', ...line }));
}

function clock() {
  return s('svg', { class: 'icon', viewBox: '0 0 16 16', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5,
    'stroke-linecap': 'round', 'aria-hidden': 'true' }, s('circle', { cx: 8, cy: 8, r: 6.2 }),
  s('path', { d: 'M8 4.6V8l2.3 1.6' }));
}

function topBar(dashboard, { range, variables: [region] }) {
  return h('div', { class: 'top' }, logo(), h('h1', {}, bilingual(dashboard.title)),
    h('div', { class: 'tags' }, dashboard.tags.map((tag) => h('span', { class: 'tag' }, tag))),
    h('div', { class: 'spacer' }),
    ...(region.isAll ? [] : [h('div', { class: 'pill' }, region.text)]),
    h('div', { class: 'pill' }, clock(), h('span', {}, formatMoment(range.from, range.zone)),
      h('span', { class: 'arrow' }, '→'), h('span', {}, formatMoment(range.to, range.zone))),
    h('div', { class: 'pill' }, zoneLabel(range.to, range.zone)));
}

export function showDashboard(root, dashboard, options) {
  const grid = h('div', { class: 'grid' });
  const parts = dashboard.panels.map((panel) => {
    const part = makePanel(panel);
    const [column, width, height] = panel.grid;
    part.section.style.setProperty('--column', `${column} / span ${width}`);
    part.section.style.setProperty('--rows', `span ${height}`);
    grid.append(part.section);
    return part;
  });
  document.title = dashboard.title;
  root.className = 'page';
  root.replaceChildren(...(options.kiosk ? [] : [topBar(dashboard, options)]), grid);
  return dashboard.panels.map((panel, i) => runPanel(panel, parts[i], options));
}

export function showSolo(root, panel, options) {
  const part = makePanel(panel);
  document.title = panel.title;
  document.documentElement.classList.add('solo');
  root.className = 'solo-page';
  root.replaceChildren(part.section);
  return [runPanel(panel, part, options)];
}

// Completely drawn, although it is no panel: what it says is for the renderer to judge.
export function showMissing(root, entity, text) {
  document.title = `${entity} not found`;
  root.className = 'missing';
  root.replaceChildren(h('div', { role: 'alert', 'data-testid': 'data-testid Alert error' },
    h('h1', {}, `${entity} not found`), h('p', {}, text)));
  return [];
}
