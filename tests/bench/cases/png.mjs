// Pixels to PNG, in one C program that alternates the encoders by itself.

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '../../support/harness.mjs';
import { median } from '../measure.mjs';

async function encode(world, address, size, repeats) {
  const program = path.join(world.build, 'tests', 'bench', 'bench-png');
  if (!existsSync(program)) throw new Error(`${program} has not been built`);
  const file = path.join(scratch(), 'picture.png');
  writeFileSync(file, await world.picture(address, size));
  const lines = execFileSync(program, [file, String(repeats)]).toString().trim().split('\n');
  // ENCODER BYTES MS MS MS …
  const encoders = lines.map((line) => line.split(' ')).map(([name, bytes, ...ms]) => ({ name, bytes: Number(bytes), values: ms.map(Number) }));
  const isPeer = ({ name }) => name === 'ours' || name === 'cairo';
  return {
    values: Object.fromEntries(encoders.filter(isPeer).map((one) => [one.name, one.values])),
    bytes: Object.fromEntries(encoders.map((one) => [one.name, one.bytes])),
    alternatives: Object.fromEntries(encoders.filter((one) => !isPeer(one))
      .map((one) => [one.name, { ms: median(one.values), bytes: one.bytes }])),
  };
}

export const cases = [
  {
    name: 'png_small',
    about: 'encoding the picture of one panel, 1000×500',
    unit: 'ms',
    rounds: { full: 100, quick: 30 },
    measure: (world, rounds) => encode(world, 'd-solo/panels?panelId=1', {}, rounds),
  },
  {
    name: 'png_large',
    about: 'encoding the picture of a whole dashboard of 30 panels at twice the size',
    unit: 'ms',
    rounds: { full: 9, quick: 3 },
    measure: (world, rounds) => encode(world, 'd/big?kiosk', { height: -1, deviceScaleFactor: 2 }, rounds),
  },
];
