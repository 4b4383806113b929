// A run's report on paper: pages, their numbers, contents that agree with them, Chinese text, a note
// that is longer than a page, the seal.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { keep, run, scratch, secretFile, startGrafana } from '../support/harness.mjs';

const NOTE = Array.from({ length: 350 }, (_, i) => `第${i + 1}条：磁盘已满 disk full.`).join('\n');

let grafana;
let archive;
let head;

/** The command must succeed; its standard output. */
async function command(...args) {
  const { code, stdout, stderr } = await run(args);
  assert.equal(code, 0, stderr);
  return stdout.toString();
}

before(async () => {
  grafana = await startGrafana({ queryDelayMs: 10 });
  const folder = scratch();
  const plan = path.join(folder, 'daily.yaml');
  archive = path.join(folder, 'archive');
  writeFileSync(plan, `title: 每日巡检 Daily
grafana: {address: "${grafana.url}", tokenFile: ${secretFile(grafana.tokens.viewer)}}
timezone: Asia/Shanghai
ranges: [last 1h, yesterday]
dashboards: [{uid: zh}, {uid: rows, include: [{id: 1}]}]
`);
  await command('inspect', 'run', plan, '--archive', archive);
  await command('archive', 'verdict', '1', 'abnormal', '--severity', 'high', '--note', NOTE, '--archive', archive);
  const told = await command('archive', 'sign', 'latest', '--with-open', '--comment', '已巡检', '--archive', archive);
  [head] = /[0-9a-f]{64}/.exec(told);
});
after(() => grafana.close());

// WebKit writes some Chinese characters as the radicals that they look like.
const withoutBlanks = (text) => text.normalize('NFKC').replace(/\s+/g, '');

test('a PDF has numbered pages and contents that agree', async () => {
  const file = path.join(scratch(), 'round.pdf');
  await command('inspect', 'report', 'latest', '-o', file, '--language', 'zh-CN', '--archive', archive);
  keep('report.pdf', readFileSync(file));

  const text = execFileSync('pdftotext', ['-layout', '-enc', 'UTF-8', file, '-']).toString();
  const pages = text.split('\f').slice(0, -1);
  assert.ok(pages.length >= 8 && pages.length <= 20, `${pages.length} pages`);
  pages.forEach((page, i) => {
    assert.match(page, new RegExp(`${i + 1} / ${pages.length}\\s*$`), `page ${i + 1}`);
    assert.ok(withoutBlanks(page).length > 60, `page ${i + 1} is empty`);
  });
  assert.match(withoutBlanks(pages[0]), /巡检报告每日巡检Daily/);
  assert.ok(withoutBlanks(pages[0]).includes(head), 'the cover has the head of the chain');

  const contents = pages[1].split('\n').map((line) => /^\s*(\S.*?)\s+\d+(?: +\d+)?\s+(\d+)\s*$/.exec(line)).filter(Boolean);
  assert.deepEqual(contents.map(([, title]) => withoutBlanks(title)).slice(1), ['生产环境总览', 'Rowsandrepeats行与重复']);
  for (const [, title, number] of contents) {
    const page = withoutBlanks(pages[Number(number) - 1]);
    assert.ok(page.startsWith(withoutBlanks(title)) || page.includes(`${withoutBlanks(title)}版本`), `${title} is on page ${number}`);
  }
  const whole = pages.map((page) => withoutBlanks(page.replace(/\n.*\d+ \/ \d+\s*$/, ''))).join('');
  for (const i of [1, 175, 350]) assert.ok(whole.includes(withoutBlanks(`第${i}条：磁盘已满`)), `line ${i} of the note`);
});

test('a zip stands on its own', async () => {
  const folder = scratch();
  const file = path.join(folder, 'round.zip');
  await command('inspect', 'report', 'latest', '-o', file, '--archive', archive);
  execFileSync('python3', ['-m', 'zipfile', '-e', file, folder]);
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
  assert.match(readFileSync(path.join(folder, 'report.html'), 'utf8'), /src="pictures\/0001-/);
});
