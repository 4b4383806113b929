// main.js: from an address to a page
//
//   /demo/d/…        the whole dashboard        /demo/d-solo/…?panelId=N   one panel, edge to edge
//   anything else    an overview of both
//
// from, to, tz, theme and kiosk mean what they mean to Grafana; delay=MS slows every query.

import { dashboard } from './dashboard.js';
import { showLanding } from './landing.js';
import { announceScene, reportComplete } from './query.js';
import { parseRange } from './range.js';
import { showDashboard, showMissing, showSolo } from './view.js';

const MAX_DELAY_MS = 60_000;

function frame() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
  });
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

  let panels;
  announceScene(dashboard);
  if (window.location.pathname.startsWith('/demo/d-solo/')) {
    const id = Number((query.get('panelId') ?? '').replace(/^panel-/, ''));
    const panel = dashboard.panels.find((candidate) => candidate.id === id);
    panels = panel ? showSolo(root, panel, options) : showMissing(root, query.get('panelId'));
  } else if (window.location.pathname.startsWith('/demo/d/')) {
    panels = showDashboard(root, dashboard, options);
  } else {
    panels = showLanding(root, dashboard, options);
  }

  const outcomes = await Promise.all(panels);
  await document.fonts.ready;
  await frame();
  await frame();
  reportComplete(outcomes.every(Boolean));
}

start();
