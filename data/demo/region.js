// region.js: what is left of the data when some regions are looked at
//
// Everything keeps depending on nothing but the moment and a seed. Pure.

const SHARES = { east: 0.426, south: 0.251, north: 0.178, west: 0.092, overseas: 0.053 };
const ORDER = Object.keys(SHARES);

export function forRegions(data, { isAll, values }) {
  if (isAll)
    return data;
  const share = values.reduce((sum, value) => sum + (SHARES[value] ?? 0), 0);
  const shift = 1000 * values.reduce((sum, value) => sum + 2 ** ORDER.indexOf(value), 0);
  const isHere = (one) => one.region === undefined || values.includes(one.region);
  const change = (one) => ({
    ...one,
    ...(one.seed !== undefined && one.region === undefined && { seed: one.seed + shift }),
    ...(data.isVolume && one.base !== undefined && { base: one.base * share }),
  });
  const changed = change(data);
  for (const name of ['series', 'bars', 'slices', 'rows']) {
    if (data[name] !== undefined)
      changed[name] = data[name].filter(isHere).map(change);
  }
  return changed;
}
