// format.js: times, durations, sizes and counts as people read them
//
// Pure. Times are milliseconds since 1970; a zone that this browser does not know, or an empty one,
// is the browser's own.

const formats = new Map();

function formatFor(language, zone, options) {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    let format;
    try {
      format = new Intl.DateTimeFormat(language, { ...options, timeZone: zone || undefined });
    } catch {
      format = new Intl.DateTimeFormat(language, options);
    }
    formats.set(key, format);
  }
  return formats.get(key);
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const DAY = { month: 'short', day: 'numeric' };

export function formatMoment(ms, language, zone = '') {
  if (!ms) return '–';
  const isThisYear = new Date(ms).getUTCFullYear() === new Date().getUTCFullYear();
  return formatFor(language, zone, { ...(isThisYear ? {} : { year: 'numeric' }), ...DAY, weekday: 'short', ...CLOCK }).format(ms);
}

export function formatExact(ms, zone = '') {
  if (!ms) return '–';
  // Evidence: the same digits in every language, as in ISO 8601. Swedish writes them so.
  return formatFor('sv-SE', zone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...CLOCK,
    second: '2-digit',
    timeZoneName: 'short',
  }).format(ms);
}

export function formatClock(ms, language, zone = '') {
  return formatFor(language, zone, CLOCK).format(ms);
}

/** "25 Nov, 08:15 – 09:15": the day is said once when both ends are on it. */
export function formatSpan(from, to, language, zone = '') {
  const whole = formatFor(language, zone, { ...DAY, ...CLOCK });
  return `${whole.format(from)} – ${isSameDay(from, to, zone) ? formatClock(to, language, zone) : whole.format(to)}`;
}

export function isSameDay(a, b, zone = '') {
  const day = formatFor('en-CA', zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return day.format(a) === day.format(b);
}

const STEPS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
];

/** "in 3 hours", "5 minutes ago". */
export function formatAway(ms, now, language) {
  const distance = ms - now;
  const [size, unit] = STEPS.find(([least]) => Math.abs(distance) >= least) ?? [60_000, 'minute'];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.trunc(distance / size), unit);
}

const UNITS = { en: { d: ' d', h: ' h', m: ' min', s: ' s', ms: ' ms' }, zh: { d: ' 天', h: ' 小时', m: ' 分', s: ' 秒', ms: ' 毫秒' } };

export function formatDuration(ms, language) {
  const unit = UNITS[language.startsWith('zh') ? 'zh' : 'en'];
  if (ms < 1000) return `${Math.round(ms)}${unit.ms}`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}${unit.s}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${unit.m}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours}${unit.h}` : `${hours}${unit.h} ${minutes % 60}${unit.m}`;
  return `${Math.round(hours / 24)}${unit.d}`;
}

export function formatCount(n, language) {
  return new Intl.NumberFormat(language).format(n);
}

export function formatBytes(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < units.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${step === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[step]}`;
}

export function formatShare(part, whole) {
  if (whole === 0) return '0%';
  // 100% is said only when nothing is left.
  return `${part === whole ? 100 : Math.min(99, Math.floor((100 * part) / whole))}%`;
}

/** { host: ["a", "b"] } as "host=a, b". */
export function formatVariables(variables) {
  return Object.entries(variables ?? {})
    .map(([name, values]) => `${name}=${[values].flat().join(', ')}`)
    .join(' · ');
}

/** For titles of windows and for what is read aloud: hostile text may be very long. */
export function shorten(text, most = 80) {
  const letters = [...String(text)];
  return letters.length <= most ? String(text) : `${letters.slice(0, most - 1).join('')}…`;
}

const two = (n) => String(n).padStart(2, '0');

/** For <input type="datetime-local">, in the browser's own zone, and back. */
export function toLocalInput(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function fromLocalInput(text) {
  const ms = new Date(text).getTime();
  return Number.isFinite(ms) ? ms : null;
}
