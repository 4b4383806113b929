// main.js: from an address to a page
//
//   /demo/d/…        the whole dashboard        /demo/d-solo/…?panelId=N   one panel, edge to edge
//   anything else    an overview of both
//
// from, to, tz, theme, kiosk and var-region mean what they mean to Grafana; delay=MS slows every query.

import { readDashboard, readVariable } from './dashboard.js';
import { showLanding } from './landing.js';
import { fetchDashboard, reportComplete } from './query.js';
import { parseRange } from './range.js';
import { announceScene } from './scene.js';
import { showDashboard, showMissing, showSolo } from './view.js';

const MAX_DELAY_MS = 60_000;

function frame() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
  });
}

function show(root, dashboard, options) {
  const { query } = options;
  if (window.location.pathname.startsWith('/demo/d-solo/')) {
    const id = Number((query.get('panelId') ?? '').replace(/^panel-/, ''));
    const panel = dashboard.panels.find((candidate) => candidate.id === id);
    return panel ? showSolo(root, panel, options)
      : showMissing(root, 'Panel', `此仪表板没有编号为 ${query.get('panelId') ?? '(空)'} 的面板。`);
  }
  return window.location.pathname.startsWith('/demo/d/') ? showDashboard(root, dashboard, options)
    : showLanding(root, dashboard, options);
}

async function start() {
  const query = new URLSearchParams(window.location.search);
  const root = document.getElementById('root');
  const options = {
    query,
    range: parseRange(query, Date.now()),
    kiosk: query.has('kiosk'),
    delay: Math.min(MAX_DELAY_MS, Number(query.get('delay')) || 0),
  };
  document.documentElement.dataset.theme = query.get('theme') === 'light' ? 'light' : 'dark';

  const [, uid = 'demo'] = /^\/demo\/d(?:-solo)?\/([^/]+)/.exec(window.location.pathname) ?? [];
  const json = await fetchDashboard(decodeURIComponent(uid));
  let panels;
  if (json === null) {
    panels = showMissing(root, 'Dashboard', `没有名为 ${uid} 的仪表板。`);
  } else {
    options.variables = json.templating.list.map((variable) => readVariable(variable, query));
    const dashboard = readDashboard(json);
    options.note = announceScene(dashboard, options);
    panels = show(root, dashboard, options);
  }

  const outcomes = await Promise.all(panels);
  await document.fonts.ready;
  await frame();
  await frame();
  reportComplete(outcomes.every(Boolean));
}

start();
