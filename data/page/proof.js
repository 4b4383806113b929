// What a page that was led to an address can show for itself (see src/engine/proof.h).
//
// The body of an async function with the arguments address, key and hasFreshDashboard: 1 if
// the dashboard's JSON has been answered since. Looks at what Grafana's own objects say, not at what is
// painted. Returns a flat JSON text.
const agent = window[Symbol.for('panelshot.agent')];
const wanted = new URL(address);
const scene = window.__grafanaSceneContext;
const facts = {
  begun: Boolean(agent) && agent.key === key, // the document is still the one that was led
  uid: false,
  address: false,
  range: false,
  variables: false,
  panels: 0,
  wanted: false, // the panel that was asked for, if one was
  stale: 0,
  dashboard: hasFreshDashboard === 1,
  fresh: false, // no visit before has seen this scene
};
facts.fresh = facts.begun && !agent.isKnownScene(scene);
if (!facts.begun || !scene || !scene.state) return JSON.stringify(facts);

const uidOf = (path) => (/\/d(?:-solo)?\/([^/]+)/.exec(path) || [])[1];
const kindOf = (path) => (/\/(d|d-solo)\//.exec(path) || [])[1];
facts.uid = Boolean(scene.state.uid) && scene.state.uid === uidOf(wanted.pathname);

// Grafana may add to the address, and write times in another way.
const here = new URL(location.href);
const ROUTE = ['panelId', 'viewPanel'];
facts.address = uidOf(here.pathname) === uidOf(wanted.pathname) && kindOf(here.pathname) === kindOf(wanted.pathname)
  && ROUTE.every((name) => here.searchParams.get(name) === wanted.searchParams.get(name));

/** "1721736889194" and "2024-07-23T12:14:49.194Z" are the same time; "now-6h" is a text. */
function timeOf(text) {
  if (/^\d{8,}$/.test(text)) return Number(text);
  const parsed = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(parsed) ? String(text) : parsed;
}

const range = scene.state.$timeRange && scene.state.$timeRange.state;
facts.range = ['from', 'to'].every((name) => !wanted.searchParams.has(name)
  || (Boolean(range) && timeOf(range[name]) === timeOf(wanted.searchParams.get(name))));

const set = scene.state.$variables && scene.state.$variables.state;
const variables = new Map(((set && set.variables) || []).map((one) => [one.state.name, one.state]));
function hasVariable(name) {
  const one = variables.get(name);
  if (!one) return false;
  const values = (Array.isArray(one.value) ? one.value : [one.value]).map(String);
  const asked = wanted.searchParams.getAll(`var-${name}`);
  return asked.length === values.length && asked.every((value) => values.includes(value));
}
facts.variables = [...new Set(wanted.searchParams.keys())].filter((name) => name.startsWith('var-')).every((name) => hasVariable(name.slice(4)));

/** Every object of the scene once, however they point at each other. */
function walk(visit) {
  const seen = new Set();
  const queue = [scene];
  while (queue.length > 0 && seen.size < 20000) {
    const one = queue.pop();
    if (!one || typeof one !== 'object' || seen.has(one) || !one.state || typeof one.state !== 'object') continue;
    seen.add(one);
    visit(one);
    for (const value of Object.values(one.state)) {
      if (Array.isArray(value)) queue.push(...value);
      else queue.push(value);
    }
  }
}

const isPanel = (one) => typeof one.state.pluginId === 'string' && 'fieldConfig' in one.state;

const UNITS_MS = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };

/** Whether @time is what @raw means now that this visit has begun, and not some minutes ago. */
function isEvaluated(raw, time) {
  const wantedTime = timeOf(raw);
  if (typeof wantedTime === 'number') return time === wantedTime;
  const [, count, unit] = /^now(?:-(\d+)([smhdw]))?$/.exec(raw) || [];
  if (raw !== 'now' && !unit) return false; // rounded, or of months: nobody here reckons that
  const now = time + Number(count || 0) * (UNITS_MS[unit] || 0);
  // An hour that the clock is changed by lies between days.
  const slack = /[dw]/.test(unit || '') ? 36e5 : 0;
  return now >= agent.begunAt - slack && now <= Date.now() + slack;
}

function hasFreshRange(request) {
  const times = request.range;
  return Boolean(range) && Boolean(times) && ['from', 'to'].every((name) => times[name] && isEvaluated(String(range[name]), times[name].valueOf()));
}

/** The object that asks for a panel's data: behind transformations, if there are any. */
function runnerOf(panel) {
  let at = panel.state.$data;
  for (let depth = 0; at && at.state && depth < 8; depth++) {
    if (Array.isArray(at.state.queries)) return at;
    at = at.state.$data;
  }
  return null;
}

function isStale(panel) {
  const runner = runnerOf(panel);
  if (!panel.state.$data) return false; // it shows no data
  if (!runner) return true; // nobody knows how old
  if (runner.state.queries.length === 0) return false;
  const data = runner.state.data;
  const request = data && data.request;
  if (!request || (data.state !== 'Done' && data.state !== 'Error')) return true;
  return !(request.startTime >= agent.begunAt && request.startTime <= Date.now() && hasFreshRange(request));
}

const asked = wanted.searchParams.get('panelId') || wanted.searchParams.get('viewPanel');
const keyOf = (id) => (/^\d+$/.test(id) ? `panel-${id}` : id.split('/').pop());
facts.wanted = !asked;
walk((one) => {
  if (!isPanel(one) || !one.isActive) return;
  facts.panels++;
  if (isStale(one)) facts.stale++;
  if (asked && one.state.key === keyOf(asked) && document.querySelector(`[data-viz-panel-key="${CSS.escape(one.state.key)}"]`)) facts.wanted = true;
});

// Grafana keeps a dashboard for half a second, and an edited one must not slip by.
async function isUnchanged() {
  const version = scene.state.version;
  if (typeof version !== 'number') return false;
  const subPath = ((window.grafanaBootData.settings || {}).appSubUrl || '').replace(/\/$/, '');
  try {
    const answer = await fetch(`${subPath}/api/dashboards/uid/${encodeURIComponent(scene.state.uid)}`, { cache: 'no-store' });
    return answer.ok && (await answer.json()).dashboard.version === version;
  } catch {
    return false;
  }
}
if (!facts.dashboard && facts.uid) facts.dashboard = await isUnchanged();
return JSON.stringify(facts);
