// One panel, as an alert or a report asks for it.

import { inLanes } from '../measure.mjs';

const PANEL = 'd-solo/panels?panelId=1';
const KINDS = [1, 3, 6, 9];
const WARM_UP = 8;

const kind = (n) => `d-solo/panels?panelId=${KINDS[n % KINDS.length]}`;

const peersOf = (page) => ({
  chromium_v3: async (world) => world.v3(await page(world)),
  chromium_v5: async (world) => world.v5(await page(world)),
  chromium_best: async (world) => world.chromiumBest(await page(world)),
});

/** All take the pages in turn, each in its own. */
function turns() {
  const counts = new Map();
  return (who) => {
    counts.set(who, (counts.get(who) ?? -1) + 1);
    return kind(counts.get(who));
  };
}

const turn = turns();

async function perPicture(world, who, count) {
  const started = performance.now();
  await inLanes(4, count, async (n) => world[who](await world.page(kind(n))));
  return (performance.now() - started) / count;
}

export const cases = [
  {
    name: 'panel_cold',
    about: 'one panel, 1000×500: the first of this Grafana in a server that runs',
    unit: 'ms',
    warmUp: false,
    rounds: { full: 7, quick: 2 },
    contenders: {
      ours: async (world) => world.oursCold(await world.page(PANEL)),
      ...peersOf((world) => world.page(PANEL)),
    },
  },
  {
    name: 'panel_warm',
    about: 'one panel, 1000×500, in a server that has drawn such; a new render key each time',
    unit: 'ms',
    rounds: { full: 10, quick: 3 },
    async prepare(world) {
      for (let n = 0; n < WARM_UP; n++) await world.ours(await world.page(PANEL));
    },
    contenders: {
      ours: async (world) => world.ours(await world.page(PANEL)),
      ...peersOf((world) => world.page(PANEL)),
    },
  },
  {
    name: 'panel_resident',
    about: 'panels in turn, 1000×500, in a server that signs in with a token and has drawn such',
    unit: 'ms',
    rounds: { full: 12, quick: 4 },
    async prepare(world) {
      for (let n = 0; n < WARM_UP; n++) await world.oursByToken(await world.page(kind(n)));
    },
    contenders: {
      ours: async (world) => world.oursByToken(await world.page(turn('ours'))),
      chromium_v3: async (world) => world.v3(await world.page(turn('v3'))),
      chromium_v5: async (world) => world.v5(await world.page(turn('v5'))),
      chromium_best: async (world) => world.chromiumBest(await world.page(turn('best'))),
    },
  },
  {
    name: 'throughput_c4',
    about: 'time per picture when four callers ask for panels without a pause; ours signs in with a token',
    unit: 'ms',
    rounds: { full: 3, quick: 1 },
    prepare: (world) => perPicture(world, 'oursByToken', 8),
    warmUp: false,
    contenders: {
      ours: (world) => perPicture(world, 'oursByToken', 24),
      chromium_v3: (world) => perPicture(world, 'v3', 8),
      chromium_v5: (world) => perPicture(world, 'v5', 4),
      chromium_best: (world) => perPicture(world, 'chromiumBest', 12),
    },
  },
];
