// An archive of 100,000 cells: answers, and being verified, in one C program that makes the archive itself.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ANSWER_MS } from '../targets.mjs';
import { scratch } from '../../support/harness.mjs';
import { median } from '../measure.mjs';

const ANSWERS = ['list runs', 'list cells', 'filter', 'text filter', 'last page', 'history', 'previous cell'];

/** How long a program that does nothing but SHA-256 takes for the same files. */
function sumAll(folder) {
  const files = readdirSync(path.join(folder, 'objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => path.join(entry.path, entry.name));
  const began = performance.now();
  execFileSync('sha256sum', files, { maxBuffer: 2 ** 26 });
  return performance.now() - began;
}

function measure(world, cells) {
  const program = path.join(world.build, 'tests', 'bench', 'bench-archive');
  if (!existsSync(program)) throw new Error(`${program} has not been built`);
  const folder = mkdtempSync(path.join(scratch(), 'archive-'));
  const lines = execFileSync(program, [folder, String(cells), '9']).toString().trim().split('\n');
  const times = Object.fromEntries(lines.map((line) => line.split('\t')).map(([name, ...ms]) => [name, ms.map(Number)]));
  const [bytes, ...verify] = times.verify;
  const rowsMs = median(times['verify rows']);
  const sums = [sumAll(folder), sumAll(folder), sumAll(folder)];
  rmSync(folder, { recursive: true, force: true });
  const parts = Object.fromEntries(ANSWERS.map((name) => {
    const ms = median(times[name]);
    return [name, { ms, target: ANSWER_MS, met: ms < ANSWER_MS }];
  }));
  const rate = bytes / 1e6 / Math.max(median(verify) - rowsMs, 1) * 1000;
  return {
    values: { ours: verify, sha256sum: sums },
    parts,
    notes: [
      `verify: ${rowsMs.toFixed(0)} ms for the rows of ${cells} cells, then ${rate.toFixed(0)} MB/s of files`,
      `sha256sum: ${(bytes / 1e6 / median(sums) * 1000).toFixed(0)} MB/s of the same files`,
    ],
  };
}

export const cases = [
  {
    name: 'archive',
    about: 'verifying an archive of 100,000 cells, and what it answers',
    unit: 'ms',
    rounds: { full: 100000, quick: 100000 },
    measure: (world, rounds) => measure(world, rounds),
  },
];
