// view-run.js: one run: its state, its cells, and what is left to do

import { get, post, runFile } from './api.js';
import { cellOf, loadCell, loadCells, watchCells } from './cells.js';
import { button, choice, foreign, h, icon, select } from './dom.js';
import { formatCount, formatDuration, formatExact } from './format.js';
import { Grid } from './grid.js';
import { recall, recallDraft, remember } from './memory.js';
import { writeNote } from './note.js';
import { FILTERS, cellAddress, filterOf, isNarrow, queryOf, runAddress } from './route.js';
import { askReport, copyable, giveToAll, signOff } from './run-actions.js';
import { confirmedBar, crumbs, dueText, progressBar, startedBy, stateChip, stateOf, titleOf, when } from './runs.js';
import { announce, complain, toast } from './say.js';
import { may, me } from './session.js';
import { language, t } from './text.js';
import { describeVerdict, giveVerdict, nameOf, undoVerdict } from './verdict.js';

/** So many changed cells are asked for one by one; more are asked for all at once. */
const MOST_SINGLE = 12;

const FITS = {
  unconfirmed: (cell) => cell.verdict.kind === 'none',
  abnormal: (cell) => cell.verdict.kind === 'abnormal',
  pending: (cell) => cell.state === 'pending',
  failed: (cell) => cell.state === 'failed',
};

class RunView {
  constructor(app, id, query) {
    Object.assign(this, { app, id, filter: filterOf(query), changed: new Set(), others: new Set() });
    this.keys = [
      { keys: ['j'], name: 'key.j', run: () => this.step(1) },
      { keys: ['k'], name: 'key.k', run: () => this.step(-1) },
      { keys: ['Enter'], name: 'key.Enter', run: () => this.openCell(this.grid.focusedId()) },
      { keys: ['o'], name: 'key.o', run: () => this.judge('ok') },
      { keys: ['x'], name: 'key.x', run: () => this.judge('abnormal') },
      { keys: ['i'], name: 'key.i', run: () => this.judge('ignored') },
      { keys: ['n'], name: 'key.n', run: () => this.note() },
      { keys: ['u'], name: 'key.u', run: () => this.undo() },
      { keys: ['/'], name: 'key./', run: () => this.search.focus() },
      { keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], name: 'key.arrows', run: () => this.grid.move(this.grid.focused) },
      { keys: ['Escape'], name: 'key.Escape', run: () => this.app.go('/review/') },
    ];
  }

  get mayJudge() {
    return may('reviewer') && this.run.state !== 'signed';
  }

  build() {
    this.head = h('div', { class: 'run-head' });
    this.band = h('div', {});
    this.bar = this.makeBar();
    this.found = h('p', { class: 'found', role: 'status' });
    this.stale = h('div', { class: 'stale', hidden: true });
    this.none = h(
      'div',
      { class: 'empty small', hidden: true },
      h('h2', {}, t('grid.none')),
      h('p', {}, t('grid.none.text')),
      h('p', {}, button(t('filter.clear'), { onclick: () => this.setFilter({ filter: [], text: '', dashboard: '', range: '' }) })),
    );
    this.grid = new Grid({
      cellOf,
      mayJudge: () => this.mayJudge,
      draftOf: (id) => recallDraft(me()?.name, id) !== null,
      coverHeight: () => this.coverHeight(),
      onOpen: (id) => this.openCell(id),
      onVerdict: (id, kind) => giveVerdict(id, kind),
      onFocus: (id) => {
        this.app.memory.set(`run ${this.id}`, id);
      },
    });
    this.element = h(
      'div',
      { class: 'page run-page' },
      this.head,
      this.band,
      this.bar,
      h('div', { class: 'found-line' }, this.found, this.stale),
      this.grid.element,
      this.none,
    );
    this.stopWatching = watchCells((cell, old) => {
      if (cell.run === this.id || this.grid.indexes?.has(cell.id)) this.onCell(cell, old);
    });
    this.drawHead();
    this.drawChips();
  }

  coverHeight() {
    const top = document.querySelector('.top').offsetHeight;
    return getComputedStyle(this.bar).position === 'sticky' ? top + this.bar.offsetHeight : top;
  }

  makeBar() {
    const { facets } = this.run;
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': t('filter.title') });
    this.search = h('input', {
      type: 'search',
      placeholder: t('filter.text'),
      'aria-label': t('filter.text'),
      value: this.filter.text,
      maxlength: 200,
      enterkeyhint: 'search',
      dir: 'auto',
    });
    this.search.addEventListener('input', () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.setFilter({ text: this.search.value.trim() }), 180);
    });
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' || event.key === 'Enter') {
        event.preventDefault();
        if (event.key === 'Escape' && this.search.value !== '') {
          this.search.value = '';
          this.setFilter({ text: '' });
        } else {
          this.grid.move(this.grid.focused);
        }
      }
    });
    this.dashboards = select(
      [
        ['', t('filter.dashboards')],
        ...(facets?.dashboards ?? []).map(({ uid, title, cells }) => [uid, `${title.slice(0, 60)} (${formatCount(cells, language())})`]),
      ],
      this.filter.dashboard,
      (dashboard) => this.setFilter({ dashboard }),
      { 'aria-label': t('filter.dashboard') },
    );
    this.ranges = select(
      [
        ['', t('filter.ranges')],
        ...(facets?.ranges ?? []).map(({ label, cells }) => [label, `${label.slice(0, 60)} (${formatCount(cells, language())})`]),
      ],
      this.filter.range,
      (range) => this.setFilter({ range }),
      { 'aria-label': t('filter.range') },
    );
    this.order = choice(
      t('order.title'),
      [
        ['worst', t('order.worst')],
        ['plan', t('order.plan')],
      ],
      this.filter.order,
      (order) => this.setFilter({ order }),
    );
    const size = choice(
      t('size.title'),
      ['s', 'm', 'l'].map((name) => [name, t(`size.${name}`)]),
      recall('size') ?? 'm',
      (name) => {
        remember('size', name);
        this.showCells();
      },
    );
    size.classList.add('sizes');
    this.bulk = button('', { glyph: 'check', kind: 'bulk', onclick: () => this.giveToAll() });
    return h(
      'section',
      { class: 'filter-bar', 'aria-label': t('filter.title') },
      h('div', { class: 'bar-line' }, this.chips, h('span', { class: 'spacer' }), this.bulk),
      h(
        'div',
        { class: 'bar-line' },
        h('div', { class: 'search' }, icon('search'), this.search),
        this.dashboards,
        this.ranges,
        h('span', { class: 'spacer' }),
        this.order,
        size,
      ),
    );
  }

  drawChips() {
    const { counts } = this.run;
    const n = {
      unconfirmed: counts.cells - counts.confirmed,
      flagged: counts.flagged,
      changed: counts.changed,
      abnormal: counts.abnormal,
      pending: counts.pending,
      failed: counts.failed,
    };
    const focused = this.chips.contains(document.activeElement) ? document.activeElement.dataset.filter : null;
    this.chips.replaceChildren(
      ...FILTERS.map((name) =>
        h(
          'button',
          {
            type: 'button',
            class: `filter-chip filter-${name}${n[name] === 0 ? ' zero' : ''}`,
            'data-filter': name,
            'aria-pressed': String(this.filter.filter.includes(name)),
            on: { click: () => this.toggle(name) },
          },
          t(`filter.${name}`),
          h('span', { class: 'n' }, formatCount(n[name], language())),
        ),
      ),
    );
    if (focused) this.chips.querySelector(`[data-filter="${focused}"]`).focus();
    this.drawBulk();
  }

  drawBulk() {
    const open = this.grid?.ids.filter((id) => cellOf(id)?.verdict.kind === 'none').length ?? 0;
    // What is not captured yet is for nobody to confirm.
    this.bulk.hidden = !this.mayJudge || this.run.state !== 'done' || open === 0;
    this.bulk.querySelector('.label').textContent = t('bulk.button', { n: open });
  }

  drawHead() {
    const { run } = this;
    const isSigned = run.state === 'signed';
    const actions = [
      run.state === 'running' && run.interrupted && may('reviewer')
        ? button(t('run.continue'), { glyph: 'play', onclick: () => this.retry() })
        : null,
      run.state === 'done' && run.counts.failed > 0 && may('reviewer')
        ? button(t('run.retry', { n: run.counts.failed }), { glyph: 'retry', onclick: () => this.retry() })
        : null,
      button(t('run.report'), { glyph: 'document', onclick: () => askReport(run) }),
      run.state === 'done' && may('reviewer')
        ? button(t('run.signoff'), { glyph: 'seal', kind: 'primary', onclick: () => this.sign() })
        : null,
    ];
    const fact = (label, value) => h('div', {}, h('dt', {}, label), h('dd', {}, value));
    const wasOpen = this.head.querySelector('details')?.open ?? false;
    const focusedLabel = this.head.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.head.replaceChildren(
      crumbs([null, foreign(run.name)]),
      h(
        'div',
        { class: 'page-head' },
        h(
          'div',
          { class: 'grow' },
          h('h1', { tabindex: -1 }, foreign(titleOf(run))),
          h(
            'p',
            { class: 'summary' },
            stateChip(run),
            isSigned ? h('span', { class: 'quiet' }, t('run.readonly')) : null,
            when(run.now, run.timezone),
            dueText(run),
            run.reviewers ? h('span', { class: 'quiet' }, foreign(t('run.for', { names: run.reviewers }))) : null,
          ),
        ),
        h('div', { class: 'tools' }, actions),
      ),
      confirmedBar(run, { isWide: true }),
      run.failure ? h('p', { class: 'box bad' }, icon('alert'), foreign(t('run.failure', { text: run.failure }))) : '',
      run.state === 'running' && run.interrupted ? h('p', { class: 'box warn' }, icon('alert'), t('run.interrupted')) : '',
      isSigned
        ? h(
            'div',
            { class: 'box signed' },
            icon('seal'),
            h(
              'div',
              { class: 'grow' },
              h('p', {}, foreign(t('run.signedby', { name: run.signed.by, when: formatExact(run.signed.at, run.timezone) }))),
              run.signed.comment ? h('p', { class: 'note' }, foreign(run.signed.comment)) : null,
              h('p', { class: 'quiet' }, t('run.head')),
              copyable(run.signed.head),
              h('a', { href: runFile(run.id, 'manifest'), download: `${run.name}.manifest.json` }, t('run.manifest')),
            ),
          )
        : '',
      h(
        'details',
        { class: 'facts', open: wasOpen },
        h('summary', {}, t('run.details')),
        h(
          'dl',
          {},
          fact(t('prov.plan'), foreign(run.plan)),
          fact(t('run.now'), formatExact(run.now, run.timezone)),
          fact(t('prov.timezone'), foreign(run.timezone || '–')),
          fact(t('runs.by'), startedBy(run)),
          fact(t('prov.captured'), `${formatExact(run.started, run.timezone)} – ${formatExact(run.finished, run.timezone)}`),
          fact(t('prov.grafana'), foreign(run.grafana)),
          fact(t('prov.renderer'), foreign(run.version)),
          fact(t('prov.retention'), run.retention ? formatDuration(run.retention, language()) : t('prov.forever')),
        ),
      ),
    );
    if (focusedLabel) [...this.head.querySelectorAll('h1, button, a, summary')].find((one) => one.textContent === focusedLabel)?.focus();
    this.drawProgress(run.progress);
  }

  drawProgress(progress) {
    const bar = stateOf(this.run) === 'running' ? progressBar(this.run, progress) : null;
    this.band.replaceChildren(...(bar ? [bar] : []));
  }

  /** @focus: the card to go to. */
  showCells({ focus } = {}) {
    this.grid.show(this.ids, { order: this.filter.order, size: recall('size') ?? 'm', filter: this.filter, focus });
    this.none.hidden = this.ids.length > 0;
    this.grid.element.hidden = this.ids.length === 0;
    this.found.textContent = t('filter.found', { n: this.ids.length });
    this.stale.hidden = true;
    this.drawBulk();
  }

  async loadIds() {
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    const query = queryOf(this.filter);
    return loadCells(this.id, query, { signal });
  }

  async setFilter(change) {
    this.filter = { ...this.filter, ...change };
    const { text, dashboard, range, order } = this.filter;
    if (document.activeElement !== this.search) this.search.value = text;
    this.dashboards.value = dashboard;
    this.ranges.value = range;
    this.order.choose(order);
    window.history.replaceState(null, '', runAddress(this.id, this.filter));
    this.drawChips();
    await this.refresh();
    announce(t('filter.found', { n: this.ids.length }));
  }

  toggle(name) {
    const { filter } = this.filter;
    return this.setFilter({
      filter: filter.includes(name) ? filter.filter((one) => one !== name) : FILTERS.filter((one) => one === name || filter.includes(one)),
    });
  }

  async refresh() {
    try {
      const focus = this.grid.focusedId();
      this.ids = await this.loadIds();
      this.showCells({ focus });
    } catch (error) {
      complain(error);
    }
  }

  async refreshRun() {
    try {
      this.run = await get(`/runs/${this.id}`);
      this.drawHead();
      this.drawChips();
    } catch (error) {
      complain(error);
    }
  }

  refreshRunSoon() {
    this.runTimer ??= window.setTimeout(() => {
      this.runTimer = null;
      this.refreshRun();
    }, 300);
  }

  onCell(cell, old) {
    const isByOther = this.others.delete(cell.id) && old && old.verdict.revision < cell.verdict.revision && cell.verdict.by !== me()?.name;
    this.grid.update(cell.id, { flash: isByOther });
    if (isByOther) announce(t('said.other', { name: cell.verdict.by, cell: nameOf(cell), verdict: describeVerdict(cell.verdict) }));
    if (old && old.verdict.kind !== cell.verdict.kind) this.refreshRunSoon();
    this.countStale();
    this.drawBulk();
  }

  /** Cells stay where they are while somebody works on them: nothing moves under the finger. */
  countStale() {
    const n = this.ids.filter((id) => this.filter.filter.some((name) => FITS[name] && !FITS[name](cellOf(id)))).length;
    this.stale.hidden = n === 0;
    if (n > 0)
      this.stale.replaceChildren(
        h('span', {}, t('grid.stale', { n })),
        button(t('grid.refresh'), { kind: 'small', glyph: 'retry', onclick: () => this.refresh() }),
      );
  }

  onEvent(event) {
    if (event.kind === 'again') {
      this.refresh();
      this.refreshRun();
      return;
    }
    if (event.run !== this.id) return;
    if (event.kind === 'progress') {
      this.drawProgress(event);
    } else if ((event.kind === 'cell' || event.kind === 'verdict') && event.cell) {
      this.changed.add(event.cell);
      if (event.kind === 'verdict') this.others.add(event.cell);
      this.takeSoon();
    } else {
      this.isAllChanged = event.kind === 'bulk' || event.kind === 'signoff' || event.kind === 'run';
      if (event.kind === 'signoff') toast(t('said.signed'), { glyph: 'seal' });
      this.takeSoon();
      this.refreshRunSoon();
    }
  }

  takeSoon() {
    this.takeTimer ??= window.setTimeout(() => {
      this.takeTimer = null;
      this.take().catch(complain);
    }, 150);
  }

  async take() {
    const ids = [...this.changed];
    this.changed.clear();
    const isNew = ids.some((id) => !this.grid.indexes?.has(id)) && !isNarrow(this.filter);
    if (this.isAllChanged || isNew || ids.length > MOST_SINGLE) {
      this.isAllChanged = false;
      await this.takeAll();
    } else {
      await Promise.all(ids.filter((id) => this.grid.indexes.has(id)).map((id) => loadCell(id)));
    }
    this.refreshRunSoon();
  }

  /** Everything anew, in the places where it stands; what is new comes at the end of the order. */
  async takeAll() {
    const fresh = await this.loadIds();
    if (this.run.state === 'running' || fresh.some((id) => !this.grid.indexes.has(id))) {
      this.ids = fresh;
      this.showCells();
    } else {
      await loadCells(this.id, queryOf({ ...this.filter, filter: [] }));
      this.grid.updateAll();
      this.countStale();
      this.drawBulk();
    }
  }

  step(by) {
    if (!this.grid.step(by)) announce(t(by > 0 ? 'said.last' : 'said.first'));
  }

  openCell(id) {
    if (id) this.app.go(cellAddress(id, this.filter));
  }

  async judge(kind) {
    const id = this.grid.focusedId();
    if (!id || !this.refuse()) return;
    this.grid.move(this.grid.focused);
    if ((await giveVerdict(id, kind)) && recall('advance') === 'on') this.grid.step(1);
  }

  /** @returns whether verdicts are possible; says why not. */
  refuse() {
    if (!this.mayJudge) toast(t(this.run.state === 'signed' ? 'verdict.readonly' : 'verdict.viewer'));
    return this.mayJudge;
  }

  async note() {
    const id = this.grid.focusedId();
    if (id && this.refuse()) {
      await writeNote(id);
      this.grid.update(id);
      this.grid.moveTo(id);
    }
  }

  async undo() {
    if (this.refuse()) this.grid.moveTo(await undoVerdict());
  }

  async giveToAll() {
    try {
      if (await giveToAll(this.run, this.filter, this.run.facets)) {
        await this.takeAll();
        await this.refreshRun();
      }
    } catch (error) {
      complain(error);
    }
  }

  async sign() {
    try {
      if (await signOff(this.run)) {
        await this.refreshRun();
        this.grid.updateAll();
      }
    } catch (error) {
      complain(error);
    }
  }

  async retry() {
    try {
      await post(`/runs/${this.id}/retry`);
      toast(t('run.retried'), { glyph: 'retry' });
      await this.refreshRun();
    } catch (error) {
      complain(error);
    }
  }

  /** After coming back from a cell its card has the focus. */
  shown() {
    const last = this.app.memory.get(`run ${this.id}`);
    this.showCells({ focus: last });
    this.isReturn = last !== undefined && this.grid.indexes.has(last);
    performance.mark('grid-usable');
  }

  focus() {
    if (!this.isReturn) return null;
    this.grid.move(this.grid.focused, { isFocused: false });
    return this.grid.cards.get(this.grid.focusedId());
  }

  dispose() {
    this.loading?.abort();
    this.stopWatching?.();
    this.grid?.dispose();
    for (const timer of [this.typing, this.runTimer, this.takeTimer]) window.clearTimeout(timer);
  }
}

export async function open(app, route) {
  const view = new RunView(app, route.id, route.query);
  [view.run, view.ids] = await Promise.all([get(`/runs/${route.id}`), view.loadIds()]);
  view.build();
  view.title = titleOf(view.run);
  return view;
}
