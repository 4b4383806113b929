// view-cell.js: one cell: its picture, what it is compared with, its data, where it comes from, and
// the verdict

import { get } from './api.js';
import { cellOf, loadCell, loadCells, takeCell, watchCells } from './cells.js';
import { chips, picture } from './card.js';
import { captureAgain } from './again.js';
import { dataTable } from './data-table.js';
import { button, foreign, h, icon, iconButton } from './dom.js';
import { formatSpan, formatVariables, shorten } from './format.js';
import { recall } from './memory.js';
import { provenance } from './provenance.js';
import { cellAddress, filterOf, historyAddress, queryOf, runAddress } from './route.js';
import { crumbs, titleOf } from './runs.js';
import { announce, complain, toast } from './say.js';
import { may, me } from './session.js';
import { Stage } from './stage.js';
import { language, t } from './text.js';
import { SEVERITIES, badge, describeVerdict, giveVerdict, nameOf, undoVerdict } from './verdict.js';
import { VerdictBar } from './verdict-bar.js';

/** The order in which cells follow each other is that of the view one came from. */
let queue = { run: 0, query: '', ids: [] };

async function findQueue(cell, filter) {
  const query = String(queryOf(filter));
  const isKnown = queue.run === cell.run && queue.query === query && queue.ids.includes(cell.id);
  if (!isKnown) queue = { run: cell.run, query, ids: await loadCells(cell.run, queryOf(filter)) };
  if (!queue.ids.includes(cell.id)) queue = { run: cell.run, query, ids: await loadCells(cell.run, queryOf({ order: filter.order })) };
  return queue.ids;
}

class CellView {
  constructor(app, cell, run, filter) {
    Object.assign(this, { app, cell, run, id: cell.id, filter, ids: [cell.id] });
    this.address = (id) => cellAddress(id, filter);
    this.keys = [
      { keys: ['j'], name: 'key.j', run: () => this.step(1) },
      { keys: ['k'], name: 'key.k', run: () => this.step(-1) },
      { keys: ['o'], name: 'key.o', run: () => this.judge('ok') },
      { keys: ['x'], name: 'key.x', run: () => this.judge('abnormal') },
      { keys: ['i'], name: 'key.i', run: () => this.judge('ignored') },
      {
        keys: ['1', '2', '3', '4'],
        name: 'key.severity',
        when: () => cellOf(this.id).verdict.kind === 'abnormal' && this.mayJudge,
        run: (event, key) => giveVerdict(this.id, null, { severity: SEVERITIES[key - 1] }),
      },
      { keys: ['n'], name: 'key.n', run: () => this.bar.focusNote() },
      { keys: ['u'], name: 'key.u', run: () => this.undo() },
      { keys: ['c'], name: 'key.c', run: () => this.stage.nextMode() },
      { keys: ['b'], name: 'key.b', run: () => this.stage.setBase(this.stage.base === 'previous' ? 'week' : 'previous') },
      { keys: ['+', '=', '-', '0'], name: 'key.zoom', run: (event, key) => this.stage.key(key) },
      {
        keys: ['d'],
        name: 'key.d',
        run: () => {
          this.data.open = !this.data.open;
        },
      },
      { keys: ['h'], name: 'key.h', run: () => this.app.go(historyAddress(this.id)) },
      { keys: ['r'], name: 'key.r', when: () => this.mayJudge, run: () => this.again() },
      { keys: ['l'], name: 'key.l', when: () => this.cell.live, run: () => window.open(this.cell.live, '_blank', 'noopener') },
      { keys: ['Escape'], name: 'key.Escape', run: () => this.back() },
    ];
  }

  get mayJudge() {
    return may('reviewer') && this.run.state !== 'signed';
  }

  build() {
    const { cell, run } = this;
    this.stage = new Stage(cell);
    this.bar = new VerdictBar(cell, {
      mayJudge: this.mayJudge,
      isSigned: run.state === 'signed',
      onVerdict: (kind) => this.judge(kind),
      onSeverity: (severity) => giveVerdict(this.id, null, { severity }),
      onNote: (note) => giveVerdict(this.id, null, { note }),
      onTake: () => giveVerdict(this.id, 'none'),
      onUndo: () => this.undo(),
    });
    this.position = h('span', { class: 'position' });
    this.data = dataTable(cell);
    this.ranges = h('section', { class: 'ranges', 'aria-labelledby': 'ranges-title' });
    this.drawRanges();
    const variables = formatVariables(cell.variables);
    this.element = h(
      'div',
      { class: 'page cell-page' },
      h(
        'div',
        { class: 'cell-head' },
        crumbs(
          [runAddress(run.id, this.filter), foreign(run.title || run.name, 'clamp-crumb')],
          [null, foreign(cell.dashboard.title, 'clamp-crumb')],
        ),
        h(
          'div',
          { class: 'cell-title' },
          h(
            'div',
            { class: 'grow' },
            h('h1', {}, foreign(cell.panel.title || cell.panel.key)),
            h(
              'p',
              { class: 'summary' },
              foreign(cell.range.label, 'strong'),
              h('span', {}, formatSpan(cell.range.from, cell.range.to, language(), cell.timezone || run.timezone)),
              variables ? foreign(variables, 'quiet') : null,
              cell.addedBy ? h('span', { class: 'chip' }, icon('plus'), foreign(t('cell.addedby', { name: cell.addedBy }))) : null,
            ),
          ),
          h(
            'div',
            { class: 'tools' },
            h(
              'div',
              { class: 'walk' },
              iconButton(t('cell.previous'), 'left', { onclick: () => this.step(-1), 'data-part': 'previous' }),
              this.position,
              iconButton(t('cell.next'), 'right', { onclick: () => this.step(1), 'data-part': 'next' }),
            ),
            cell.live
              ? h(
                  'a',
                  { class: 'button', href: cell.live, target: '_blank', rel: 'noopener noreferrer' },
                  icon('open'),
                  h('span', { class: 'label' }, t('cell.live')),
                )
              : null,
            this.mayJudge ? button(t('cell.again'), { glyph: 'camera', onclick: () => this.again() }) : null,
            h('a', { class: 'button', href: historyAddress(cell.id) }, icon('history'), h('span', { class: 'label' }, t('cell.history'))),
          ),
        ),
      ),
      h(
        'div',
        { class: 'cell-body' },
        h('div', { class: 'cell-main' }, this.stage.element, this.ranges, this.data),
        h('div', { class: 'cell-side' }, this.bar.element, this.makeChange(), provenance(cell, run)),
      ),
    );
    this.stopWatching = watchCells((fresh, old) => this.onCell(fresh, old));
    this.drawPosition();
  }

  drawPosition() {
    this.position.textContent = t('cell.position', { a: this.ids.indexOf(this.id) + 1, b: this.ids.length });
  }

  drawRanges() {
    const all = [this.cell, ...this.cell.siblings].sort((a, b) => a.position - b.position);
    this.ranges.replaceChildren(
      h('h2', { id: 'ranges-title' }, t('cell.ranges')),
      h(
        'ul',
        { class: 'strip' },
        all.map((one) => {
          const shown = cellOf(one.id) ?? one;
          const isHere = one.id === this.id;
          return h(
            'li',
            {},
            h(
              'a',
              {
                class: `strip-card verdict-${shown.verdict.kind}`,
                href: this.address(one.id),
                'aria-current': isHere ? 'true' : undefined,
              },
              picture(shown),
              h('span', { class: 'strip-line' }, foreign(one.range.label, 'strong'), badge(shown.verdict, { isSmall: true })),
              h(
                'span',
                { class: 'quiet strip-line' },
                formatSpan(one.range.from, one.range.to, language(), this.cell.timezone || this.run.timezone),
              ),
            ),
          );
        }),
      ),
    );
  }

  makeChange() {
    const { change, flags, flagDetail, failure, state } = this.cell;
    const parts = [];
    if (flags.length > 0 || state !== 'captured') {
      parts.push(
        h('h2', {}, t('cell.flags')),
        h('p', { class: 'chips' }, chips({ ...this.cell, picture: 'shown' }, 9)),
        flagDetail ? h('p', { class: 'reason' }, foreign(flagDetail)) : '',
        failure ? h('p', { class: 'reason bad' }, foreign(failure)) : '',
      );
    }
    const words = change.score < 0 ? t('cell.uncompared') : change.reason || t('cell.unchanged');
    parts.push(h('h2', {}, t('cell.change')), h('p', { class: change.reason ? 'reason' : 'reason quiet' }, foreign(words)));
    if (change.score >= 0) {
      parts.push(
        h(
          'div',
          { class: 'score' },
          h('span', { class: 'score-track', 'aria-hidden': 'true' }, h('span', { style: { width: `${Math.round(change.score * 100)}%` } })),
          h(
            'span',
            { class: 'quiet' },
            [change.score.toFixed(2), change.picture >= 0 ? t('cell.pixels', { share: `${(change.picture * 100).toFixed(1)}%` }) : '']
              .filter(Boolean)
              .join(' · '),
          ),
        ),
      );
    }
    return h('section', { class: 'panel change', 'aria-label': t('cell.change') }, parts);
  }

  onCell(fresh, old) {
    if (fresh.id === this.id) {
      if (this.others && old && old.verdict.revision < fresh.verdict.revision && fresh.verdict.by !== me()?.name) {
        this.others = false;
        toast(t('said.other', { name: fresh.verdict.by, cell: nameOf(fresh), verdict: describeVerdict(fresh.verdict) }), {
          kind: fresh.verdict.kind,
          glyph: 'user',
        });
      }
      this.bar.update(fresh);
    }
    if (fresh.id === this.id || this.cell.siblings.some(({ id }) => id === fresh.id)) this.drawRanges();
  }

  async reload() {
    const fresh = takeCell(await get(`/cells/${this.id}`));
    const isNew =
      fresh.picture !== this.cell.picture || fresh.state !== this.cell.state || fresh.siblings.length !== this.cell.siblings.length;
    this.cell = fresh;
    if (isNew) await this.app.show({ keepsFocus: true });
  }

  onEvent(event) {
    if (event.kind !== 'again' && event.run !== this.run.id) return;
    if (event.kind === 'progress') return;
    if (event.kind === 'signoff') {
      toast(t('said.signed'), { glyph: 'seal' });
      this.app.show({ keepsFocus: true }).catch(complain);
      return;
    }
    if (event.kind === 'verdict' && event.cell === this.id) this.others = true;
    if (event.kind === 'verdict' && event.cell && event.cell !== this.id) {
      if (this.cell.siblings.some(({ id }) => id === event.cell)) loadCell(event.cell).catch(complain);
      return;
    }
    if (event.cell === this.id || event.kind === 'again' || event.kind === 'bulk' || event.kind === 'cell') this.reloadSoon();
  }

  reloadSoon() {
    this.timer ??= window.setTimeout(() => {
      this.timer = null;
      this.reload().catch(complain);
    }, 100);
  }

  go(id) {
    this.app.memory.set(`run ${this.run.id}`, id);
    return this.app.go(this.address(id), { replace: true });
  }

  step(by) {
    const index = this.ids.indexOf(this.id) + by;
    if (index < 0 || index >= this.ids.length) {
      announce(t(by > 0 ? 'said.last' : 'said.first'));
      return;
    }
    this.go(this.ids[index]);
  }

  back() {
    this.app.memory.set(`run ${this.run.id}`, this.id);
    this.app.go(runAddress(this.run.id, this.filter));
  }

  refuse() {
    if (!this.mayJudge) toast(t(this.run.state === 'signed' ? 'verdict.readonly' : 'verdict.viewer'));
    return this.mayJudge;
  }

  async judge(kind) {
    if (!this.refuse()) return;
    if ((await giveVerdict(this.id, kind)) && recall('advance') === 'on' && this.app.view === this) this.step(1);
  }

  async undo() {
    if (!this.refuse()) return;
    const id = await undoVerdict();
    if (id && id !== this.id && this.ids.includes(id)) this.go(id);
  }

  async again() {
    if (await captureAgain(this.cell, this.run)) toast(t('said.captured'), { glyph: 'camera' });
  }

  shown() {
    this.stage.apply();
    // What comes next is there when it is asked for.
    const next = this.ids[this.ids.indexOf(this.id) + 1];
    const hash = next && cellOf(next)?.picture;
    if (hash) new Image().src = `/api/v1/objects/${hash}`;
  }

  dispose() {
    this.stopWatching?.();
    this.stage?.dispose();
    this.bar?.dispose();
    window.clearTimeout(this.timer);
  }
}

export async function open(app, route) {
  const cell = takeCell(await get(`/cells/${route.id}`));
  const filter = filterOf(route.query);
  const [run, ids] = await Promise.all([get(`/runs/${cell.run}`), findQueue(cell, filter)]);
  cell.siblings.forEach(takeCell);
  const view = new CellView(app, { ...cell, ...cellOf(cell.id) }, run, filter);
  view.ids = ids.includes(cell.id) ? ids : [cell.id];
  app.memory.set(`run ${cell.run}`, cell.id);
  view.build();
  view.title = `${shorten(cell.panel.title || cell.panel.key, 60)} · ${titleOf(run)}`;
  return view;
}
