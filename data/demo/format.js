// format.js: numbers as people read them

export function formatNumber(value, unit) {
  switch (unit) {
  case 'percent':
    return [value.toFixed(value >= 99 && value < 100 ? 2 : 1), '%'];
  case 'ms':
    return value >= 1000 ? [(value / 1000).toFixed(value >= 10_000 ? 0 : 2), 's']
      : [value.toFixed(value < 10 ? 1 : 0), 'ms'];
  case 'mbps':
    return [value.toFixed(value < 10 ? 1 : 0), 'MB/s'];
  case 'reqps':
    return value >= 1000 ? [(value / 1000).toFixed(2), 'K/s'] : [value.toFixed(value < 100 ? 1 : 0), '/s'];
  default:
    return value >= 1000 ? [(value / 1000).toFixed(1), 'K'] : [value.toFixed(value < 10 ? 1 : 0), ''];
  }
}

export function formatText(value, unit) {
  const [number, suffix] = formatNumber(value, unit);
  if (suffix === '')
    return number;
  const isTight = suffix === '%' || suffix.startsWith('/') || suffix.startsWith('K');
  return isTight ? `${number}${suffix}` : `${number} ${suffix}`;
}

// Axis labels share one scale, so they line up and never repeat the digits of the step.
export function formatTick(value, step, unit) {
  const decimals = (s) => [0, 1, 2].find((d) => Math.abs(s * 10 ** d - Math.round(s * 10 ** d)) < 1e-6) ?? 3;
  if (unit === 'ms')
    return value === 0 ? '0' : `${value.toFixed(decimals(step))} ms`;
  if (unit === 'percent')
    return `${value.toFixed(decimals(step))}%`;
  if (value >= 1000 || step >= 1000)
    return value === 0 ? '0' : `${(value / 1000).toFixed(decimals(step / 1000))}K`;
  return value.toFixed(decimals(step));
}

export function niceTicks(min, max, count) {
  const raw = (max - min || 1) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const low = Math.floor(min / step + 1e-9) * step;
  const high = Math.ceil(max / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; low + i * step <= high + step / 1000; i++)
    ticks.push(low + i * step);
  return { ticks, step, low, high };
}

export function thresholdColor(value, thresholds) {
  let color = thresholds[0].color;
  for (const row of thresholds) {
    if (row.at === undefined || value >= row.at)
      color = row.color;
  }
  return color;
}
