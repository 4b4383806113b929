// dashboard.js: the dashboard's JSON as the page wants it
//
// dashboard.json is Grafana's schema, and the one place that says which panels there are: its own
// page and the API under /demo/api/ both read it. Colours are names of tokens in style.css, so both
// themes share one definition. The grid has 24 columns. Pure.

const KINDS = { bargauge: 'bars', piechart: 'donut' };

// What Grafana makes of a field's settings: the panel's, with what is said of some fields by name.
export function configOf({ defaults, overrides }, name) {
  const config = structuredClone(defaults);
  for (const { properties } of overrides.filter((one) => one.matcher.options.names.includes(name))) {
    for (const { id, value } of properties) {
      const path = id.split('.');
      const last = path.pop();
      path.reduce((at, key) => (at[key] ??= {}), config)[last] = structuredClone(value);
    }
  }
  return config;
}

function readThresholds(json) {
  const [first] = json.fieldConfig.overrides;
  const steps = configOf(json.fieldConfig, first?.matcher.options.names[0]).thresholds?.steps;
  const rows = steps?.map(({ color, value }, i) => ({ color, ...(value !== null && { at: value }), name: json.options.names?.[i] }));
  // Lines are drawn at thresholds; what is below the first has none.
  return json.type === 'timeseries' ? rows?.filter(({ at }) => at !== undefined) : rows;
}

function readPanel(json) {
  const { x, w, h } = json.gridPos;
  return {
    ...json.options, id: json.id, kind: KINDS[json.type] ?? json.type, title: json.title, grid: [x + 1, w, h],
    unit: json.fieldConfig.defaults.unit, thresholds: readThresholds(json), json,
  };
}

export function readDashboard(json) {
  return { title: json.title, tags: json.tags, panels: json.panels.map(readPanel), json };
}

// What the address chooses of a variable, as Grafana reads it: var-region=east&var-region=north.
export function readVariable(json, query) {
  const known = new Map(json.options.map(({ text, value }) => [value, text]));
  const asked = query.getAll(`var-${json.name}`).filter((value) => known.has(value));
  const isAll = asked.length === 0;
  const values = isAll ? [...known.keys()] : asked;
  return { name: json.name, isAll, values, text: isAll ? 'All' : values.map((value) => known.get(value)).join(' + ') };
}
