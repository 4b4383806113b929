// Whole dashboards.

const onAll = (address, size) => ({
  ours: async (world) => world.ours(await world.page(address, size)),
  chromium_v3: async (world) => world.v3(await world.page(address, size)),
  chromium_v5: async (world) => world.v5(await world.page(address, size)),
  chromium_best: async (world) => world.chromiumBest(await world.page(address, size)),
});

export const cases = [
  {
    name: 'dashboard',
    about: 'a dashboard of 11 panels in a view of 1000×1300',
    unit: 'ms',
    rounds: { full: 7, quick: 3 },
    contenders: onAll('d/panels?kiosk', { height: 1300 }),
  },
  {
    name: 'full_page',
    about: 'a dashboard of 30 panels at its full height',
    unit: 'ms',
    rounds: { full: 5, quick: 1 },
    contenders: onAll('d/big?kiosk', { height: -1 }),
  },
];
