// landing.js: an overview with every panel alive, and the addresses to point a renderer at

import { bilingual, h } from './dom.js';
import { logo, makePanel, runPanel } from './view.js';

const WIDE = new Set(['heatmap', 'table']);

function link(path, options, extra = {}) {
  const query = new URLSearchParams(options.query);
  for (const [name, value] of Object.entries(extra))
    query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

function command(text) {
  return h('code', { class: 'command' }, text);
}

export function showLanding(root, dashboard, options) {
  const origin = window.location.origin;
  const cards = h('div', { class: 'cards' });
  const parts = dashboard.panels.map((panel) => {
    const part = makePanel(panel);
    const href = link('/demo/d-solo/demo', options, { panelId: panel.id });
    cards.append(h('a', { class: WIDE.has(panel.kind) ? 'card wide' : 'card', href }, part.section,
      h('span', { class: 'caption' }, `panelId=${panel.id}`)));
    return part;
  });

  document.title = 'panelshot · Demo';
  root.className = 'page landing';
  root.replaceChildren(
    h('div', { class: 'hero' }, logo(), h('div', {}, h('h1', {}, 'panelshot'),
      h('p', {}, '把 Grafana 面板和仪表板变成图片。',
        h('span', { class: 'quiet' }, 'A Grafana panel, or a whole dashboard, as a picture.')))),
    h('div', { class: 'links' },
      h('a', { class: 'button', href: link('/demo/d/demo', options) }, bilingual('打开仪表板 · Open the dashboard')),
      h('a', { class: 'button plain', href: link('/demo/d/demo', options, { theme: 'light' }) },
        bilingual('浅色 · Light theme'))),
    h('div', { class: 'commands' },
      command(`panelshot render '${origin}/demo/d/demo' --full-page -o demo.png`),
      command(`panelshot render '${origin}/demo/d-solo/demo?panelId=1' --scale 2 -o panel.png`),
      command(`panelshot inspect init ${origin}/demo -o plan.yaml`)),
    cards);
  return dashboard.panels.map((panel, i) => runPanel(panel, parts[i], options));
}
