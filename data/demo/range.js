// range.js: the time range and time zone of an address, and ticks on a time axis
//
// Pure: takes the query and the present moment, gives milliseconds since 1970.

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

function parseMoment(text, now, fallback) {
  if (!text)
    return fallback;
  if (/^\d{9,}$/.test(text))
    return Number(text) < 1e11 ? Number(text) * 1000 : Number(text);
  const relative = /^now(?:([-+])(\d+)([smhdw]))?(?:\/[smhdw])?$/.exec(text);
  if (relative)
    return now + (relative[1] === undefined ? 0 : (relative[1] === '-' ? -1 : 1) * relative[2] * UNITS[relative[3]]);
  const absolute = Date.parse(text);
  return Number.isNaN(absolute) ? fallback : absolute;
}

function parseZone(text) {
  const zone = /^utc$/i.test(text ?? '') ? 'UTC' : text;
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone || undefined }).resolvedOptions().timeZone;
  } catch {
    return new Intl.DateTimeFormat('en-GB').resolvedOptions().timeZone;
  }
}

export function parseRange(query, now) {
  const minute = Math.floor(now / 60_000) * 60_000;
  let to = parseMoment(query.get('to'), minute, minute);
  let from = parseMoment(query.get('from'), minute, to - 6 * UNITS.h);
  if (from > to)
    [from, to] = [to, from];
  if (to - from < 60_000)
    from = to - 60_000;
  return { from, to, zone: parseZone(query.get('tz') || query.get('timezone')) };
}

const formatters = new Map();

function partsOf(time, zone) {
  if (!formatters.has(zone)) {
    formatters.set(zone, new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    }));
  }
  const parts = {};
  for (const { type, value } of formatters.get(zone).formatToParts(time))
    parts[type] = value;
  return parts;
}

export function zoneOffset(time, zone) {
  const p = partsOf(time, zone);
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(time / 1000) * 1000;
}

export function formatMoment(time, zone) {
  const p = partsOf(time, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

export function zoneLabel(time, zone) {
  const minutes = Math.round(zoneOffset(time, zone) / 60_000);
  const two = (n) => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return minutes === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const TICK_STEPS = [10_000, 30_000, ...[1, 2, 5, 10, 15, 30].map((m) => m * UNITS.m),
  ...[1, 2, 3, 6, 12].map((h) => h * UNITS.h), ...[1, 2, 7, 14, 28].map((d) => d * UNITS.d)];

// Ticks fall on round times of the zone, not of Greenwich.
export function timeTicks(range, count) {
  const wanted = (range.to - range.from) / Math.max(1, count);
  const step = TICK_STEPS.find((s) => s >= wanted) ?? Math.ceil(wanted / UNITS.d) * UNITS.d;
  const offset = zoneOffset(range.from, range.zone);
  const ticks = [];
  for (let t = Math.ceil((range.from + offset) / step) * step - offset; t <= range.to; t += step) {
    const p = partsOf(t, range.zone);
    const midnight = p.hour === '00' && p.minute === '00' && p.second === '00';
    let label = `${p.hour}:${p.minute}`;
    if (step >= UNITS.d || midnight)
      label = `${p.month}-${p.day}`;
    else if (step < UNITS.m)
      label += `:${p.second}`;
    ticks.push({ time: t, label });
  }
  return ticks;
}
