// What is in a PDF, by poppler's tools.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from './harness.mjs';

const folder = scratch('panelshot-papers-');
const text = (program, args) => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

function put(body) {
  const file = path.join(folder, 'paper.pdf');
  writeFileSync(file, body);
  return file;
}

/** Sizes of all pages, points: [[width, height], …]. pdfinfo fails at what is no PDF. */
export function pageSizes(body) {
  const told = text('pdfinfo', ['-f', '1', '-l', '-1', put(body)]);
  return [...told.matchAll(/^Page\s+\d+ size:\s+([\d.]+) x ([\d.]+) pts/gm)].map(([, w, h]) => [Number(w), Number(h)]);
}

/** Text page by page. */
export function pageTexts(body) {
  return text('pdftotext', ['-layout', put(body), '-']).split('\f').slice(0, -1);
}

/** Words with their boxes, points from the upper left corner: [{ page, word, x, y, right, bottom }] */
export function words(body) {
  const found = [];
  let page = 0;
  for (const line of text('pdftotext', ['-bbox', put(body), '-']).split('\n')) {
    if (line.includes('<page ')) page++;
    const [, x, y, right, bottom, word] = /<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*)<\/word>/.exec(line) ?? [];
    if (word) found.push({ page, word, x: Number(x), y: Number(y), right: Number(right), bottom: Number(bottom) });
  }
  return found;
}

/** Fonts that are in the document, and whether all are embedded. */
export function fonts(body) {
  const rows = text('pdffonts', [put(body)]).split('\n').slice(2).filter(Boolean);
  return { count: rows.length, areEmbedded: rows.every((row) => / yes /.test(row)) };
}

/** A picture of each page, as PNG, 96 pixels an inch: one CSS pixel is one pixel. */
export function pagePictures(body, dpi = 96) {
  const stem = path.join(folder, `page-${Math.random().toString(36).slice(2)}`);
  execFileSync('pdftoppm', ['-png', '-r', String(dpi), put(body), stem]);
  return readdirSync(folder).filter((name) => name.startsWith(path.basename(stem))).sort()
    .map((name) => readFileSync(path.join(folder, name)));
}
