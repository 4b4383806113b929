// A whole inspection, archive and all.

// Thirty panels, and fifteen for each of two values, over each range.
const DASHBOARDS = '[big, {uid: inspect-b, variables: {env: [prod, test]}}]';
const RANGES = ['last 1h', 'last 6h', 'yesterday', 'last 7d', 'same hour a week ago'];
const CELLS_OF_RANGE = 60;
const SAMPLES = [['big', 1], ['inspect-b', 2], ['big', 8], ['inspect-b', 4], ['big', 15]];

/** One by one in a browser each, as somebody does it who has no better way; a few are measured, and stand for all. */
async function inspection(world, rounds) {
  // One round is --quick.
  const ranges = rounds > 1 ? RANGES : RANGES.slice(0, 1);
  const ours = [];
  const v3 = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await world.inspection(DASHBOARDS, JSON.stringify(ranges), CELLS_OF_RANGE * ranges.length));
    for (const [uid, panel] of SAMPLES) v3.push(await world.v3(await world.page(`d-solo/${uid}?panelId=${panel}`)));
  }
  const rate = 1000 / ours.toSorted((a, b) => a - b)[Math.floor(ours.length / 2)];
  return { values: { ours, chromium_v3: v3 }, notes: [`${CELLS_OF_RANGE * ranges.length} cells, ${rate.toFixed(1)} pictures per second`], estimated: ['chromium_v3'] };
}

export const cases = [
  {
    name: 'inspection',
    about: 'time per picture of an inspection, 1000×500, from the start of the program to its end',
    unit: 'ms',
    rounds: { full: 3, quick: 1 },
    measure: inspection,
  },
];
