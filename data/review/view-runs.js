// view-runs.js: all runs, newest first

import { get } from './api.js';
import { button, foreign, h, icon, select } from './dom.js';
import { formatCount } from './format.js';
import { runAddress } from './route.js';
import { complain } from './say.js';
import { confirmedBar, dueText, progressBar, startedBy, stateChip, stateOf, titleOf, when } from './runs.js';
import { language, t } from './text.js';

const LIMIT = 50;

function figure(n, kind) {
  return h('span', { class: n > 0 ? `figure ${kind}` : 'figure zero' }, formatCount(n, language()));
}

function cell(name, ...content) {
  return h('td', { role: 'cell', class: `at-${name}`, 'data-label': t(`runs.${name === 'cells' ? 'cells.head' : name}`) }, content);
}

function makeRow(run, progress) {
  const { counts } = run;
  return h(
    'tr',
    { role: 'row', class: `run state-${stateOf(run)}${run.overdue ? ' is-overdue' : ''}`, 'data-id': run.id },
    h(
      'th',
      { role: 'rowheader', scope: 'row', class: 'at-run' },
      h('a', { class: 'row-link', href: runAddress(run.id) }, foreign(titleOf(run), 'run-title')),
      h('span', { class: 'run-line' }, when(run.now, run.timezone), h('span', { class: 'quiet' }, foreign(run.name))),
    ),
    cell('state', stateChip(run), progress ? progressBar(run, progress) : null),
    cell('confirmed', confirmedBar(run)),
    cell('cells', figure(counts.cells, '')),
    cell('flags', figure(counts.flagged, 'warn')),
    cell('changed', figure(counts.changed, 'note')),
    cell('abnormal', figure(counts.abnormal, 'bad')),
    cell('failed', figure(counts.failed, 'bad')),
    cell('due', dueText(run), run.reviewers ? h('span', { class: 'quiet block' }, foreign(t('run.for', { names: run.reviewers }))) : null),
    cell('by', startedBy(run)),
  );
}

function summary(runs) {
  const open = runs.filter((run) => run.state === 'done');
  const overdue = runs.filter((run) => run.overdue).length;
  const running = runs.filter((run) => stateOf(run) === 'running').length;
  const cells = open.reduce((sum, { counts }) => sum + counts.cells - counts.confirmed, 0);
  return [
    h('span', {}, t('runs.open', { n: open.length })),
    h('span', {}, t('runs.cells', { n: cells })),
    overdue > 0 ? h('span', { class: 'overdue' }, icon('clock'), t('runs.overdue', { n: overdue })) : null,
    running > 0 ? h('span', {}, t('runs.running', { n: running })) : null,
  ].filter(Boolean);
}

class Runs {
  constructor(app, query) {
    this.app = app;
    this.plan = query.get('plan') ?? '';
    this.state = query.get('state') ?? '';
    this.runs = [];
    this.next = null;
    this.progress = new Map();
    this.keys = [
      { keys: ['j'], name: 'key.j', run: () => this.step(1) },
      { keys: ['k'], name: 'key.k', run: () => this.step(-1) },
    ];
  }

  async load(before = null) {
    const query = new URLSearchParams({ limit: LIMIT });
    for (const [name, value] of Object.entries({ plan: this.plan, state: this.state, before })) {
      if (value) query.set(name, value);
    }
    const { runs, next } = await get(`/runs?${query}`);
    this.runs = before ? [...this.runs, ...runs] : runs;
    this.next = next;
  }

  build(plans) {
    this.summary = h('p', { class: 'summary' });
    this.body = h('tbody', { role: 'rowgroup' });
    this.more = button(t('more'), { onclick: () => this.loadMore() });
    this.none = h('div', { class: 'empty small' }, h('h2', {}, t('runs.none')), h('p', {}, t('runs.none.text')));
    const head = (name, label) => h('th', { role: 'columnheader', scope: 'col', class: `at-${name}` }, t(label));
    this.table = h(
      'table',
      { role: 'table', class: 'runs', 'aria-label': t('runs.title') },
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          head('run', 'runs.run'),
          head('state', 'runs.state'),
          head('confirmed', 'runs.confirmed'),
          head('cells', 'runs.cells.head'),
          head('flags', 'runs.flags'),
          head('changed', 'runs.changed'),
          head('abnormal', 'runs.abnormal'),
          head('failed', 'runs.failed'),
          head('due', 'runs.due'),
          head('by', 'runs.by'),
        ),
      ),
      this.body,
    );
    const names = [...new Set([...plans, ...(this.plan ? [this.plan] : [])])];
    this.element = h(
      'div',
      { class: 'page' },
      h(
        'div',
        { class: 'page-head' },
        h('div', {}, h('h1', {}, t('runs.title')), this.summary),
        h(
          'div',
          { class: 'tools' },
          select([['', t('runs.allplans')], ...names.map((name) => [name, name])], this.plan, (plan) => this.filter({ plan }), {
            'aria-label': t('runs.plan'),
          }),
          select(
            [['', t('runs.allstates')], ...['running', 'done', 'signed'].map((name) => [name, t(`state.${name}`)])],
            this.state,
            (state) => this.filter({ state }),
            { 'aria-label': t('runs.state') },
          ),
        ),
      ),
      this.table,
      this.none,
      h('p', { class: 'centre' }, this.more),
    );
    this.draw();
  }

  draw() {
    const focused = document.activeElement?.closest?.('tr[data-id]')?.dataset.id;
    this.summary.replaceChildren(...summary(this.runs));
    this.body.replaceChildren(...this.runs.map((run) => makeRow(run, run.state === 'running' ? this.progress.get(run.id) : null)));
    this.table.hidden = this.runs.length === 0;
    this.none.hidden = this.runs.length > 0;
    this.more.hidden = this.next === null;
    if (focused) this.body.querySelector(`tr[data-id="${focused}"] .row-link`)?.focus({ preventScroll: true });
  }

  filter(change) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ plan: this.plan, state: this.state, ...change })) {
      if (value) query.set(name, value);
    }
    this.app.go(`/review/${String(query) ? `?${query}` : ''}`, { replace: true });
  }

  async loadMore() {
    try {
      const first = this.runs.length;
      await this.load(this.next);
      this.draw();
      this.body.children[first]?.querySelector('.row-link').focus();
    } catch (error) {
      complain(error);
    }
  }

  step(by) {
    const links = [...this.body.querySelectorAll('.row-link')];
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
  }

  onEvent(event) {
    if (event.kind === 'progress') {
      const isNew = !this.progress.has(event.run);
      this.progress.set(event.run, event);
      const run = this.runs.find(({ id }) => id === event.run);
      const bar = this.body.querySelector(`tr[data-id="${event.run}"] .progress`);
      if (run && bar) bar.replaceWith(progressBar(run, event));
      else if (isNew) this.reloadSoon();
    } else if (event.kind !== 'plans') {
      this.reloadSoon();
    }
  }

  reloadSoon() {
    // A run under way tells of every cell; once a second is enough for the eye.
    this.timer ??= window.setTimeout(async () => {
      this.timer = null;
      try {
        const shown = this.runs.length;
        await this.load();
        while (this.next && this.runs.length < shown) await this.load(this.next);
        this.draw();
      } catch (error) {
        complain(error);
      }
    }, 1000);
  }

  dispose() {
    window.clearTimeout(this.timer);
  }
}

export async function open(app, route) {
  const view = new Runs(app, route.query);
  const [, plans] = await Promise.all([
    view.load(),
    get('/plans').then(
      (answer) => answer.plans.map(({ name }) => name),
      () => [],
    ),
  ]);
  view.build([...new Set([...plans, ...view.runs.map(({ plan }) => plan)])].sort());
  view.title = t('runs.title');
  return view;
}
