// The review page in Chromium: from the address to a grid that can be used.

import { launch, makeArchive, People } from '../../review/browser.mjs';
import { scratch, startServer } from '../../support/harness.mjs';

const CELLS = 2000;

/** Cards are drawn, their pictures are there, and a key moves the focus: as long as somebody waits. */
async function untilUsable(page, address) {
  const started = performance.now();
  await page.goto(address);
  await page.locator('[role=gridcell]').first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('[role=gridcell] img')]
    .filter((one) => one.getBoundingClientRect().top < window.innerHeight).every((one) => one.complete));
  await page.keyboard.press('j');
  await page.locator('[role=gridcell]:focus').waitFor();
  return performance.now() - started;
}

async function measure(world, rounds) {
  const folder = scratch();
  const ids = await makeArchive(folder, CELLS);
  const server = await startServer(['--archive', folder, '--engine.idle-timeout', '1h']);
  const browser = await launch();
  try {
    const people = new People(browser, server.url);
    const ours = [];
    for (let round = 0; round < rounds; round++) {
      // A window of its own each time: nothing is in its cache.
      const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } });
      await people.signIn(context, 'rita');
      ours.push(await untilUsable(await context.newPage(), `${server.url}/review/runs/${ids.run}?order=plan`));
      await context.close();
    }
    return { values: { ours } };
  } finally {
    await browser.close();
    await server.stop();
  }
}

export const cases = [
  {
    name: 'review_page',
    about: `the review page of a run with ${CELLS} cells, until its grid can be used`,
    unit: 'ms',
    rounds: { full: 5, quick: 2 },
    measure,
  },
];
