// What a panel shows, in words and numbers: whether its data is there, which value is beyond a threshold,
// and the data as CSV.
//
// Functions for panels.js, which follows in the same body. They read what the scene has (Grafana 11 and
// later) or, on other pages, what the panel draws; they ask for nothing, and change nothing.

/* ---- What there is */

const MAX_ANCESTORS = 60;
const MAX_TEXT = 200;
const MAX_CROSSINGS = 5;
const DATA_ERROR = '[data-testid="data-testid Panel data error message"]';
const STATUS_ERROR = '[data-testid="data-testid Panel status error"], [aria-label="Panel status error"], [aria-label="Panel header error"], .panel-info-corner--error';
const DRAWN_ALERT = '[data-testid="data-testid Alert error"], [aria-label="Alert error"]';
const LOADING = '[aria-label="Panel loading bar"], [data-testid="data-testid Panel loading bar"], [data-testid="Panel loading bar"], .panel-loading';
const CONTENT = '[data-testid="data-testid panel content"], .panel-content';

function tryTo(action, otherwise) {
  try {
    return action() ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Of arrays, and of the vectors that Grafana had before. */
function valuesOf({ values }) {
  if (Array.isArray(values) || ArrayBuffer.isView(values)) return values;
  if (typeof values?.toArray === 'function') return values.toArray();
  return typeof values?.get === 'function' ? Array.from({ length: values.length }, (_, i) => values.get(i)) : [];
}

/** As sceneGraph.getData() finds it. undefined: there is none; null: its own has not begun. */
function dataOf(panel) {
  for (let at = panel, i = 0; at?.state && i < MAX_ANCESTORS; at = at.parent, i++) {
    const provider = at.state.$data;
    if (provider) return provider.state?.data ?? (at === panel ? null : undefined);
  }
  return undefined;
}

const needsNoData = (panel) => tryTo(() => panel.getPlugin().meta.skipDataQuery, false) === true;

/** With the names, units and thresholds that the panel's settings give them. */
function seriesOf(panel) {
  const data = dataOf(panel);
  if (!Array.isArray(data?.series)) return [];
  const drawn = tryTo(() => panel.applyFieldConfig(data).series, []);
  const series = Array.isArray(drawn) && drawn.length === data.series.length ? drawn : data.series;
  return series.filter((frame) => Array.isArray(frame?.fields));
}

const isValue = (value) => value !== null && value !== undefined && !Number.isNaN(value);

/** A frame of times alone is a table of times. */
function hasValues({ fields }) {
  const others = fields.filter(({ type }) => type !== 'time');
  return (others.length > 0 ? others : fields).some((field) => Array.prototype.some.call(valuesOf(field), isValue));
}

/* ---- Status */

// "No data" is there in many languages, so what is no complaint in English is taken for it.
const COMPLAINT = /missing|cannot|unable|unsupported|error|fail/i;

const textOf = (element) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

/** What the panel's element tells. isGuess: by the text in the place of its data. */
function drawnStatusOf(element, noValue) {
  if (!element) return null;
  const content = element.querySelector(CONTENT) ?? element;
  const told = textOf(element.querySelector(DATA_ERROR));
  const alert = content.querySelector(DRAWN_ALERT);
  if (alert) return { status: 'error', message: textOf(alert) };
  if (element.querySelector(STATUS_ERROR)) return { status: 'error', message: told };
  if (element.querySelector(LOADING)) return { status: 'loading', message: '' };
  const all = content === element ? '' : textOf(content);
  if (told) return { status: COMPLAINT.test(told) && told !== noValue ? 'error' : 'no_data', message: told, isGuess: true };
  return all === 'No data' || (noValue && all === noValue) ? { status: 'no_data', message: all, isGuess: true } : null;
}

const messageOf = (error) => error?.message || error?.data?.message || error?.data?.error || error?.statusText || '';

/** @returns {status, message}; status "" when nothing tells. panel: of the scene, or undefined. */
function statusOf(panel, element) {
  const noValue = panel?.state?.fieldConfig?.defaults?.noValue;
  const drawn = drawnStatusOf(element, noValue === undefined ? undefined : String(noValue));
  if (!panel) return drawn ?? { status: '', message: '' };
  if (panel.state._pluginLoadError) return { status: 'error', message: String(panel.state._pluginLoadError) };

  const data = dataOf(panel);
  const whenDrawn = drawn ?? { status: 'ok', message: '' };
  if (needsNoData(panel) || data === undefined) return whenDrawn.status === 'loading' ? { status: 'ok', message: '' } : whenDrawn;
  const errors = [...(Array.isArray(data?.errors) ? data.errors : []), ...(data?.error ? [data.error] : [])];
  if (data?.state === 'Error' || errors.length > 0) {
    const texts = new Set(errors.map(messageOf).filter(Boolean));
    return { status: 'error', message: [...texts].join('; ') || (drawn?.status === 'error' ? drawn.message : '') };
  }
  if (data === null || data.state === 'Loading' || data.state === 'NotStarted') return { status: 'loading', message: '' };
  if (drawn?.status === 'error' && !drawn.isGuess) return drawn;
  if (!seriesOf(panel).some(hasValues)) return { status: 'no_data', message: drawn?.isGuess ? drawn.message : noValue ?? '' };
  return drawn?.isGuess ? drawn : { status: 'ok', message: '' };
}

/* ---- Names, as Grafana's getFieldDisplayName() makes them */

const labelsOf = (labels) => {
  const parts = Object.keys(labels ?? {}).sort().map((name) => `${name}="${labels[name]}"`);
  return parts.length > 0 ? `{${parts.join(', ')}}` : '';
};

/** If all series have this one label and no other. */
function singleLabelOf(series) {
  let single;
  for (const { fields } of series) {
    for (const { labels } of fields) {
      for (const name of Object.keys(labels ?? {})) {
        if (single !== undefined && single !== name) return undefined;
        single = name;
      }
    }
  }
  return single;
}

/** What all frames have in common, computed once. */
const contextOf = (series) => ({ single: singleLabelOf(series), namesDiffer: series.some(({ name }) => name !== series[0].name) });

function nameOf(field, frame, { single, namesDiffer }) {
  const { config, labels, type } = field;
  if (config?.displayName) return String(config.displayName);
  if (config?.displayNameFromDS) return String(config.displayNameFromDS);
  if (type === 'time' && !labels) return String(field.name ?? 'Time');
  const parts = [];
  if (namesDiffer && frame.name) parts.push(frame.name);
  if (field.name && field.name !== 'Value') parts.push(field.name);
  const label = single === undefined ? labelsOf(labels) : labels?.[single];
  if (label) parts.push(label);
  if (!label && !(namesDiffer && frame.name) && field.name === 'Value') parts.push(frame.name || 'Value');
  return parts.join(' ') || String(field.name ?? '');
}

/* ---- Thresholds */

// Those of Grafana's own that have colours by value; the others may have thresholds that nobody sees.
const COLOURED = new Set(['stat', 'gauge', 'radialbar', 'bargauge', 'timeseries', 'trend', 'barchart', 'histogram', 'state-timeline',
  'status-history', 'piechart', 'table', 'xychart']);
const isNeutral = (colour) => /green|transparent/i.test(String(colour));
const brief = (number) => String(Number(Number(number).toPrecision(6)));

/** Whether the panel shows in colour where this field's values are. */
function isColoured(panel, { config }) {
  const { pluginId, options } = panel.state;
  if (pluginId === 'timeseries' && (config.custom?.thresholdsStyle?.mode ?? 'off') !== 'off') return true;
  if (pluginId === 'gauge' && options?.showThresholdMarkers !== false && config.thresholds.steps.length > 1) return true;
  if (config.color?.mode !== 'thresholds' || (pluginId === 'stat' && options?.colorMode === 'none')) return false;
  if (pluginId !== 'table') return true;
  const cell = config.custom?.cellOptions?.type ?? config.custom?.displayMode ?? 'auto';
  return /color|gauge|lcd/.test(cell);
}

/** What a panel of one value shows of the field; Grafana keeps what it has computed. */
function lastOf(panel, field) {
  const [calc] = panel.state.options?.reduceOptions?.calcs ?? [];
  const computed = calc && calc !== 'last' ? field.state?.calcs?.[calc] : undefined;
  if (Number.isFinite(computed)) return computed;
  const values = valuesOf(field);
  for (let i = values.length - 1; i >= 0; i--) if (isValue(values[i])) return Number(values[i]);
  return NaN;
}

function rangeOf({ config, state, ...field }) {
  const numbers = () => Array.from(valuesOf(field)).filter(Number.isFinite);
  const least = config.min ?? state?.range?.min ?? numbers().reduce((a, b) => Math.min(a, b), Infinity);
  const most = config.max ?? state?.range?.max ?? numbers().reduce((a, b) => Math.max(a, b), -Infinity);
  return [Number(least), Number(most)];
}

/** "4.2 is above 3", or "" when the value is where it should be: below the first step, or where it is green. */
function crossingOf(field, value) {
  const { mode, steps } = field.config.thresholds;
  const isPart = mode === 'percentage';
  const [least, most] = isPart ? rangeOf(field) : [0, 100];
  const at = isPart ? ((value - least) / (most - least)) * 100 : value;
  if (!Number.isFinite(at)) return '';
  const limits = steps.map((step, i) => (i === 0 ? -Infinity : Number(step.value)));
  const active = limits.reduce((found, limit, i) => (at >= limit ? i : found), 0);
  const unit = isPart ? '%' : '';
  const shown = isPart ? `${brief(value)} (${brief(at)}%)` : brief(value);
  if (isNeutral(steps[active].color)) return '';
  if (active > 0) return `${shown} is above ${brief(limits[active])}${unit}`;
  // Where more is better.
  const good = steps.findIndex(({ color }) => isNeutral(color));
  return good > 0 ? `${shown} is below ${brief(limits[good])}${unit}` : '';
}

function thresholdOf(panel) {
  if (!panel || !COLOURED.has(panel.state.pluginId)) return '';
  const series = seriesOf(panel);
  const context = series.length > 0 ? contextOf(series) : {};
  const found = [];
  for (const frame of series) {
    for (const field of frame.fields) {
      if (field.type !== 'number' || !(field.config?.thresholds?.steps?.length > 0) || field.config.custom?.hideFrom?.viz) continue;
      const crossing = isColoured(panel, field) ? crossingOf(field, lastOf(panel, field)) : '';
      if (crossing) found.push(`${nameOf(field, frame, context)}: ${crossing}`);
    }
  }
  return found.length <= MAX_CROSSINGS ? found.join('; ') : `${found.slice(0, MAX_CROSSINGS).join('; ')}; and ${found.length - MAX_CROSSINGS} more`;
}

/** For the list. A page may have anything in its scene. */
function conditionOf(panel, element) {
  const { status, message } = tryTo(() => statusOf(panel, element), { status: '', message: '' });
  return { status, message: String(message).slice(0, MAX_TEXT), threshold: String(tryTo(() => thresholdOf(panel), '')).slice(0, MAX_TEXT) };
}

/* ---- CSV: see "data" in the description of a job */

const encoder = new TextEncoder();
const isPlain = (text) => /^[\0-\x7f]*$/.test(text);
const wellFormed = (text) => (text.toWellFormed ? text.toWellFormed() : text);
const sizeOf = (text) => (isPlain(text) ? text.length : encoder.encode(text).length);
const END = '\r\n';

function quote(value) {
  const text = wellFormed(String(value).replaceAll('\0', '\ufffd'));
  return /[",\r\n]|^[#\s]|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function timeText(value) {
  const time = typeof value === 'string' ? Date.parse(value) : Number(value?.valueOf());
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : quote(value);
}

function cellOf(value, type) {
  if (!isValue(value)) return '';
  if (type === 'time') return timeText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return quote(typeof value === 'object' ? tryTo(() => JSON.stringify(value), '') : value);
}

/** A column of times, and beside it nothing but numbers. */
function isTimeSeries({ fields, meta }) {
  const others = fields.filter(({ type }) => type !== 'time');
  if (others.length === 0 || others.length !== fields.length - 1) return false;
  return others.every(({ type }) => type === 'number' || type === 'boolean')
    || (/^timeseries/.test(meta?.type) && meta.type !== 'timeseries-long');
}

const oneLine = (text) => String(text).replace(/[\0-\x1f\x7f\u2028\u2029]+/g, ' ').trim();

/** Bars that are drawn lengthen the arrays they are given: the frame knows how many rows there were. */
const lengthOf = ({ fields, length }) => Math.min(fields.reduce((most, field) => Math.max(most, valuesOf(field).length), 0),
  Number.isSafeInteger(length) ? length : Infinity);

/** Rows of all time series, one after the other. Of names that are alike the labels tell which is which. */
function* rowsOfSeries(frames, context) {
  const named = frames.flatMap((frame) => {
    const times = frame.fields.find(({ type }) => type === 'time');
    return frame.fields.filter((field) => field !== times).map((field) => ({ field, times, n: lengthOf(frame), name: nameOf(field, frame, context) }));
  });
  const count = (key) => named.reduce((counts, one) => counts.set(one[key], (counts.get(one[key]) ?? 0) + 1), new Map());
  const alike = count('name');
  for (const one of named) one.unique = alike.get(one.name) > 1 ? `${one.name} ${labelsOf(one.field.labels)}`.trim() : one.name;
  const seen = new Map();
  const known = new Map(); // series have most of their times in common
  const timeOf = (value) => {
    if (!known.has(value)) known.set(value, cellOf(value, 'time'));
    return known.get(value);
  };
  yield ['time,series,value'];
  for (const { field, times, n, unique } of named) {
    const nth = (seen.get(unique) ?? 0) + 1;
    seen.set(unique, nth);
    const middle = `,${quote(nth > 1 ? `${unique} (${nth})` : unique)},`;
    const at = valuesOf(times);
    const values = valuesOf(field);
    for (let i = 0; i < n; i++) yield [timeOf(at[i]), middle, cellOf(values[i], field.type)];
  }
}

function* rowsOfTable(frame) {
  const context = contextOf([frame]);
  yield [frame.fields.map((field) => quote(nameOf(field, frame, context))).join(',')];
  const columns = frame.fields.map((field) => ({ type: field.type, values: valuesOf(field) }));
  const n = lengthOf(frame);
  for (let i = 0; i < n; i++) yield [columns.map(({ type, values }) => cellOf(values[i], type)).join(',')];
}

/** All time series are one table, where the first of them is; each other frame is one. */
function tablesOf(series) {
  const context = contextOf(series);
  const lines = series.filter(isTimeSeries);
  const tables = [];
  for (const frame of series) {
    const name = oneLine(frame.name || frame.refId || '');
    if (!lines.includes(frame)) tables.push({ name, rows: rowsOfTable(frame) });
    else if (frame === lines[0]) tables.push({ name: lines.length === 1 ? name : 'series', rows: rowsOfSeries(lines, context) });
  }
  return tables;
}

/** @returns {csv, bytes, isCut}: whole rows, at most so many bytes of UTF-8; csv "" when there is no row. */
function csvOf(series, limit) {
  const frames = series.filter((frame) => frame.fields.length > 0 && lengthOf(frame) > 0);
  const tables = frames.length > 0 ? tablesOf(frames) : [];
  const parts = [];
  let bytes = 0;
  const put = (line) => {
    const size = sizeOf(line);
    if (bytes + size > limit) return false;
    parts.push(line);
    bytes += size;
    return true;
  };
  for (const { name, rows } of tables) {
    if (tables.length > 1 && !put(`# frame ${name}${END}`)) return { csv: parts.join(''), bytes, isCut: true };
    for (const row of rows) if (!put(row.join('') + END)) return { csv: parts.join(''), bytes, isCut: true };
  }
  return { csv: parts.join(''), bytes, isCut: false };
}

/* ---- Variables */

const MAX_VALUES = 10000;
const MAX_VARIABLES = 500;
const listOf = (value) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);
const plain = (value) => wellFormed(String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 1000));

/** Those of kinds without a list of options have the one value that they have. */
function optionsOf({ options, intervals, value }) {
  if (Array.isArray(options)) return options.filter((one) => one && one.value !== '$__all').map((one) => [one.value, one.label ?? one.text ?? one.value]);
  return listOf(Array.isArray(intervals) ? intervals : value).filter((one) => one !== '$__all').map((one) => [one, one]);
}

/** {name: {values, texts, multi, includeAll, current}} of the dashboard. */
function variablesOf(root) {
  const all = {};
  for (const { state } of listOf(root.state.$variables?.state?.variables).slice(0, MAX_VARIABLES)) {
    if (typeof state?.name !== 'string') continue;
    const options = optionsOf(state).slice(0, MAX_VALUES);
    all[plain(state.name)] = {
      values: options.map(([value]) => plain(value)), texts: options.map(([, text]) => plain(text)),
      multi: state.isMulti === true, includeAll: state.includeAll === true, current: listOf(state.value).slice(0, MAX_VALUES).map(plain),
    };
  }
  return all;
}
