// scene.js: the page as Grafana's scenes describe one
//
// A renderer that takes each panel reads which there are, and their data, from a tree of objects
// with a state. This tree has the same shape, so the demo is inspected as a dashboard is.

import { configOf } from './dashboard.js';

function object(state, more = {}) {
  const self = {
    state, isActive: true, useState: () => self.state, getPathId: () => self.state.key, interpolate: (text) => text,
    setState: (change) => { self.state = { ...self.state, ...change }; }, ...more,
  };
  for (const child of Object.values(state).flat()) {
    if (typeof child?.useState === 'function')
      child.parent = self;
  }
  return self;
}

const moment = (time) => ({ valueOf: () => time, toISOString: () => new Date(time).toISOString() });

function rangeOf({ from, to }) {
  return { from: moment(from), to: moment(to), raw: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } };
}

function makePanel({ json }, range) {
  const { id, type, title, description, fieldConfig, options } = json;
  const data = { state: 'NotStarted', series: [], annotations: [], timeRange: rangeOf(range) };
  return object({
    key: `panel-${id}`, pluginId: type, title, description, fieldConfig, options,
    ...(type !== 'text' && { $data: object({ key: `data-${id}`, data }) }),
  }, { applyFieldConfig: (all) => ({ ...all, series: all.series.map((frame) => applyConfig(frame, fieldConfig)) }) });
}

// With each field's unit and thresholds, as Grafana hands frames to who draws them.
function applyConfig(frame, fieldConfig) {
  const configured = (field) => {
    const config = { ...configOf(fieldConfig, field.name), ...field.config };
    if (config.thresholds)
      config.thresholds.steps = config.thresholds.steps.map((step) => ({ ...step, value: step.value ?? -Infinity }));
    return { ...field, config };
  };
  return { ...frame, fields: frame.fields.map((field) => (field.type === 'number' ? configured(field) : field)) };
}

function makeVariable(json, { values, isAll, text }) {
  const { name, label, type, multi, includeAll, query, hide } = json;
  return object({
    key: `variable-${name}`, name, label, type, query, hide, isMulti: multi, includeAll, text,
    value: isAll ? '$__all' : values, options: json.options.map((one) => ({ label: one.text, value: one.value })),
  }, { getValue: () => values, getValueText: () => text });
}

// The tree, and noteData(id, { state, series, error }) for what becomes of a panel's query.
export function announceScene(dashboard, { range, variables }) {
  const panels = new Map(dashboard.panels.map((panel) => [panel.id, makePanel(panel, range)]));
  const children = dashboard.panels.map((panel) => {
    const { x, y, w, h } = panel.json.gridPos;
    return object({ key: `grid-item-${panel.id}`, x, y, width: w, height: h, body: panels.get(panel.id) });
  });
  const { uid, title, version, tags, templating } = dashboard.json;
  window.__grafanaSceneContext = object({
    key: uid, uid, title, version, tags,
    $timeRange: object({ from: String(range.from), to: String(range.to), value: rangeOf(range) }),
    $variables: object({ variables: templating.list.map((json, i) => makeVariable(json, variables[i])) }),
    body: object({ key: 'grid', children }),
  });
  return (id, { state, series = [], error }) => panels.get(id).state.$data?.setState({
    data: {
      state, series, annotations: [], timeRange: rangeOf(range),
      ...(error && { error: { message: error.message }, errors: [{ message: error.message }] }),
    },
  });
}
