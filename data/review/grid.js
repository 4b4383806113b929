// grid.js: thousands of cards, of which the browser has only those in sight
//
// An ARIA grid with one tab stop. Rows are placed by layout.js and drawn as they come into the
// window; the row with the focus stays. The page scrolls, not the grid.

import { fillCard } from './card.js';
import { foreign, h } from './dom.js';
import { formatVariables } from './format.js';
import { layFlat, layGrouped, neighbour, rowsBetween } from './layout.js';
import { t } from './text.js';

const LEAST_WIDTH = { s: 150, m: 216, l: 330 };
const OVERSCAN = 600;

export class Grid {
  /** @options: { cellOf, draftOf, mayJudge(), onOpen(id), onVerdict(id, kind), onFocus(id) } */
  constructor(options) {
    this.options = options;
    this.ids = [];
    this.layout = { rows: [], places: [], height: 0, columns: 1 };
    this.drawn = new Map();
    this.cards = new Map();
    this.focused = 0;
    this.order = 'worst';
    this.size = 'm';
    this.filter = {};
    this.element = h('div', { class: 'grid', role: 'grid', 'aria-label': t('grid.title'), 'aria-readonly': 'true' });
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('click', (event) => this.onClick(event));
    this.element.addEventListener('focusin', (event) => this.onFocusIn(event));
    this.onScroll = () => this.drawSoon();
    window.addEventListener('scroll', this.onScroll, { passive: true });
    window.addEventListener('resize', this.onScroll, { passive: true });
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.element);
  }

  dispose() {
    window.removeEventListener('scroll', this.onScroll);
    window.removeEventListener('resize', this.onScroll);
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
  }

  show(ids, { order, size, filter, focus = this.focusedId() }) {
    Object.assign(this, { ids, order, size, filter });
    this.indexes = new Map(ids.map((id, index) => [id, index]));
    this.focused = this.indexes.get(focus) ?? Math.min(this.focused, Math.max(0, ids.length - 1));
    this.width = 0;
    this.fit();
  }

  fit() {
    const width = this.element.clientWidth;
    if (width === this.width || width === 0) return;
    this.width = width;
    const isNarrow = width < 560;
    const least = isNarrow ? Math.min(LEAST_WIDTH[this.size] * 0.75, width) : LEAST_WIDTH[this.size];
    const gap = isNarrow ? 8 : 12;
    const sizes = { width, least, gap, captionHeight: this.order === 'plan' ? 48 : 68, groupHeight: 26, dashboardHeight: 44 };
    this.layout = this.order === 'plan' ? layGrouped(this.ids.map(this.options.cellOf), sizes) : layFlat(this.ids.length, sizes);
    this.element.style.setProperty('height', `${this.layout.height}px`);
    this.element.style.setProperty('--card-width', `${this.layout.cardWidth}px`);
    this.element.style.setProperty('--thumb-height', `${this.layout.thumbHeight}px`);
    this.element.setAttribute('aria-rowcount', this.layout.rows.length);
    this.element.setAttribute('aria-colcount', this.layout.columns);
    this.element.replaceChildren();
    this.drawn.clear();
    this.cards.clear();
    this.draw();
  }

  drawSoon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const top = -this.element.getBoundingClientRect().top;
    const [first, last] = rowsBetween(this.layout, top - OVERSCAN, top + window.innerHeight + OVERSCAN);
    const wanted = new Set();
    for (let row = first; row <= last; row++) wanted.add(row);
    const home = this.layout.places[this.focused]?.row;
    if (home !== undefined) wanted.add(home);
    for (const [row, element] of this.drawn) {
      if (!wanted.has(row)) {
        element.remove();
        this.drawn.delete(row);
        this.layout.rows[row]?.items?.forEach(({ index }) => this.cards.delete(this.ids[index]));
      }
    }
    // In the order of the page, also for those who are read to.
    const rows = [...wanted].sort((a, b) => a - b);
    let before = null;
    for (const row of rows) {
      let element = this.drawn.get(row);
      if (!element) {
        element = this.makeRow(row);
        this.drawn.set(row, element);
        if (before) before.after(element);
        else this.element.prepend(element);
      }
      before = element;
    }
  }

  makeRow(number) {
    const row = this.layout.rows[number];
    const element = h('div', {
      role: 'row',
      'aria-rowindex': number + 1,
      class: `row ${row.kind}`,
      style: { transform: `translateY(${row.top}px)`, height: `${row.height}px` },
    });
    if (row.kind === 'dashboard') {
      element.append(
        h(
          'div',
          { role: 'rowheader', class: 'dashboard-head' },
          h('h2', {}, foreign(row.title)),
          h('span', { class: 'quiet' }, t('filter.found', { n: row.count })),
        ),
      );
      return element;
    }
    for (const group of row.groups) {
      const cell = this.options.cellOf(this.ids[group.index]);
      const variables = formatVariables(cell.variables);
      element.append(
        h(
          'div',
          { role: 'presentation', class: 'group-head', style: { left: `${group.x}px`, width: `${group.width}px` } },
          foreign(cell.panel.title || cell.panel.key, 'strong'),
          variables ? foreign(variables, 'quiet') : null,
        ),
      );
    }
    row.items.forEach(({ index, x }, column) => {
      const card = h('div', {
        role: 'gridcell',
        'aria-colindex': column + 1,
        tabindex: index === this.focused ? 0 : -1,
        'data-id': this.ids[index],
        style: { left: `${x}px` },
      });
      this.cards.set(this.ids[index], card);
      this.fill(card, this.ids[index]);
      element.append(card);
    });
    return element;
  }

  fill(card, id) {
    const cell = this.options.cellOf(id);
    fillCard(card, cell, {
      filter: this.filter,
      isShort: this.order === 'plan',
      mayJudge: this.options.mayJudge(),
      draft: this.options.draftOf(id),
    });
  }

  /** A cell has changed. */
  update(id, { flash = false } = {}) {
    const card = this.cards.get(id);
    if (!card) return;
    this.fill(card, id);
    if (flash) {
      card.classList.add('flash');
      card.addEventListener('animationend', () => card.classList.remove('flash'), { once: true });
    }
  }

  updateAll() {
    for (const id of this.cards.keys()) this.update(id);
  }

  focusedId() {
    return this.ids[this.focused] ?? 0;
  }

  hasFocus() {
    return this.element.contains(document.activeElement);
  }

  move(index, { isFocused = true } = {}) {
    const old = this.cards.get(this.focusedId());
    old?.setAttribute('tabindex', '-1');
    this.focused = Math.max(0, Math.min(this.ids.length - 1, index));
    this.reveal();
    this.draw();
    const card = this.cards.get(this.focusedId());
    card?.setAttribute('tabindex', '0');
    if (isFocused) card?.focus({ preventScroll: true });
    this.options.onFocus?.(this.focusedId());
  }

  moveTo(id, options) {
    const index = this.indexes?.get(id);
    if (index === undefined) return false;
    this.move(index, options);
    return true;
  }

  /** @returns whether there was a card to go to. */
  step(by) {
    // The first press only shows where one is.
    if (!this.hasFocus() && !this.wasUsed) {
      this.wasUsed = true;
      this.move(this.focused);
      return true;
    }
    this.wasUsed = true;
    const index = this.focused + by;
    if (index < 0 || index >= this.ids.length) {
      this.move(this.focused);
      return false;
    }
    this.move(index);
    return true;
  }

  /** Scrolls as little as is needed; what sticks to the window's top covers part of it. */
  reveal() {
    const place = this.layout.places[this.focused];
    if (!place) return;
    const row = this.layout.rows[place.row];
    const start = this.element.getBoundingClientRect().top + window.scrollY + row.top;
    const cover = this.options.coverHeight?.() ?? 0;
    if (start - cover - 8 < window.scrollY) window.scrollTo({ top: Math.max(0, start - cover - 8), behavior: 'instant' });
    else if (start + row.height + 16 > window.scrollY + window.innerHeight)
      window.scrollTo({ top: start + row.height + 16 - window.innerHeight, behavior: 'instant' });
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !event.target.matches('[role=gridcell]')) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.options.onOpen(this.focusedId());
      return;
    }
    const pageRows = Math.max(1, Math.floor(window.innerHeight / this.layout.rows[this.layout.places[this.focused].row].height) - 1);
    const isKey = /^(Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown)$/.test(event.key);
    if (!isKey) return;
    event.preventDefault();
    this.wasUsed = true;
    this.move(neighbour(this.layout, this.focused, event.key, pageRows));
  }

  onClick(event) {
    const card = event.target.closest('[role=gridcell]');
    if (!card) return;
    const id = Number(card.dataset.id);
    const verdict = event.target.closest('[data-verdict]');
    this.wasUsed = true;
    if (verdict) {
      this.moveTo(id);
      this.options.onVerdict(id, verdict.dataset.verdict);
      return;
    }
    // Links keep what browsers do with them: a new tab, a new window.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.moveTo(id, { isFocused: false });
    this.options.onOpen(id);
  }

  onFocusIn(event) {
    const card = event.target.closest?.('[role=gridcell]');
    const index = card ? this.indexes.get(Number(card.dataset.id)) : undefined;
    if (index === undefined || index === this.focused) return;
    this.cards.get(this.focusedId())?.setAttribute('tabindex', '-1');
    this.focused = index;
    card.setAttribute('tabindex', '0');
    this.options.onFocus?.(this.focusedId());
  }
}
