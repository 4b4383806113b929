// ranges.js: ranges that a panel can be captured at again
//
// Pure. All presets end at one moment, which is the run's or this one.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const PRESETS = [
  ['15m', 15 * MINUTE],
  ['1h', HOUR],
  ['3h', 3 * HOUR],
  ['6h', 6 * HOUR],
  ['12h', 12 * HOUR],
  ['24h', DAY],
  ['2d', 2 * DAY],
  ['7d', 7 * DAY],
  ['30d', 30 * DAY],
];

export function presetRange(name, end) {
  const preset = PRESETS.find(([one]) => one === name);
  return preset ? { from: end - preset[1], to: end, label: `last ${name}` } : null;
}

/** A word for what is wrong, or null: "missing", "order", "long". */
export function problemOf({ from, to }) {
  if (!Number.isFinite(from) || !Number.isFinite(to) || from === null || to === null) return 'missing';
  if (from >= to) return 'order';
  return to - from > 5 * 366 * DAY ? 'long' : null;
}
