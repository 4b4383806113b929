// view-history.js: one panel over all runs: pictures and verdicts, newest first

import { get } from './api.js';
import { chips, isChanged, picture } from './card.js';
import { loadCell } from './cells.js';
import { button, foreign, h, icon } from './dom.js';
import { formatMoment, formatVariables, shorten } from './format.js';
import { cellAddress, runAddress } from './route.js';
import { crumbs, when } from './runs.js';
import { complain } from './say.js';
import { language, t } from './text.js';
import { GLYPHS, badge, describeVerdict } from './verdict.js';

const LIMIT = 60;

class History {
  constructor(app, cell, run) {
    Object.assign(this, { app, cell, run, cells: [], runs: {}, hasMore: true });
    this.keys = [
      { keys: ['j', 'ArrowRight'], name: 'key.j', run: () => this.step(1) },
      { keys: ['k', 'ArrowLeft'], name: 'key.k', run: () => this.step(-1) },
      { keys: ['Escape'], name: 'key.Escape', run: () => this.app.go(cellAddress(this.cell.id)) },
    ];
  }

  async load() {
    const query = new URLSearchParams({ cell: this.cell.id, limit: LIMIT });
    if (this.cells.length > 0) query.set('before', this.cells.at(-1).id);
    const { cells, runs } = await get(`/history?${query}`);
    this.cells.push(...cells);
    Object.assign(this.runs, runs);
    this.hasMore = cells.length === LIMIT;
  }

  build() {
    const { cell } = this;
    this.strip = h('ol', { class: 'verdict-strip', 'aria-label': t('history.strip') });
    this.list = h('ol', { class: 'history' });
    this.more = button(t('more'), { onclick: () => this.loadMore() });
    const variables = formatVariables(cell.variables);
    this.element = h(
      'div',
      { class: 'page' },
      crumbs(
        [runAddress(cell.run), foreign(this.run.title || this.run.name, 'clamp-crumb')],
        [cellAddress(cell.id), foreign(shorten(cell.panel.title || cell.panel.key, 60), 'clamp-crumb')],
        [null, t('history.title')],
      ),
      h(
        'div',
        { class: 'page-head' },
        h(
          'div',
          { class: 'grow' },
          h('h1', {}, foreign(cell.panel.title || cell.panel.key)),
          h(
            'p',
            { class: 'summary' },
            foreign(cell.range.label, 'strong'),
            foreign(cell.dashboard.title, 'quiet'),
            variables ? foreign(variables, 'quiet') : null,
          ),
        ),
      ),
      this.strip,
      this.list,
      h('p', { class: 'centre' }, this.more),
    );
    this.draw();
  }

  runOf(cell) {
    return { id: cell.run, ...this.runs[cell.run] };
  }

  draw() {
    const zone = this.run.timezone;
    this.strip.replaceChildren(
      ...this.cells.map((cell) => {
        const run = this.runOf(cell);
        const words = `${formatMoment(run.now ?? cell.range.to, language(), zone)}: ${describeVerdict(cell.verdict)}`;
        return h(
          'li',
          {},
          h(
            'a',
            {
              class: `strip-mark verdict-${cell.verdict.kind}${isChanged(cell) ? ' is-changed' : ''}`,
              href: cellAddress(cell.id),
              title: words,
              'aria-label': words,
            },
            icon(GLYPHS[cell.verdict.kind]),
          ),
        );
      }),
    );
    this.list.replaceChildren(
      ...this.cells.map((cell) => {
        const run = this.runOf(cell);
        return h(
          'li',
          { class: `history-item verdict-${cell.verdict.kind}${cell.id === this.cell.id ? ' here' : ''}` },
          h(
            'a',
            { class: 'history-link', href: cellAddress(cell.id), 'aria-current': cell.id === this.cell.id ? 'true' : undefined },
            picture(cell, ''),
            h('span', { class: 'history-when' }, when(run.now ?? cell.range.to, zone)),
          ),
          h(
            'div',
            { class: 'history-line' },
            badge(cell.verdict, { isSmall: true }),
            cell.verdict.by && cell.verdict.kind !== 'none' ? foreign(cell.verdict.by, 'quiet') : null,
            chips(cell, 3),
          ),
          cell.verdict.note ? h('p', { class: 'note' }, foreign(cell.verdict.note)) : null,
          cell.change.reason ? h('p', { class: 'quiet reason' }, foreign(cell.change.reason)) : null,
        );
      }),
    );
    if (this.cells.length === 1) this.list.append(h('li', { class: 'quiet history-none' }, t('history.none')));
    this.more.hidden = !this.hasMore;
  }

  async loadMore() {
    try {
      const first = this.cells.length;
      await this.load();
      this.draw();
      this.list.children[first]?.querySelector('a').focus();
    } catch (error) {
      complain(error);
    }
  }

  step(by) {
    const links = [...this.list.querySelectorAll('.history-link')];
    const at = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  }

  onEvent(event) {
    if (event.kind !== 'verdict' || !this.cells.some(({ id }) => id === event.cell)) return;
    loadCell(event.cell).then((fresh) => {
      const old = this.cells.find(({ id }) => id === fresh.id);
      Object.assign(old, { verdict: fresh.verdict });
      this.draw();
    }, complain);
  }
}

export async function open(app, route) {
  const cell = await loadCell(route.id);
  const run = await get(`/runs/${cell.run}`);
  const view = new History(app, cell, run);
  await view.load();
  view.build();
  view.title = `${t('history.title')}: ${shorten(cell.panel.title || cell.panel.key, 50)}`;
  return view;
}
