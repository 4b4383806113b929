// Never half-loaded: renders with random and adversarial delays against a picture taken after a
// generous wait.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countDifferent, decode, isLong, keep, random, run, secretFile, startGrafana, startServer } from '../support/harness.mjs';

const ROUNDS = isLong ? 1000 : 50;
const RANGE = 'from=1721736889194&to=1721738490788';

let grafana;
let server;

before(async () => {
  grafana = await startGrafana();
  server = await startServer();
});
after(async () => {
  await server.stop();
  await grafana.close();
});

async function draw(path, params = {}) {
  const answer = await server.render({
    url: grafana.url + path, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', timeout: 40, ...params,
  });
  assert.equal(answer.status, 200, answer.text);
  return { ...decode(answer.body), body: answer.body };
}

/** The delays do not change what is drawn, only when; so one picture, taken after a generous quiet
 *  time, is right for all of them. */
const references = new Map();
async function reference(path) {
  if (!references.has(path)) {
    const result = await run(['render', grafana.url + path, '-o', '-', '--quiet-ms', '1500', '--domain', '127.0.0.1'],
      { env: { PANELSHOT_RENDER_KEY: grafana.mintRenderKey('admin') } });
    assert.equal(result.code, 0, result.stderr);
    keep(`reference${path.replace(/\W+/g, '-')}.png`, result.stdout);
    references.set(path, decode(result.stdout));
  }
  return references.get(path);
}

const PATHS = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => `/d-solo/panels?panelId=${id}&${RANGE}`).concat(`/d/panels?kiosk&${RANGE}`);

function adversary(next, round) {
  const ms = Math.floor(next() * 700);
  return [
    `&qdelay=random:0-800:${round}`,
    `&lateicon=${ms}`,
    `&latefont=${ms}`,
    `&assetdelay=${Math.floor(ms / 5)}`,
    `&qdelay=${ms}&lateicon=${700 - ms}&latefont=${ms}`,
  ][round % 5];
}

test(`${ROUNDS} renders with random and adversarial delays`, { timeout: (isLong ? 60 : 8) * 60000 }, async () => {
  const next = random(20240723);
  const jobs = Array.from({ length: ROUNDS }, (_, round) => ({ path: PATHS[round % PATHS.length], delay: adversary(next, round) }));
  for (const path of PATHS) await reference(path);
  const failures = [];
  await Promise.all([0, 1].map(async (lane) => {
    for (let i = lane; i < jobs.length; i += 2) {
      const { path, delay } = jobs[i];
      const picture = await draw(path + delay);
      const n = countDifferent(picture, references.get(path), 8);
      if (n > 0) {
        failures.push(`${path}${delay}: ${n} pixels differ`);
        keep(`settle-failure-${i}.png`, picture.body);
      }
    }
  }));
  assert.deepEqual(failures, []);
});

test(`${ROUNDS} visits to a resident page with random delays`, { timeout: (isLong ? 60 : 5) * 60000 }, async () => {
  const own = await startServer(['--concurrency', '1', '--token-for', `${grafana.url}=${secretFile(grafana.tokens.admin)}`]);
  const next = random(20261125);
  const failures = [];
  const paths = PATHS.filter((path) => path.startsWith('/d-solo'));
  for (const path of paths) await reference(path);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const path = paths[Math.floor(next() * paths.length)];
      grafana.setDelays({ query: round % 3 ? `random:0-400:${round}` : String(Math.floor(next() * 300)), api: Math.floor(next() * 200) });
      const answer = await own.render({ url: grafana.url + path, timeout: 40 });
      assert.equal(answer.status, 200, answer.text);
      if (round > 0 && answer.headers.get('x-panelshot-path') !== 'resident') failures.push(`${round} ${path} came ${answer.headers.get('x-panelshot-path')}`);
      const n = countDifferent(decode(answer.body), references.get(path), 8);
      if (n > 0) {
        failures.push(`${round} ${path}: ${n} pixels differ`);
        keep(`settle-resident-failure-${round}.png`, answer.body);
      }
    }
  } finally {
    grafana.setDelays();
    await own.stop();
  }
  assert.deepEqual(failures, []);
});

for (const ms of [1, 20, 50, 80]) {
  test(`a second query ${ms} ms after the count touched 0 is in the picture`, async () => {
    const path = `/d-solo/panels?panelId=1&${RANGE}&secondquery=${ms}`;
    const wanted = await draw(`/d-solo/panels?panelId=1&${RANGE}&secondquery=1`);
    const first = await reference(`/d-solo/panels?panelId=1&${RANGE}`);
    assert.ok(countDifferent(wanted, first, 8) > 100, 'the second query shows');
    for (let i = 0; i < (isLong ? 20 : 3); i++) {
      const picture = await draw(path);
      if (countDifferent(picture, wanted, 8) !== 0) keep(`second-query-${ms}.png`, picture.body);
      assert.equal(countDifferent(picture, wanted, 8), 0);
    }
  });
}

test('a full page has its lazy panels', async () => {
  const picture = await draw(`/d/big?kiosk&${RANGE}&qdelay=random:0-400:7`, { height: -1 });
  const again = await draw(`/d/big?kiosk&${RANGE}`, { height: -1 });
  keep('full-page-big.png', picture.body);
  keep('full-page-big-again.png', again.body);
  assert.equal(countDifferent(picture, again, 8), 0);
});

test('a small viewport settles too', async () => {
  // The official renderer times out below 144 px of height.
  const picture = await draw(`/d-solo/panels?panelId=1&${RANGE}`, { width: 200, height: 100 });
  assert.deepEqual([picture.width, picture.height], [200, 100]);
});
