// The review page in a real browser, against the real server: everything that people do on it, by
// keyboard and by mouse, alone and two at a time.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { eventually, keep, run, scratch, secretFile, startServer } from '../support/harness.mjs';
import { PASSWORD, People, findBarriers, launch, makeArchive, overflowOf, settled, walk } from '../review/browser.mjs';

const LARGE = 2000;
const CARD = '[role=gridcell]';

let server;
let plans;
let people;
let browser;
let ids;
let large;

before(async () => {
  const folders = [scratch(), scratch()];
  plans = scratch();
  [server, browser] = await Promise.all([
    startServer(['--archive', folders[0], '--plans', plans, '--demo', '--engine.idle-timeout', '1h']), launch(),
  ]);
  // Filled while it is served, so that the plans of its runs can name the server's own demo.
  ids = await makeArchive(folders[0], 72, `${server.url}/demo`);
  large = makeArchive(folders[1], LARGE).then((made) => ({ ...made, folder: folders[1] }));
  writePlan('daily', 'Daily inspection');
  people = new People(browser, server.url);
});

function writePlan(name, title) {
  writeFileSync(path.join(plans, `${name}.yaml`), [
    `grafana: { address: '${server.url}/demo' }`, `title: ${title}`, 'ranges: [last 1h]', 'size: 400x200',
    'dashboards:', '  - uid: demo', '    include: [{ kind: stat }]', '',
  ].join('\n'));
}

after(async () => {
  await browser?.close();
  await server?.stop();
});

const atRun = (query = '') => `/review/runs/${ids.run}${query}`;
const atCell = (n) => `/review/cells/${ids.cell + n}`;
const shot = async (page, name) => keep(`review/${name}.png`, await page.screenshot());
const said = (page, text) => page.waitForFunction((wanted) => document.querySelector('[data-part=said]').textContent.includes(wanted), text);
const focusedId = (page) => page.evaluate(() => Number(document.activeElement?.dataset.id ?? 0));
const cellOf = async (page, id) => (await page.request.get(`${server.url}/api/v1/cells/${id}`)).json();
const found = (page, text) => page.locator('.found').getByText(text, { exact: true }).waitFor();
const badge = (page, text) => page.locator('.verdict-now .badge', { hasText: text }).waitFor();

describe('signing in', () => {
  test('a wrong password is told, the right one leads to where one wanted to go', async () => {
    const page = await people.open('', { at: atRun('?filter=flagged') });
    assert.match(page.url(), /\/review\/login\?next=/);
    await shot(page, 'sign-in');
    assert.equal(await page.evaluate(() => document.activeElement.name), 'username', 'the first field has the focus');
    await page.keyboard.type('rita');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await page.getByText('Name or password is wrong.').waitFor();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator(CARD).first().waitFor();
    assert.ok(page.url().endsWith(atRun('?filter=flagged')), page.url());
    await page.locator('.menu summary').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('[name=password]').waitFor();
    assert.equal((await page.request.get(`${server.url}/api/v1/runs`)).status(), 401);
    await page.context().close();
  });

  test('language and theme: of the browser at first, then as chosen, also after a reload', async () => {
    const page = await people.open('rita', { language: 'zh-CN', theme: 'dark' });
    assert.equal(await page.locator('h1').textContent(), '巡检记录');
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await background();
    await page.locator('[data-part=language]').click();
    await page.locator('h1', { hasText: 'Runs' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.part), 'language', 'the focus stays');
    await page.locator('[data-part=theme]').click();
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    await settled(page);
    assert.equal(await page.locator('h1').textContent(), 'Runs');
    assert.equal(await background(), light);
    await page.context().close();
  });

  test('a session that ends: the verdict waits for the password, a reload comes back', async () => {
    const page = await people.open('rita', { at: atCell(60) });
    await page.locator('[data-part=note]').fill('half a thou');
    await page.context().clearCookies();
    await page.locator('.verdict-button.verdict-ok').click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('Your session is over').waitFor();
    await dialog.locator('[name=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await said(page, 'OK');
    assert.deepEqual([(await cellOf(page, ids.cell + 60)).verdict].map(({ kind, note, by }) => [kind, note, by]), [['ok', 'half a thou', 'rita']]);
    await page.context().clearCookies();
    await page.reload();
    await page.locator('[name=username]').fill('rita');
    await page.locator('[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.verdict-bar').waitFor();
    assert.ok(page.url().endsWith(atCell(60)));
    await page.context().close();
  });
});

describe('runs', () => {
  test('all runs, and by keyboard into one', async () => {
    const page = await people.open('rita');
    const text = await page.locator('table.runs').innerText();
    for (const wanted of ['To review', 'Signed off', 'Interrupted', 'Overdue since', 'Capacity', 'for rita, bo']) assert.match(text, new RegExp(wanted));
    await page.getByText('1 overdue').waitFor();
    await shot(page, 'runs');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator(CARD).first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('table.runs').waitFor();
    await page.getByLabel('State').selectOption('signed');
    await page.waitForFunction(() => document.querySelectorAll('table.runs tbody tr').length === 2);
    await page.context().close();
  });
});

describe('the grid of a run', () => {
  test('by keyboard: move, judge, note, undo, search, help', async () => {
    const page = await people.open('rita', { at: atRun() });
    await shot(page, 'run');
    await page.keyboard.press('j');
    const first = await focusedId(page);
    assert.ok(first > 0);
    await page.keyboard.press('ArrowRight');
    const second = await focusedId(page);
    assert.notEqual(second, first);
    await page.keyboard.press('k');
    assert.equal(await focusedId(page), first);
    await page.keyboard.press('o');
    await said(page, 'OK');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await said(page, 'Abnormal (Medium)');
    await page.keyboard.press('n');
    await page.locator('dialog textarea').fill('الخادم <b>web-1</b> 很慢');
    await page.keyboard.press('Control+Enter');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.locator(`[data-id="${second}"] .has-note`).waitFor();
    await page.keyboard.press('ArrowDown');
    const third = await focusedId(page);
    await page.keyboard.press('i');
    await said(page, 'Ignored');
    await page.keyboard.press('u');
    await said(page, 'Undone');
    assert.equal(await focusedId(page), third);
    const verdicts = await Promise.all([first, second, third].map(async (id) => (await cellOf(page, id)).verdict));
    assert.deepEqual(verdicts.map(({ kind }) => kind), ['ok', 'abnormal', 'none']);
    assert.equal(verdicts[1].note, 'الخادم <b>web-1</b> 很慢');
    assert.equal(verdicts[2].revision, 2, 'undoing is a change of its own');
    await page.keyboard.press('/');
    await page.keyboard.type('web-1');
    await found(page, '1 cell');
    await page.keyboard.press('Escape');
    await found(page, '72 cells');
    await page.locator('h1').focus();
    await page.keyboard.press('?');
    await page.locator('dialog dt').first().waitFor();
    await shot(page, 'help');
    await page.getByLabel('Shortcuts of one letter').uncheck();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    assert.equal(await page.locator('dialog').count(), 0, 'letters are off');
    await page.context().close();
  });

  test('by mouse: filter, order, quick verdict, into a cell and back to its card', async () => {
    const page = await people.open('bo', { at: atRun() });
    await page.locator('[data-filter=flagged]').click();
    await page.waitForURL(/filter=flagged/);
    const flagged = Number(await page.locator('[data-filter=flagged] .n').textContent());
    await found(page, `${flagged} cells`);
    await page.locator('[data-filter=flagged]').click();
    await page.getByRole('button', { name: 'Plan order' }).click();
    await page.locator('.dashboard-head').first().waitFor();
    await shot(page, 'run-in-plan-order');
    await page.getByLabel('Dashboard').selectOption('gateway');
    await found(page, '36 cells');
    await page.getByLabel('Range').selectOption('last 24h');
    await found(page, '12 cells');
    await page.getByRole('button', { name: 'Large' }).click();
    const card = page.locator(CARD).nth(3);
    const id = Number(await card.getAttribute('data-id'));
    await card.hover();
    await card.locator('[data-verdict=ignored]').click();
    await page.locator(`[data-id="${id}"].verdict-ignored`).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator(`[data-id="${id}"].verdict-none`).waitFor();
    await card.locator('.card-picture').click();
    await page.getByText('4 of 12').waitFor();
    await page.locator('[data-part=next]').click();
    await page.getByText('5 of 12').waitFor();
    await page.goBack();
    await page.locator(CARD).first().waitFor();
    assert.equal(await focusedId(page), Number(await page.locator(CARD).nth(4).getAttribute('data-id')), 'where one was last');
    await page.context().close();
  });

  test('a bulk verdict wants its number, and refuses another one', async () => {
    const page = await people.open('bo', { at: atRun('?filter=unconfirmed&range=last+7d') });
    const before = Number(/\d+/.exec(await page.locator('.bulk .label').textContent())[0]);
    await page.locator('.bulk').click();
    const dialog = page.locator('dialog[open]');
    await shot(page, 'bulk');
    const count = dialog.locator('[data-part=count]');
    await count.fill(String(before + 1));
    await page.keyboard.press('Enter');
    await dialog.locator('.trouble', { hasText: String(before) }).waitFor();
    const other = await people.open('rita', { at: atRun('?filter=unconfirmed&range=last+7d') });
    await other.keyboard.press('j');
    await other.keyboard.press('o');
    await said(other, 'OK');
    await count.fill(String(before));
    await page.keyboard.press('Enter');
    await dialog.locator('.trouble', { hasText: `${before - 1} cells by now` }).waitFor();
    await count.fill(String(before - 1));
    await page.keyboard.press('Enter');
    await said(page, `${before - 1} cells changed`);
    await other.waitForFunction(() => document.querySelector('[data-filter=unconfirmed] .n').textContent !== '');
    const { counts } = await (await page.request.get(`${server.url}/api/v1/runs/${ids.run}`)).json();
    assert.ok(counts.ok >= before);
    await page.locator('.stale, .empty').first().waitFor();
    await Promise.all([page.context().close(), other.context().close()]);
  });
});

describe('a cell', () => {
  test('by keyboard: compare, zoom, judge, severity, note, undo, walk', async () => {
    const page = await people.open('rita', { at: atCell(15) });
    await shot(page, 'cell');
    const percent = () => page.locator('.percent').textContent();
    const fitted = await percent();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    assert.notEqual(await percent(), fitted);
    await page.keyboard.press('0');
    assert.equal(await percent(), fitted);
    for (const mode of ['side', 'slider', 'blink', 'difference']) {
      await page.keyboard.press('c');
      await page.locator(`.stage[data-mode=${mode}]`).waitFor();
      await page.waitForFunction(() => [...document.querySelectorAll('.layer')].every((one) => one.complete && one.naturalWidth === 1000));
      await shot(page, `cell-${mode}`);
    }
    await page.keyboard.press('b');
    await page.locator('.stage [data-name=week][aria-pressed=true]').waitFor();
    await page.keyboard.press('x');
    await badge(page, 'Abnormal (Medium)');
    await page.keyboard.press('4');
    await badge(page, 'Abnormal (Critical)');
    await page.keyboard.press('n');
    await page.keyboard.type('disk of web-1 is full');
    await page.keyboard.press('Control+Enter');
    await page.locator('.note-line .button:disabled').waitFor();
    await page.keyboard.press('Escape');
    assert.equal((await cellOf(page, ids.cell + 15)).verdict.note, 'disk of web-1 is full');
    await page.keyboard.press('u');
    await said(page, 'Undone');
    assert.equal((await cellOf(page, ids.cell + 15)).verdict.note, '');
    await page.keyboard.press('j');
    await page.waitForFunction((here) => !window.location.pathname.endsWith(here), String(ids.cell + 15));
    await page.keyboard.press('k');
    await page.waitForURL(`**${atCell(15)}`);
    await page.keyboard.press('h');
    await page.waitForURL(/\/review\/history\//);
    await page.keyboard.press('Escape');
    await page.waitForURL(`**${atCell(15)}`);
    await page.keyboard.press('Escape');
    await page.locator(CARD).first().waitFor();
    assert.equal(await focusedId(page), ids.cell + 15);
    await page.context().close();
  });

  test('by mouse: verdict, take back, zoom, slider, data, every change and all provenance', async () => {
    const page = await people.open('bo', { at: atCell(24), acceptDownloads: true });
    await page.locator('.verdict-button.verdict-abnormal').click();
    await badge(page, 'Abnormal');
    await page.getByRole('button', { name: 'High' }).click();
    await badge(page, 'Abnormal (High)');
    await page.locator('[data-part=note]').fill('seen by mouse');
    await page.getByRole('button', { name: 'Save note' }).click();
    await page.locator('.note-line .button:disabled').waitFor();
    await page.getByText('Every change').click();
    await page.locator('.verdict-history li').nth(2).waitFor();
    const history = await page.locator('.verdict-history').innerText();
    for (const wanted of ['bo', 'from 127.0.0.1', 'seen by mouse', 'Abnormal (High)']) assert.ok(history.includes(wanted), wanted);
    await page.getByRole('button', { name: 'Take back' }).click();
    await badge(page, 'Unconfirmed');
    await page.locator('.verdict-foot').getByRole('button', { name: 'Undo' }).click();
    await badge(page, 'Abnormal (High)');
    assert.equal((await cellOf(page, ids.cell + 24)).verdict.revision, 5);

    const box = await page.locator('.frame').boundingBox();
    await page.mouse.move(box.x + 300, box.y + 200);
    await page.mouse.wheel(0, -400);
    await page.locator('.frames.zoomed').waitFor();
    const moved = () => page.locator('.layers').evaluate((one) => one.style.transform);
    const beforeDrag = await moved();
    await page.mouse.down();
    await page.mouse.move(box.x + 240, box.y + 170, { steps: 3 });
    await page.mouse.up();
    assert.notEqual(await moved(), beforeDrag);
    await page.locator('[data-part=fit]').click();
    await page.locator('.frames:not(.zoomed)').waitFor();
    await page.locator('[data-part=actual]').click();
    assert.equal(await page.locator('.percent').textContent(), '100 %');
    await page.locator('.stage [data-name=slider]').click();
    const handle = await page.locator('.split-handle').boundingBox();
    await page.mouse.move(handle.x + 14, handle.y + 14);
    await page.mouse.down();
    await page.mouse.move(handle.x + 214, handle.y + 14, { steps: 3 });
    await page.mouse.up();
    assert.ok(Number(await page.locator('[data-part=split]').inputValue()) > 55);

    await page.locator('details.data summary').click();
    await page.getByText('the first 100 of 150 rows').waitFor();
    assert.equal(await page.locator('.table-box b').count(), 0, 'data are text');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download CSV' }).click();
    const download = await downloading;
    assert.match(readFileSync(await download.path(), 'utf8'), /^# frame A\r\ntime,series,value/);
    await shot(page, 'cell-data');
    const cell = await cellOf(page, ids.cell + 24);
    const provenance = await page.locator('.provenance').innerText();
    const told = [cell.picture, cell.data, cell.panelJson, cell.renderer, 'version 12', 'Asia/Shanghai', '3.4 s', '900 ms'];
    for (const wanted of told) assert.ok(provenance.includes(wanted), wanted);
    assert.equal(await page.getByRole('link', { name: 'Open live in Grafana' }).getAttribute('href'), cell.live);
    assert.equal(await page.locator('.strip-card').count(), 3, 'its ranges side by side');
    await page.context().close();
  });

  test('history: a strip over all runs', async () => {
    const page = await people.open('vic', { at: `/review/history/${ids.cell}` });
    assert.equal(await page.locator('.history-item').count(), 5);
    assert.equal(await page.locator('.strip-mark').count(), 5);
    await shot(page, 'history');
    await page.locator('.history-link').nth(4).click();
    await page.getByText('This run is signed off').waitFor();
    assert.equal(await page.locator('.verdict-button').count(), 0);
    await page.context().close();
  });

  test('a viewer looks on', async () => {
    const page = await people.open('vic', { at: atCell(3) });
    assert.equal(await page.locator('.verdict-button').count(), 0);
    await page.keyboard.press('o');
    await said(page, 'Viewers look on');
    assert.equal((await cellOf(page, ids.cell + 3)).verdict.revision, 0);
    await page.context().close();
  });

  test('capture at another range: what is wrong is said; what is right is on its way', async () => {
    const page = await people.open('rita', { at: atCell(0) });
    await page.keyboard.press('r');
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('From', { exact: true }).fill('2026-11-25T10:00');
    await dialog.getByLabel('To', { exact: true }).fill('2026-11-25T09:00');
    await dialog.getByRole('button', { name: 'Capture' }).click();
    await dialog.getByText('The range ends before it begins.').waitFor();
    await shot(page, 'capture-again');
    await dialog.getByRole('button', { name: '12h' }).click();
    await dialog.getByLabel('Label').fill('<b>one more</b>');
    const answering = page.waitForResponse((one) => one.url().endsWith(`/runs/${ids.run}/cells`));
    await dialog.getByRole('button', { name: 'Capture' }).click();
    const answer = await answering;
    assert.equal(answer.status(), 202, await answer.text());
    await page.locator('.strip-card', { hasText: '<b>one more</b>' }).waitFor();
    await page.locator('.strip-card', { hasText: '<b>one more</b>' }).click();
    await page.getByText('Added by rita').waitFor();
    // The real engine captures it, and the page shows it when it is there.
    await page.locator('.frame .layer').waitFor({ timeout: 20_000 });
    await shot(page, 'captured-again');
    await people.visit(page, atRun('?filter=failed'));
    await page.getByRole('button', { name: /Capture \d+ failed cells again/ }).click();
    await said(page, 'Failed cells are captured again');
    await page.locator('.run-head .state-done').waitFor({ timeout: 20_000 });
    await page.context().close();
  });
});

describe('two reviewers', () => {
  test('each sees the other at once; a conflict shows both and overwrites nothing', async () => {
    const [one, two] = await Promise.all([people.open('rita', { at: atCell(30) }), people.open('bo', { at: atCell(30) })]);
    await one.keyboard.press('o');
    await two.getByText(/rita: .* is OK/).first().waitFor();
    await badge(two, 'OK');
    // What another saves while a verdict is on its way.
    let release;
    await two.route(`**/api/v1/cells/${ids.cell + 30}/verdict`, async (route) => {
      await new Promise((resolve) => { release = resolve; });
      await route.continue();
    }, { times: 1 });
    await two.keyboard.press('x');
    await badge(two, 'Abnormal');
    await one.keyboard.press('i');
    await said(one, 'Ignored');
    release();
    const dialog = two.locator('dialog.conflict');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /Theirs[\s\S]*Ignored[\s\S]*rita[\s\S]*Yours[\s\S]*Abnormal[\s\S]*bo/);
    await shot(two, 'conflict');
    await dialog.getByRole('button', { name: 'Keep theirs' }).click();
    await badge(two, 'Ignored');
    assert.equal((await cellOf(two, ids.cell + 30)).verdict.by, 'rita');

    await two.route(`**/api/v1/cells/${ids.cell + 30}/verdict`, async (route) => {
      await new Promise((resolve) => { release = resolve; });
      await route.continue();
    }, { times: 1 });
    await two.keyboard.press('x');
    await badge(two, 'Abnormal');
    await one.keyboard.press('o');
    await said(one, 'OK');
    release();
    await dialog.getByRole('button', { name: 'Replace with mine' }).click();
    await badge(two, 'Abnormal');
    await badge(one, 'Abnormal');
    await Promise.all([one.context().close(), two.context().close()]);
  });

  test('the grid follows too', async () => {
    const [one, two] = await Promise.all([people.open('rita', { at: atCell(4) }), people.open('bo', { at: atRun('?order=plan') })]);
    await one.keyboard.press('i');
    await two.locator(`[data-id="${ids.cell + 4}"].verdict-ignored`).waitFor();
    await said(two, 'rita:');
    await Promise.all([one.context().close(), two.context().close()]);
  });

  test('a draft survives a reload, and is nobody else’s', async () => {
    const page = await people.open('rita', { at: atCell(36) });
    await page.keyboard.press('n');
    await page.keyboard.type('not finished');
    await page.reload();
    await settled(page);
    assert.equal(await page.locator('[data-part=note]').inputValue(), 'not finished');
    await page.getByText('Draft, not saved yet').first().waitFor();
    assert.equal((await cellOf(page, ids.cell + 36)).verdict.note, '');
    await people.signIn(page.context(), 'bo');
    await people.visit(page, atCell(36));
    assert.equal(await page.locator('[data-part=note]').inputValue(), '');
    await people.signIn(page.context(), 'rita');
    await people.visit(page, atRun('?text=Requests+12'));
    await page.locator(`[data-id="${ids.cell + 36}"] .draft-dot`).waitFor();
    await page.context().close();
  });
});

describe('people, plans, reports', () => {
  test('an administrator adds somebody, who may then sign in; tokens are shown once', async () => {
    const page = await people.open('ada', { at: '/review/people' });
    await page.getByRole('button', { name: 'Add a person…' }).click();
    await page.locator('dialog').getByLabel('Name').fill('<i>new</i>');
    await page.locator('dialog').getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    const row = page.locator('tr', { hasText: '<i>new</i>' });
    await row.waitFor();
    await row.getByRole('combobox').selectOption('viewer');
    await said(page, 'Saved');
    await row.getByRole('button', { name: 'Disable' }).click();
    await row.getByRole('button', { name: 'Enable' }).waitFor();
    await page.getByRole('button', { name: 'New token…' }).click();
    await page.locator('dialog').getByLabel('What it is for').fill('cron');
    await page.keyboard.press('Enter');
    const token = await page.locator('dialog [data-part=secret]').textContent();
    assert.match(token, /^pst_/);
    assert.equal((await fetch(`${server.url}/api/v1/runs`, { headers: { Authorization: `Bearer ${token}` } })).status, 200);
    await page.locator('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.locator('[data-token]').waitFor();
    await shot(page, 'people');
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No tokens.').waitFor();
    assert.equal((await fetch(`${server.url}/api/v1/runs`, { headers: { Authorization: `Bearer ${token}` } })).status, 401);
    await page.context().close();
  });

  test('a password is changed by whoever it belongs to', async () => {
    const page = await people.open('ada', { at: '/review/plans' });
    people.cookies.delete('ada');
    await page.locator('[data-plan=daily]').waitFor();
    await page.locator('.menu summary').click();
    await page.getByRole('button', { name: 'Change password…' }).click();
    await page.locator('dialog').getByLabel('Present password').fill('wrong wrong wrong');
    await page.locator('dialog').getByLabel('New password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('dialog .trouble:not(:empty)').waitFor();
    await page.locator('dialog').getByLabel('Present password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await said(page, 'Password changed');
    await page.context().close();
  });

  test('a plan is started by hand, and its run is watched to its end', async () => {
    const page = await people.open('ada', { at: '/review/plans' });
    writePlan('demo', 'Demo round');
    writeFileSync(path.join(plans, 'broken.yaml'), 'dashbords: []\n');
    const plan = page.locator('[data-plan=demo]');
    await plan.waitFor();
    await page.locator('[data-plan=broken]').getByText('This plan has an error').waitFor();
    await shot(page, 'plans');
    await plan.getByRole('button', { name: 'Run now' }).click();
    await said(page, 'has begun');
    await people.visit(page, '/review/');
    const row = page.locator('table.runs tr', { hasText: 'Demo round' });
    await row.locator('.row-link').click();
    await page.locator(CARD).first().waitFor();
    await shot(page, 'run-under-way');
    await page.locator('.run-head .state-done').waitFor({ timeout: 20_000 });
    await page.locator(`${CARD}.state-captured img`).first().waitFor();
    await shot(page, 'run-captured');
    await page.context().close();
  });

  test('a report is downloaded in the language that was chosen', async () => {
    const page = await people.open('rita', { at: atRun(), acceptDownloads: true });
    await page.getByRole('button', { name: 'Report' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Markdown' }).click();
    await page.locator('dialog').getByRole('button', { name: '简体中文' }).click();
    const downloading = page.waitForEvent('download');
    await page.locator('dialog').getByRole('button', { name: 'Download' }).click();
    const download = await downloading;
    assert.match(download.suggestedFilename(), /\.md$/);
    assert.match(readFileSync(await download.path(), 'utf8'), /每日巡检[\s\S]*异常/);
    await page.context().close();
  });
});

describe('for everybody', () => {
  const views = () => [
    ['runs', '/review/'], ['run', atRun()], ['run-plan', atRun('?order=plan&filter=unconfirmed')], ['cell', atCell(1)], ['cell-failed', atCell(38)],
    ['history', `/review/history/${ids.cell}`], ['plans', '/review/plans'], ['people', '/review/people'], ['missing', '/review/nowhere'],
    ['signed', `/review/runs/${ids.signed}`],
  ];

  for (const [theme, language] of [['light', 'en-GB'], ['dark', 'zh-CN']]) {
    test(`nothing serious for axe: ${theme}, ${language}`, async () => {
      const page = await people.open('', { theme, language });
      const barriers = [...await findBarriers(page)].map((one) => `login: ${one}`);
      await people.signIn(page.context(), 'ada');
      await people.visit(page, '/review/');
      for (const [name, at] of views()) {
        await walk(page, at);
        barriers.push(...(await findBarriers(page)).map((one) => `${name}: ${one}`));
        if (theme === 'dark' || !['runs', 'run', 'cell', 'history', 'people', 'plans'].includes(name)) await shot(page, `${theme}-${name}`);
        if (name !== 'run' && name !== 'cell') continue;
        await page.keyboard.press(name === 'run' ? '?' : 'r');
        await page.locator('dialog[open]').waitFor();
        barriers.push(...(await findBarriers(page)).map((one) => `${name} dialog: ${one}`));
        await page.keyboard.press('Escape');
      }
      assert.deepEqual(barriers, []);
      await page.context().close();
    });
  }

  test('on a phone nothing is wider than the window, and a thumb is enough', async () => {
    const page = await people.open('ada', { isPhone: true });
    for (const [name, at] of views()) {
      await walk(page, at);
      assert.ok(await overflowOf(page) <= 0, `${name} is ${await overflowOf(page)} pixels too wide`);
      if (['runs', 'run', 'cell'].includes(name)) await shot(page, `phone-${name}`);
    }
    await people.visit(page, atRun('?order=plan'));
    await page.locator(`[data-id="${ids.cell + 2}"] .card-picture`).tap();
    await page.locator('.verdict-button.verdict-ok').tap();
    await badge(page, 'OK');
    await page.context().close();
  });

  test('titles of strangers are text, cut where there is no room, and turn nothing around', async () => {
    const page = await people.open('rita', { at: atCell(4) });
    assert.match(await page.locator('h1').textContent(), /^<img src=x onerror=alert\(1\)> \.\.\/\.\.\//);
    assert.ok((await page.locator('h1').boundingBox()).height < 70);
    assert.ok((await page.title()).length < 140);
    assert.equal(await page.locator('main img[src="x"], main script, main b').count(), 0);
    await page.context().close();
  });
});

describe('a large run', () => {
  test(`${LARGE} cells are usable at once, and no more of them are drawn than are seen`, async () => {
    const { folder, run: id } = await large;
    const other = await startServer(['--archive', folder, '--engine.idle-timeout', '1h']);
    const crowd = new People(browser, other.url);
    const page = await crowd.open('rita');
    const started = Date.now();
    await page.goto(`${other.url}/review/runs/${id}`);
    await page.locator(CARD).first().waitFor();
    const took = Date.now() - started;
    assert.ok(took < 2500, `${took} ms`);
    await found(page, `${LARGE.toLocaleString('en')} cells`);
    await page.keyboard.press('j');
    await page.keyboard.press('End');
    const last = await page.evaluate(() => document.activeElement.getBoundingClientRect().bottom <= window.innerHeight && Number(document.activeElement.dataset.id));
    assert.ok(last, 'the last card is in sight');
    assert.ok(await page.locator(CARD).count() < 200);
    await page.context().close();
    assert.deepEqual(crowd.complaints, []);
    await other.stop();
  });
});

describe('the first start', () => {
  test('the one-time link makes the first administrator', async () => {
    const other = await startServer(['--archive', scratch(), '--engine.idle-timeout', '1h']);
    const link = await eventually(() => /http:\S+\/review\/setup#secret=\S+/.exec(other.log())?.[0]);
    assert.ok(link, other.log());
    const crowd = new People(browser, other.url);
    const page = await crowd.open('', { at: '/review/' });
    await page.getByText('Nobody can sign in yet').waitFor();
    await page.goto('about:blank');
    await page.goto(link.replace(/^http:\/\/[^/]+/, other.url));
    await settled(page);
    assert.doesNotMatch(page.url(), /secret/, 'the secret is out of the address');
    await page.getByLabel('Name').fill('first');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password, once more').fill('something else');
    await page.keyboard.press('Enter');
    await page.getByText('The two passwords differ.').waitFor();
    await page.getByLabel('Password, once more').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('No runs yet').waitFor();
    await page.getByRole('link', { name: 'People' }).waitFor();
    await page.context().close();
    await other.stop();
  });
});

describe('sign-off', () => {
  test('counts, open cells, a comment, the head; then nothing changes any more, for anybody', async () => {
    const [page, other] = await Promise.all([people.open('rita', { at: atRun() }), people.open('bo', { at: atCell(40) })]);
    await page.getByRole('button', { name: 'Sign off…' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText(/cells have no verdict/).waitFor();
    await shot(page, 'sign-off');
    await dialog.getByLabel('Comment').fill('Disk of web-1 is being replaced. <b>OPS-7</b>');
    await dialog.getByLabel(/I have looked at this run/).check();
    await dialog.getByRole('button', { name: 'Sign off' }).click();
    assert.equal(await dialog.count(), 1, 'open cells want a word of their own');
    await dialog.getByLabel(/Sign off all the same/).check();
    await dialog.getByRole('button', { name: 'Sign off' }).click();
    await page.locator('dialog.head').waitFor();
    const head = await page.locator('dialog.head [data-part=secret]').textContent();
    assert.match(head, /^[0-9a-f]{64}$/);
    await shot(page, 'signed-off');
    await page.locator('dialog.head').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('<b>OPS-7</b>').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Sign off…' }).count(), 0);
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await said(page, 'cannot be changed any more');
    await other.getByText('This run is signed off').waitFor();
    assert.equal(await other.locator('.verdict-button').count(), 0);
    await Promise.all([page.context().close(), other.context().close()]);
  });
});

test('the page drawn by our own engine', async () => {
  const ask = (what, body, headers = {}) => fetch(`${server.url}/api/v1/${what}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body),
  });
  const session = await ask('session', { name: 'ada', password: PASSWORD });
  const Cookie = session.headers.get('set-cookie').split(';')[0];
  const made = await ask('tokens', { name: 'engine', role: 'viewer' }, { Cookie, 'X-Panelshot-CSRF': (await session.json()).csrf });
  const { token } = await made.json();
  const file = secretFile(token);
  const draw = async (name, at, args) => {
    const { code, stdout, stderr } = await run(['render', server.url + at, '-o', '-', '--width', '1280', '--height', '800', ...args]);
    assert.equal(code, 0, stderr);
    keep(`review/engine-${name}.png`, stdout);
    return stdout;
  };
  const [runs, cards] = await Promise.all([
    draw('runs', '/review/', ['--token-file', file, '--theme', 'dark', '--wait-for', 'table.runs']),
    draw('run', atRun(), ['--token-file', file, '--wait-for', '.card img']),
  ]);
  assert.ok(runs.length > 20_000 && cards.length > 40_000, 'there is something on them');
});

test('no page complained: no error, no refused script or style, no dialog of a title', () => {
  assert.deepEqual(people.complaints, []);
});
