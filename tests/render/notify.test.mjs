// What a plan's receivers are told when a run from the command line is done.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { run, scratch, secretFile, startGrafana } from '../support/harness.mjs';

let grafana;
let robot;
const calls = [];

before(async () => {
  grafana = await startGrafana({ queryDelayMs: 20 });
  robot = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    calls.push(JSON.parse(body));
    // The first attempt finds it busy.
    response.writeHead(calls.length === 1 ? 503 : 200).end();
  }).listen(0, '127.0.0.1');
  await once(robot, 'listening');
});
after(async () => {
  robot.close();
  await grafana.close();
});

test('a run that is done, and one that is a part of it', async () => {
  const folder = scratch();
  const plan = path.join(folder, 'daily.yaml');
  writeFileSync(plan, `title: Daily 每日
grafana: {address: "${grafana.url}", tokenFile: ${secretFile(grafana.tokens.viewer)}}
timezone: Asia/Shanghai
ranges: [last 1h]
dashboards: [{uid: zh, include: [{id: 2}]}]
notify:
  - {kind: webhook, url: "http://127.0.0.1:${robot.address().port}/hook", language: zh-CN}
  - {kind: slack, urlFile: ${path.join(folder, 'none.url')}}
`);
  const inspect = (...more) => run(['inspect', 'run', plan, '--archive', path.join(folder, 'archive'), ...more],
    { env: { PANELSHOT_REVIEW_URL: 'https://shots.example.com' } });

  const result = await inspect();
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /could not notify event=done plan=daily receiver="slack, line 8" attempts=1 why="[^"]*none\.url/);
  assert.equal(calls.length, 2);
  const { version, event, text, link, plan: about, run: told, cell } = calls[1];
  assert.deepEqual([version, event, about, cell], [1, 'done', { name: 'daily', title: 'Daily 每日' }, null]);
  assert.equal(link, `https://shots.example.com/review/runs/${told.id}`);
  assert.deepEqual([told.state, told.counts.cells, told.counts.failed], ['done', 1, 0]);
  assert.match(text, /^巡检完成：Daily 每日\n巡检：daily-\d+-\d+\n截图：1 \/ 1$/m);
  assert.deepEqual({ ...calls[0], sent: 0 }, { ...calls[1], sent: 0 });

  assert.equal((await inspect('--only', 'dashboard=zh')).code, 0);
  assert.equal((await inspect('--no-notify')).code, 0);
  assert.equal(calls.length, 2, 'nobody is told');
});
