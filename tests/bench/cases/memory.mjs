// Memory: proportional set size of whole process trees. The official renderer's own process, Node
// or Go, is not counted; panelshot's server is.

import { inLanes, peakMib } from '../measure.mjs';

const KINDS = [1, 3, 6, 9];

async function peakOfPanels(world, who, render) {
  return peakMib(() => world.roots(who), () => inLanes(2, 4,
    async (n) => world[render](await world.page(`d-solo/panels?panelId=${KINDS[n % KINDS.length]}`))));
}

export const cases = [
  {
    name: 'peak_memory_c2',
    about: 'the peak of all processes while two callers ask for panels',
    unit: 'mib',
    warmUp: false,
    rounds: { full: 5, quick: 1 },
    contenders: {
      ours: (world) => peakOfPanels(world, 'ours', 'ours'),
      chromium_v3: (world) => peakOfPanels(world, 'others', 'v3'),
      chromium_v5: (world) => peakOfPanels(world, 'others', 'v5'),
      chromium_best: (world) => peakOfPanels(world, 'best', 'chromiumBest'),
    },
  },
];
