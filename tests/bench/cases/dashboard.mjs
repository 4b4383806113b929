// Whole dashboards.

const onAll = (address, size) => ({
  ours: async (world) => world.ours(await world.page(address, size)),
  chromium_v3: async (world) => world.v3(await world.page(address, size)),
  chromium_v5: async (world) => world.v5(await world.page(address, size)),
  chromium_best: async (world) => world.chromiumBest(await world.page(address, size)),
});

const PANELS_OF_BIG = 30;

/** One by one, as somebody does it who has no better way; a few are measured, and stand for all. */
async function eachPanel(world, rounds) {
  const ours = [];
  const v3 = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await world.oursEachPanel(await world.page('d/big?kiosk'), PANELS_OF_BIG));
    for (let n = 0; n < Math.ceil(5 / rounds); n++) {
      const panel = 1 + ((round * 7 + n * 5) % PANELS_OF_BIG);
      v3.push(PANELS_OF_BIG * await world.v3(await world.page(`d-solo/big?panelId=${panel}`)));
    }
  }
  return { values: { ours, chromium_v3: v3 }, estimated: ['chromium_v3'] };
}

export const cases = [
  {
    name: 'dashboard_each_panel',
    about: `a dashboard of ${PANELS_OF_BIG} panels, each as a picture of its own, 1000×500`,
    unit: 'ms',
    rounds: { full: 5, quick: 2 },
    measure: eachPanel,
  },
  {
    name: 'dashboard',
    about: 'a dashboard of 11 panels in a view of 1000×1300',
    unit: 'ms',
    rounds: { full: 7, quick: 1 },
    contenders: onAll('d/panels?kiosk', { height: 1300 }),
  },
  {
    name: 'full_page',
    about: 'a dashboard of 30 panels at its full height',
    unit: 'ms',
    rounds: { full: 5, quick: 0 },
    contenders: onAll('d/big?kiosk', { height: -1 }),
  },
];
