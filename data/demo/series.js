// series.js: numbers derived from the time of day
//
// Pure functions: the same moment and seed give the same value in every browser, so two
// pictures of one range are equal, and a range that moves shows data that moves with it.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// A 32-bit integer hash; Math.imul keeps it exact where doubles would not.
export function hash(index, seed) {
  let h = Math.imul(index | 0, 0x9e3779b1) ^ Math.imul(Math.floor(index / 4294967296) + seed, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

// Value noise in -1..1 with a smooth course between its knots.
export function noise(time, period, seed) {
  const position = time / period;
  const knot = Math.floor(position);
  const part = position - knot;
  const blend = part * part * (3 - 2 * part);
  const left = hash(knot, seed);
  const right = hash(knot + 1, seed);
  return 2 * (left + (right - left) * blend) - 1;
}

export function texture(time, seed) {
  return 0.5 * noise(time, 47 * MINUTE, seed) + 0.3 * noise(time, 13 * MINUTE, seed + 1) +
    0.2 * noise(time, 3 * MINUTE, seed + 2);
}

function bump(hour, centre, width) {
  const distance = Math.abs(hour - centre);
  const around = Math.min(distance, 24 - distance) / width;
  return Math.exp(-around * around);
}

// Traffic of a day in 0..1: a morning peak, an evening peak, a quiet night.
export function daily(time) {
  const hour = ((time + 8 * HOUR) % DAY) / HOUR;
  return Math.min(1, 0.3 + 0.42 * bump(hour, 10.5, 3) + 0.3 * bump(hour, 15, 3) + 0.62 * bump(hour, 20.5, 2.8));
}

// An incident in every stretch of three hours: a quick rise and a slow way back.
export function incident(time, seed) {
  const stretch = 3 * HOUR;
  let sum = 0;
  for (let back = 0; back < 2; back++) {
    const cell = Math.floor(time / stretch) - back;
    const start = (cell + 0.15 + 0.6 * hash(cell, 7)) * stretch;
    const age = (time - start) / MINUTE;
    if (age < 0)
      continue;
    const height = 0.35 + 0.65 * hash(cell, seed + 9);
    sum += height * Math.min(1, age / 5) * Math.exp(-Math.max(0, age - 9) / 11);
  }
  return sum;
}

export function valueAt(spec, time) {
  const swing = spec.swing ?? 0.62;
  const level = 1 - swing + swing * daily(time);
  let value = spec.base * level * (1 + (spec.noise ?? 0.05) * 2 * texture(time, spec.seed));
  value += spec.base * (spec.spike ?? 0) * incident(time, 3);
  return spec.from === undefined ? Math.max(0, value) : spec.from + spec.sign * Math.max(0, value);
}

const STEPS = [10_000, 15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY];

export function stepFor(range, points) {
  const wanted = (range.to - range.from) / Math.max(2, points);
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
}

// @hours: from and until, of the same clock as daily(): at other times there is nothing.
function isWithin(hours, time) {
  const hour = ((time + 8 * HOUR) % DAY) / HOUR;
  return hours === undefined || (hour >= hours[0] && hour < hours[1]);
}

// Samples on whole multiples of the step, so neighbouring ranges agree about shared moments.
export function sample(spec, range, points) {
  const step = stepFor(range, points);
  const out = [];
  for (let time = Math.ceil(range.from / step) * step; time <= range.to; time += step) {
    if (isWithin(spec.hours, time))
      out.push({ time, value: valueAt(spec, time) });
  }
  return out;
}

export function summary(samples) {
  let sum = 0;
  let max = -Infinity;
  let min = Infinity;
  for (const { value } of samples) {
    sum += value;
    max = Math.max(max, value);
    min = Math.min(min, value);
  }
  const count = samples.length;
  return count === 0 ? { mean: 0, max: 0, min: 0, last: 0 }
    : { mean: sum / count, max, min, last: samples[count - 1].value };
}
