// Every panel of a dashboard in a place of its own, so that one picture of the view can be cut into
// as many as there are panels.
//
// The body of an async function with two arguments: step, and options, a JSON text.
//   list   opens rows that are closed, and tells which panels there are
//   place  options {places: [[index, x, y, width, height], …]}, CSS pixels: puts these panels there,
//          one below the other, in front of everything else
//   show   options {top}: moves the places so that this line of them is the first of the view
//   look   options {hold}: as list, and keeps what the panels show by now, for
//   data   options {indexes, limit}: that as CSV, of as many of these panels as fit into an answer
//   leave  the page is as before
//   variables  those of the dashboard; no other step is needed
// list, place, look and show return a JSON text (see shot_panels_parse() in src/engine/panels.h), data
// one and the tables (see panel-data.h). Indexes are those of the last list. The functions of
// panel-data.js stand before this body.
const STATE = Symbol.for('panelshot.panels');
const ITEM = 'data-panelshot-item';
const WAY = 'data-panelshot-way';
const FLOW = 'data-panelshot-flow';
const TOP = '--panelshot-top';
const MAX_PANELS = 600;
const MAX_OBJECTS = 20000;
const MAX_DEPTH = 24;
const MAX_CLIMB = 6;
const TOLERANCE_PX = 0.6;
const short = (text) => { const cut = String(text ?? '').slice(0, 300); return cut.toWellFormed ? cut.toWellFormed() : cut; };

if (!window[STATE]) Object.defineProperty(window, STATE, { configurable: true, writable: true, value: { sheets: [] } });
const state = window[STATE];

/** Scroll events, and what observes sizes and the view, come with the next frame. */
const nextFrames = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });

function attempt(action, otherwise) {
  try {
    return action() ?? otherwise;
  } catch {
    return otherwise;
  }
}

/* ---- What the dashboard's scene tells. Grafana 11 and later */

const NOT_CONTENT = new Set(['controls', 'editPanel', 'overlay', 'headerActions', 'titleItems', 'menu', 'subHeader', 'conditionalRendering']);
const isSceneObject = (one) => Boolean(one) && typeof one === 'object' && typeof one.useState === 'function' && one.state && typeof one.state === 'object';
const isPanel = (one) => typeof one.state.pluginId === 'string' && typeof one.state.key === 'string' && 'fieldConfig' in one.state;
const isRow = (one) => typeof one.onCollapseToggle === 'function';
const isClosed = (row) => row.state.isCollapsed === true || row.state.collapse === true;
const isTemplate = (one, child) => child === one.state.body && Array.isArray(one.state.repeatedPanels) && one.state.repeatedPanels.length > 0;
const isLeftOut = (one) => one.state.conditionalRendering && attempt(() => one.state.conditionalRendering.evaluate(), true) === false;

/** Row by row where a grid says where its children are, else in the order of the layout. */
function childrenOf(one) {
  const children = [];
  for (const [name, value] of Object.entries(one.state)) {
    if (name.startsWith('$') || NOT_CONTENT.has(name)) continue;
    const list = (Array.isArray(value) ? value : [value]).filter(isSceneObject);
    if (list.every(({ state: { x, y } }) => Number.isFinite(x) && Number.isFinite(y))) {
      list.sort((a, b) => a.state.y - b.state.y || a.state.x - b.state.x);
    }
    children.push(...list);
  }
  return children;
}

function isShownTab(tabs, tab) {
  const current = attempt(() => tabs.getCurrentTab(), undefined);
  return current === undefined || current === tab;
}

function walkScene(root) {
  const panels = [];
  const rows = [];
  let nObjects = 0;
  const visit = (one, titles, grid, depth, isOptional, isHidden) => {
    if (++nObjects > MAX_OBJECTS || depth > MAX_DEPTH || isLeftOut(one)) return;
    if (isPanel(one)) {
      panels.push({ object: one, titles, grid, isOptional, isHidden });
      return;
    }
    const { x, y, width, height, title } = one.state;
    const place = [x, y, width, height].every(Number.isFinite) && !isRow(one) ? [x, y, width, height] : grid;
    const isTab = typeof one.onChangeTab === 'function' || one.parent?.state?.tabs?.includes?.(one);
    const isNamed = (isRow(one) || isTab) && typeof title === 'string' && title !== '' && one.state.hideHeader !== true;
    if (isRow(one)) rows.push(one);
    for (const child of childrenOf(one)) {
      const hides = isHidden || (Array.isArray(one.state.tabs) && one.state.tabs.includes(child) && !isShownTab(one, child));
      visit(child, isNamed ? [...titles, title] : titles, place, depth + 1, isOptional || isTemplate(one, child), hides);
    }
  };
  visit(root.state.body, [], null, 0, false, false);
  return { panels, rows };
}

function findScene() {
  const root = window.__grafanaSceneContext;
  return attempt(() => (isSceneObject(root) && isSceneObject(root.state.body) ? walkScene(root) : null), null);
}

const interpolate = (panel, text) => attempt(() => panel.interpolate(text, undefined, 'text'), text);

/** One panel alone: the scene has the others, the page does not. */
const showsOnePanel = () => /\/d-solo\//.test(location.pathname) || new URLSearchParams(location.search).has('viewPanel');

function listScene({ panels }) {
  const elements = new Map();
  const note = (name, element) => { if (name && !elements.has(name)) elements.set(name, element); };
  const nKeys = new Map();
  for (const element of document.querySelectorAll('[data-viz-panel-key]')) {
    note(`id:${element.getAttribute('data-viz-panel-id')}`, element);
    note(`key:${element.getAttribute('data-viz-panel-key')}`, element);
  }
  for (const { object } of panels) nKeys.set(object.state.key, (nKeys.get(object.state.key) ?? 0) + 1);
  const list = [];
  for (const { object, titles, grid, isOptional, isHidden } of panels) {
    const { key } = object.state;
    const pathId = attempt(() => object.getPathId(), '');
    const isAlone = nKeys.get(key) === 1;
    const element = elements.get(`id:${pathId}`) ?? (isAlone ? elements.get(`key:${key}`) : undefined);
    if (!element && (isOptional || showsOnePanel())) continue;
    list.push({
      element,
      object,
      key: isAlone || !pathId ? key : pathId,
      title: interpolate(object, object.state.title),
      row: titles.map((title) => interpolate(object, title)).join(' / '),
      plugin: object.state.pluginId,
      grid,
      failure: element ? '' : isHidden ? 'it is on a tab that is not shown: give its tab in the address' : 'the page does not show it',
    });
  }
  return list;
}

/* ---- What the document tells */

const OLD_PANEL = '[data-panelid], [data-viz-panel-key]';
const HEADER = 'data-testid Panel header ';
const UNNAMED = 'panel-at-';
const OLD_ROW = '.dashboard-row__title, [data-testid="dashboard-row-container"] [role="heading"]';

function titleOf(element) {
  const header = element.matches(`[data-testid^="${HEADER}"]`) ? element : element.querySelector(`[data-testid^="${HEADER}"]`);
  if (header) return header.getAttribute('data-testid').slice(HEADER.length);
  const labelled = element.querySelector('[aria-label$=" panel"]');
  return labelled ? labelled.getAttribute('aria-label').slice(0, -' panel'.length) : '';
}

/** In its grid, as that wants it; panels-early.js may have it elsewhere. */
function positionOf(element) {
  const style = element.closest('.react-grid-item')?.style;
  const [, x, y] = /translate\((-?[\d.]+)px,\s*(-?[\d.]+)px\)/.exec(style?.transform ?? '') ?? [];
  if (y !== undefined) return { left: Number(x), top: Number(y) };
  if (style?.top?.endsWith('px')) return { left: parseFloat(style.left), top: parseFloat(style.top) };
  return element.getBoundingClientRect();
}

function listDocument() {
  let found = [...document.querySelectorAll(OLD_PANEL)];
  if (found.length === 0) found = [...document.querySelectorAll(`section[data-testid^="${HEADER}"]`)];
  found = found.filter((one) => !found.some((other) => other !== one && other.contains(one)));
  // Once panels are moved, where they are does not tell their order any more.
  const known = (state.list ?? []).filter(({ element }) => found.includes(element));
  found = found.filter((one) => !known.some(({ element }) => element === one));
  const rows = [...document.querySelectorAll(OLD_ROW)].map((one) => [positionOf(one).top, one.textContent.trim()]);
  const placed = found.map((element) => ({ element, box: positionOf(element) }));
  placed.sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left);
  const added = placed.map(({ element, box }, i) => {
    const id = element.getAttribute('data-panelid');
    const above = rows.filter(([top]) => top <= box.top).pop();
    return {
      element, title: titleOf(element), row: above ? above[1] : '', plugin: element.getAttribute('data-plugin-id') ?? '', grid: null, failure: '',
      key: element.getAttribute('data-viz-panel-key') ?? (id ? `panel-${id}` : `${UNNAMED}${known.length + i + 1}`),
    };
  });
  return [...known, ...added];
}

/** Where the elements do not tell their keys, with the scenes of Grafana 11: by their order, if the
 *  titles agree. */
function nameByScene(list, scene) {
  const panels = scene.panels.filter(({ isOptional, isHidden }) => !isOptional && !isHidden);
  const titleOfPanel = ({ object }) => interpolate(object, object.state.title);
  if (panels.length !== list.length || !list.every(({ key }) => key.startsWith(UNNAMED))) return;
  if (!panels.every((panel, i) => titleOfPanel(panel) === list[i].title)) return;
  panels.forEach(({ object, titles, grid }, i) => Object.assign(list[i], {
    object, key: object.state.key, plugin: object.state.pluginId, grid, row: titles.map((title) => interpolate(object, title)).join(' / '),
  }));
}

/* ---- Rows */

const CLOSED_ROW = '[data-testid="dashboard-row-container"] button[aria-expanded="false"], .dashboard-row--collapsed > .dashboard-row__title';

function openRows(scene) {
  let n = 0;
  for (const row of scene ? scene.rows : []) {
    if (!isClosed(row)) continue;
    attempt(() => row.onCollapseToggle());
    if (isClosed(row)) attempt(() => row.setState('collapse' in row.state ? { collapse: false } : { isCollapsed: false }));
    if (!isClosed(row)) n++;
  }
  if (scene) return n;
  for (const title of document.querySelectorAll(CLOSED_ROW)) {
    title.click();
    n++;
  }
  return n;
}

/* ---- Places */

function leave() {
  for (const element of document.querySelectorAll(`[${ITEM}]`)) element.removeAttribute(ITEM);
  for (const element of document.querySelectorAll(`[${WAY}]`)) element.removeAttribute(WAY);
  document.documentElement.style.removeProperty(TOP);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !state.sheets.includes(sheet));
  state.sheets = [];
  state.list = undefined;
  state.held = undefined;
}

/** What may be moved instead of the panel's own box: the item of the grid first, as it is what the
 *  layout and lazy loading look at. */
function* candidatesOf(element, others) {
  const holdsOnly = (one) => one === element || !others.some((other) => other !== element && one.contains(other));
  const item = element.closest('.react-grid-item, [data-griditem-key]');
  if (item && holdsOnly(item)) yield item;
  let highest = element;
  for (let i = 0; i < MAX_CLIMB; i++) {
    const parent = highest.parentElement;
    if (!parent || parent === document.body || parent.matches('main') || !holdsOnly(parent) || getComputedStyle(parent).display.includes('grid')) break;
    highest = parent;
  }
  if (highest !== element && highest !== item) yield highest;
  yield element;
}

const px = (number) => `${Number(number)}px !important`;

/** Nothing around an item may clip it, cover it, or be what "fixed" refers to. */
const RULES = `
body > * { visibility: hidden !important; }
[${WAY}] { transform: none !important; translate: none !important; rotate: none !important; scale: none !important;
  perspective: none !important; filter: none !important; backdrop-filter: none !important; -webkit-backdrop-filter: none !important;
  contain: none !important; container-type: normal !important; content-visibility: visible !important; will-change: auto !important;
  opacity: 1 !important; clip-path: none !important; mask: none !important; animation: none !important; transition: none !important; }
[${ITEM}]:not([${FLOW}]) { display: block !important; }
[${ITEM}] { visibility: visible !important; position: fixed !important; right: auto !important; bottom: auto !important;
  margin: 0 !important; padding: 0 !important; border: 0 !important; box-sizing: border-box !important;
  min-width: 0 !important; min-height: 0 !important; max-width: none !important; max-height: none !important;
  transform: none !important; translate: none !important; rotate: none !important; scale: none !important; will-change: auto !important;
  opacity: 1 !important; transition: none !important; animation: none !important; overflow: clip !important; z-index: auto !important; }`;

function ruleOf([index, x, y, width, height]) {
  return `[${ITEM}="${Number(index)}"] { left: ${px(x)}; top: calc(${Number(y)}px - var(${TOP}, 0px)) !important; width: ${px(width)}; height: ${px(height)}; }`;
}

function markWay(element) {
  for (let at = element.parentElement; at && at !== document.body && !at.hasAttribute(WAY); at = at.parentElement) at.setAttribute(WAY, '');
}

function isInPlace(element, [, x, y, width, height]) {
  const box = element.getBoundingClientRect();
  const isNear = (a, b) => Math.abs(a - b) <= TOLERANCE_PX;
  return isNear(box.left, x) && isNear(box.top, y) && isNear(box.width, width) && isNear(box.height, height);
}

function place(places) {
  const { list } = state;
  const others = list.map(({ element }) => element).filter(Boolean);
  for (const element of document.querySelectorAll(`[${ITEM}]`)) element.removeAttribute(ITEM);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !state.sheets.includes(sheet));
  document.documentElement.style.setProperty(TOP, '0px');

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(RULES + places.map(ruleOf).join('\n'));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  state.sheets = [sheet];

  let waiting = [];
  for (const one of places) {
    const panel = list[one[0]];
    if (panel?.element) waiting.push({ one, element: panel.element, candidates: candidatesOf(panel.element, others) });
  }
  while (waiting.length > 0) {
    for (const each of waiting) each.moved = each.candidates.next().value;
    waiting = waiting.filter(({ moved }) => moved);
    for (const { one, moved } of waiting) {
      /* What shares its height out among its children goes on doing so. */
      moved.toggleAttribute(FLOW, /flex|grid/.test(getComputedStyle(moved).display));
      moved.setAttribute(ITEM, one[0]);
      markWay(moved);
    }
    waiting = waiting.filter(({ one, element }) => !isInPlace(element, one));
    for (const { moved } of waiting) moved.removeAttribute(ITEM);
  }
}

/* ---- The answer */

function refresh() {
  const scene = findScene();
  let list = scene && document.querySelector('[data-viz-panel-key]') ? listScene(scene) : listDocument();
  if (scene && list.length === 0) list = listScene(scene);
  if (scene) nameByScene(list, scene);
  state.list = list.slice(0, MAX_PANELS);
  return list.length;
}

function describe({ element, object, key, title, row, plugin, grid, failure }) {
  const box = element ? element.getBoundingClientRect() : null;
  const numbers = (list) => (list ?? [0, 0, 0, 0]).map((one) => Math.max(0, Math.round(one)));
  const [x, y, width, height] = numbers(grid);
  return {
    key: short(key), title: short(title), row: short(row), plugin: short(plugin), failure: short(failure),
    gridX: x, gridY: y, gridWidth: width, gridHeight: height,
    ...(step === 'look' && conditionOf(object, element)),
    isThere: Boolean(element), x: box ? box.left : 0, y: box ? box.top : 0, width: box ? box.width : 0, height: box ? box.height : 0,
  };
}

/** The dashboard, where the scene is one. */
function describeDashboard() {
  const { uid, title, version, meta } = attempt(() => window.__grafanaSceneContext.state, {});
  const number = Number(version ?? meta?.version);
  return { uid: short(uid), title: short(title), version: Number.isSafeInteger(number) ? number : 0 };
}

/** One JSON text in a line, then the tables without anything between them. */
function answerData({ indexes, limit }) {
  const told = [];
  const tables = [];
  let total = 0;
  for (const index of indexes) {
    const { csv, bytes, isCut } = attempt(() => csvOf(state.held[index] ?? [], limit), { csv: '', bytes: 0, isCut: false });
    told.push({ index, bytes, isCut });
    tables.push(csv);
    total += bytes;
    if (total >= limit) break;
  }
  return `${JSON.stringify({ tables: told })}\n${tables.join('')}`;
}

const given = JSON.parse(options || '{}');
let nOpened = 0;
if (step === 'leave') {
  leave();
  return '{}';
}
if (step === 'variables') return JSON.stringify(isSceneObject(window.__grafanaSceneContext) ? variablesOf(window.__grafanaSceneContext) : null);
if (step === 'data') return answerData(given);
if (step === 'list') {
  state.list = undefined;
  nOpened = openRows(findScene());
}
if (step === 'show') document.documentElement.style.setProperty(TOP, `${Number(given.top)}px`);
const all = step === 'place' && state.list ? state.list.length : refresh();
if (step === 'place') place(given.places);
if (nOpened > 0 || step === 'show') await nextFrames();
if (given.hold) state.held = state.list.map(({ object }) => (object ? attempt(() => seriesOf(object), []) : []));
return JSON.stringify({ opened: nOpened, all, dashboard: describeDashboard(), panels: state.list.map(describe) });
