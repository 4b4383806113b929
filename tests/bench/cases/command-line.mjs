// From nothing running to the first picture.

const PANEL = 'd-solo/panels?panelId=1';

export const cases = [
  {
    name: 'first_picture',
    about: '`panelshot render`, 1000×500, against a browser started for the picture',
    unit: 'ms',
    rounds: { full: 7, quick: 3 },
    contenders: {
      ours: async (world) => world.oursFromNothing(await world.page(PANEL)),
      chromium_v3: async (world) => world.v3(await world.page(PANEL)),
      chromium_best: async (world) => world.chromiumBestFromNothing(await world.page(PANEL)),
    },
  },
];
