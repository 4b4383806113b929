// One panel, as an alert or a report asks for it.

import { inLanes } from '../measure.mjs';

const PANEL = 'd-solo/panels?panelId=1';
const KINDS = [1, 3, 6, 9];

async function perPicture(world, who, count) {
  const started = performance.now();
  await inLanes(4, count, async (n) => world[who](await world.page(`d-solo/panels?panelId=${KINDS[n % KINDS.length]}`)));
  return (performance.now() - started) / count;
}

export const cases = [
  {
    name: 'panel_cold',
    about: 'one panel, 1000×500, in a server that runs; a new render key each time',
    unit: 'ms',
    rounds: { full: 10, quick: 3 },
    contenders: {
      ours: async (world) => world.ours(await world.page(PANEL)),
      chromium_v3: async (world) => world.v3(await world.page(PANEL)),
      chromium_v5: async (world) => world.v5(await world.page(PANEL)),
      chromium_best: async (world) => world.chromiumBest(await world.page(PANEL)),
    },
  },
  {
    name: 'throughput_c4',
    about: 'time per picture when four callers ask without a pause',
    unit: 'ms',
    rounds: { full: 3, quick: 0 },
    contenders: {
      ours: (world) => perPicture(world, 'ours', 16),
      chromium_v3: (world) => perPicture(world, 'v3', 8),
      chromium_v5: (world) => perPicture(world, 'v5', 8),
      chromium_best: (world) => perPicture(world, 'chromiumBest', 16),
    },
  },
];
