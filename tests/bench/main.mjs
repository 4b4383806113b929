// The driver behind ./run: reads the table of cases, measures, prints, ends everything.

import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RATIOS } from './targets.mjs';

const HERE = new URL('.', import.meta.url);
const HELP = 'usage: tests/bench/run [--quick] [--json FILE] [--case NAME]… [--list]\n';

function options() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        case: { type: 'string', multiple: true, default: [] },
        list: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`tests/bench/run: ${error.message}\n${HELP}`);
    return process.exit(2);
  }
}

const given = options();

const files = readdirSync(new URL('cases/', HERE)).filter((name) => name.endsWith('.mjs')).sort();
const groups = await Promise.all(files.map((name) => import(new URL(`cases/${name}`, HERE))));
const all = groups.flatMap((group) => group.cases);
if (given.list) {
  for (const { name, about } of all) console.log(`${name.padEnd(20)}${about}`);
  process.exit(0);
}
const unknown = given.case.find((name) => !all.some((one) => one.name === name));
if (unknown) {
  process.stderr.write(`tests/bench/run: no case “${unknown}”: ${all.map((one) => one.name).join(' ')}\n`);
  process.exit(2);
}
const roundsOf = (one) => one.rounds[given.quick ? 'quick' : 'full'];
const chosen = all.filter((one) => (given.case.length ? given.case.includes(one.name) : roundsOf(one) > 0));

const { Unknown, World } = await import('./world.mjs');
const { alternate, median } = await import('./measure.mjs');

const isTerminal = process.stderr.isTTY;
const progress = (text) => { if (isTerminal) process.stderr.write(`\r\x1b[K${text}`); };
const shown = (value, unit) => (unit === 'mib' ? `${value.toFixed(0)} MiB` : `${value.toFixed(value < 100 ? 1 : 0)} ms`);
const rounded = (value) => Number(value.toPrecision(4));

/** A row's figure against what is to be reached. */
function judge(name, peer, ratio) {
  const target = RATIOS[name]?.[peer];
  return target === undefined ? {} : { target: rounded(target), met: ratio >= target };
}

/** What a row has measured, in the form that --json writes. */
function summarise({ name: row, unit }, { values, bytes, alternatives, parts, notes, estimated = [] }) {
  const ours = median(values.ours);
  const spread = (name) => ({ samples: values[name].length, least: rounded(Math.min(...values[name])), most: rounded(Math.max(...values[name])) });
  const peers = Object.entries(values).filter(([name]) => name !== 'ours').map(([name, samples]) => [name, {
    [unit]: rounded(median(samples)),
    ratio: rounded(median(samples) / ours),
    ...spread(name),
    ...judge(row, name, median(samples) / ours),
    ...(bytes && { bytes: bytes[name] }),
    ...(estimated.includes(name) && { estimated: true }),
  }]);
  return {
    [`ours_${unit}`]: rounded(ours), ...spread('ours'), ...(bytes && { bytes: bytes.ours }),
    peers: Object.fromEntries(peers),
    ...(alternatives && { alternatives }), ...(parts && { parts }), ...(notes?.length && { notes }),
  };
}

const verdict = ({ target, met }, sign) => (target === undefined ? '' : `  to reach: ${sign} ${target}, ${met ? 'met' : 'missed'}`);

function print({ name, about, unit }, result) {
  progress('');
  console.log(`${name}: ${about}`);
  if (result.skipped) {
    console.log(`  skipped: ${result.skipped}\n`);
    return;
  }
  const row = (who, one, value, more = '') => console.log(`  ${who.padEnd(16)}${shown(value, unit).padStart(10)}${
    `(${shown(one.least, unit)} … ${shown(one.most, unit)}, n=${one.samples})`.padStart(36)}${
    more.padStart(10)}${one.bytes ? `${one.bytes} bytes`.padStart(16) : ''}${one.estimated ? '  estimated' : ''}${verdict(one, '×')}`);
  row('ours', result, result[`ours_${unit}`]);
  for (const [who, one] of Object.entries(result.peers)) row(who, one, one[unit], `× ${one.ratio.toFixed(2)}`);
  for (const [who, one] of Object.entries(result.parts ?? {})) {
    console.log(`  ${who.padEnd(16)}${shown(one[unit], unit).padStart(10)}${verdict(one, 'under')}`);
  }
  for (const [who, one] of Object.entries(result.alternatives ?? {})) {
    console.log(`  ${who.padEnd(16)}${shown(one.ms, 'ms').padStart(10)}${`${one.bytes} bytes`.padStart(62)}`);
  }
  for (const note of result.notes ?? []) console.log(`  ${note}`);
  console.log('');
}

async function measure(world, one) {
  // Those that stay running have done it once before, those that start each time find the disk warm.
  const rounds = Math.max(1, roundsOf(one));
  await one.prepare?.(world);
  if (one.measure) return one.measure(world, rounds);
  for (const name of ['ours', 'chromium_best']) {
    if (one.contenders[name] && one.warmUp !== false) await one.contenders[name](world);
  }
  return {
    values: await alternate(world, one.contenders, rounds,
      (name, round, value) => progress(`${one.name} ${round + 1}/${rounds} ${name} ${shown(value, one.unit)}`)),
    estimated: one.estimated,
  };
}

/** A build without what a case needs has no figure there; the others are measured all the same. */
async function measureOrSkip(world, one) {
  try {
    return summarise(one, await measure(world, one));
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    return { skipped: `this build does not know ${error.message}` };
  }
}

let world = null;
let isStopping = false;
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    progress('stopping\n');
    await world?.close();
    process.exit(code);
  });
}

const started = performance.now();
const report = { workload: null, cases: {} };
try {
  world = await World.start();
  report.workload = await world.workload();
  const { bundle_bytes: bytes, query_delay_ms: delayMs, versions } = report.workload;
  console.log(`${(bytes / 1e6).toFixed(2)} MB of scripts, ${delayMs} ms per query; ${Object.entries(versions).map((pair) => pair.join(' ')).join(', ')}\n`);
  for (const one of chosen) {
    report.cases[one.name] = await measureOrSkip(world, one);
    print(one, report.cases[one.name]);
  }
  if (given.json) writeFileSync(given.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
} catch (error) {
  if (!isStopping) {
    process.stderr.write(`\ntests/bench/run: ${error.stack}\n`);
    process.exitCode = 1;
  }
} finally {
  if (!isStopping) await world?.close();
}
