// stage.js: a picture, large, alone or against an earlier one
//
//   single      this picture                     slider      the earlier one up to a line
//   side        both next to each other          blink       one after the other
//   difference  the pixels that differ, marked
//
// All layers share one look (zoom.js), so that the same place is seen in all of them.

import { cellFile, objectAddress } from './api.js';
import { choice, foreign, h, icon, iconButton } from './dom.js';
import { formatMoment, shorten } from './format.js';
import { recall, remember } from './memory.js';
import { announce } from './say.js';
import { language, t } from './text.js';
import { actual, fit, isFit, pan, zoomAt } from './zoom.js';

export const MODES = ['single', 'side', 'slider', 'blink', 'difference'];
const BLINK_MS = 800;
const STEP = 1.25;
const MOVE = 60;

const isCalm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

export class Stage {
  /** @cell: in full, with previousCell and weekCell. */
  constructor(cell, { onMode } = {}) {
    this.cell = cell;
    this.onMode = onMode;
    this.bases = { previous: cell.previousCell?.picture ? cell.previousCell : null, week: cell.weekCell?.picture ? cell.weekCell : null };
    const base = recall('base');
    this.base = this.bases[base] ? base : this.bases.previous ? 'previous' : 'week';
    const mode = recall('mode');
    this.mode = MODES.includes(mode) && this.earlier ? mode : 'single';
    this.look = null;
    this.isFitting = true;
    this.split = 50;
    this.picture = { width: cell.width || 1000, height: cell.height || 500 };
    this.build();
    this.setMode(this.mode);
  }

  get earlier() {
    return this.bases[this.base];
  }

  build() {
    this.frames = h('div', { class: 'frames', role: 'group', tabindex: 0, 'aria-label': t('stage.label') });
    this.modes = choice(
      t('mode.title'),
      MODES.map((name) => [name, t(`mode.${name}`)]),
      this.mode,
      (mode) => this.setMode(mode),
    );
    this.baseChoice = choice(
      t('mode.base'),
      ['previous', 'week'].map((name) => [name, t(`base.${name}`)]),
      this.base,
      (base) => this.setBase(base),
    );
    for (const one of this.baseChoice.children) one.disabled = !this.bases[one.dataset.name];
    if (!this.earlier) {
      for (const one of this.modes.children) one.disabled = one.dataset.name !== 'single';
    }
    this.percent = h('output', { class: 'percent', 'aria-live': 'off' });
    const zoom = h(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': t('zoom.title') },
      iconButton(t('zoom.out'), 'minus', { onclick: () => this.zoom(1 / STEP) }),
      this.percent,
      iconButton(t('zoom.in'), 'plus', { onclick: () => this.zoom(STEP) }),
      h('button', { type: 'button', class: 'button small', 'data-part': 'fit', on: { click: () => this.fit() } }, t('zoom.fit')),
      h('button', { type: 'button', class: 'button small', 'data-part': 'actual', on: { click: () => this.actual() } }, t('zoom.actual')),
    );
    this.extra = h('div', { class: 'stage-extra' });
    this.names = h('div', { class: 'stage-names' });
    this.words = h('p', { class: 'stage-words quiet' });
    this.element = h(
      'section',
      { class: 'stage', 'aria-label': t('mode.title') },
      h(
        'div',
        { class: 'stage-bar' },
        this.modes,
        this.earlier ? this.baseChoice : h('span', { class: 'quiet no-base' }, t('base.none')),
        h('span', { class: 'spacer' }),
        zoom,
      ),
      this.names,
      this.frames,
      this.extra,
      this.words,
    );
    this.listen();
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.frames);
  }

  dispose() {
    this.watcher.disconnect();
    window.clearInterval(this.blinking);
  }

  image(cell, alt, className) {
    return h('img', { class: className, src: objectAddress(cell.picture), alt, draggable: 'false', decoding: 'async' });
  }

  emptyFrame() {
    const { state, failure } = this.cell;
    return h(
      'div',
      { class: 'frame no-picture' },
      icon(state === 'pending' ? 'clock' : 'alert'),
      h('p', {}, t(`cell.nopicture.${state}`)),
      failure ? h('p', { class: 'quiet' }, foreign(failure)) : null,
    );
  }

  setMode(mode) {
    if (mode !== 'single' && !this.earlier) return;
    this.mode = mode;
    remember('mode', mode === 'single' ? null : mode);
    this.modes.choose(mode);
    window.clearInterval(this.blinking);
    this.blinking = 0;
    this.draw();
    this.onMode?.(mode);
  }

  nextMode() {
    if (!this.earlier) return;
    this.setMode(MODES[(MODES.indexOf(this.mode) + 1) % MODES.length]);
    announce(t(`mode.${this.mode}`));
  }

  setBase(base) {
    if (!this.bases[base]) return;
    this.base = base;
    remember('base', base);
    this.baseChoice.choose(base);
    if (this.mode === 'single') this.setMode('slider');
    else this.draw();
    announce(t(`base.${base}`));
  }

  draw() {
    const { cell, earlier, mode } = this;
    this.extra.replaceChildren();
    this.names.replaceChildren();
    this.words.textContent = '';
    this.element.dataset.mode = mode;
    const ratio = this.picture.width / this.picture.height;
    this.frames.style.setProperty('--ratio', String(mode === 'side' ? 2 * ratio : ratio));
    if (!cell.picture) {
      this.frames.replaceChildren(this.emptyFrame());
      return;
    }
    const alt = t('cell.picture', { title: shorten(cell.panel.title, 80), range: shorten(cell.range.label, 40) });
    const now = this.image(cell, alt, 'layer now');
    const frame = (...layers) => h('div', { class: 'frame' }, h('div', { class: 'layers' }, layers));
    if (mode === 'single') {
      this.frames.replaceChildren(frame(now));
    } else {
      const before = this.image(earlier, `${t(`base.${this.base}`)}: ${alt}`, 'layer before');
      const label = `${t(`base.${this.base}`)} · ${formatMoment(earlier.range.to, language(), cell.timezone)}`;
      if (mode === 'side') this.frames.replaceChildren(frame(before), frame(now));
      else if (mode === 'difference') this.frames.replaceChildren(frame(this.difference(now)));
      else this.frames.replaceChildren(frame(now, before));
      this.name(label);
      if (mode === 'slider') this.drawSlider();
      if (mode === 'blink') this.drawBlink();
    }
    this.apply();
  }

  /** Which picture is which, above them: inside they would cover what the panel says. */
  name(label) {
    const before = h('span', { class: 'name before' }, label);
    if (this.mode === 'difference')
      this.names.append(
        before,
        h('span', { class: 'name' }, h('i', { class: 'key new' }), t('mode.difference.new')),
        h('span', { class: 'name' }, h('i', { class: 'key gone' }), t('mode.difference.gone')),
      );
    else this.names.append(before, h('span', { class: 'name now' }, t('base.this')));
  }

  drawSlider() {
    const range = h('input', {
      type: 'range',
      min: 0,
      max: 100,
      value: this.split,
      class: 'split',
      'aria-label': t('mode.slider.at'),
      'data-part': 'split',
    });
    const line = h(
      'div',
      { class: 'split-line', 'aria-hidden': 'true' },
      h('span', { class: 'split-handle' }, icon('left'), icon('right')),
    );
    const frame = this.frames.firstChild;
    frame.append(line);
    const show = () => frame.style.setProperty('--split', `${this.split}%`);
    range.addEventListener('input', () => {
      this.split = Number(range.value);
      show();
      this.apply();
    });
    line.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      event.stopPropagation();
      line.setPointerCapture(event.pointerId);
      const move = ({ clientX }) => {
        const box = frame.getBoundingClientRect();
        this.split = Math.max(0, Math.min(100, ((clientX - box.left) / box.width) * 100));
        range.value = this.split;
        show();
        this.apply();
      };
      line.addEventListener('pointermove', move);
      line.addEventListener('pointerup', () => line.removeEventListener('pointermove', move), { once: true });
    });
    show();
    this.extra.append(range);
  }

  drawBlink() {
    const frame = this.frames.firstChild;
    let isBefore = false;
    const turn = () => {
      isBefore = !isBefore;
      frame.classList.toggle('shows-before', isBefore);
      this.names.classList.toggle('shows-before', isBefore);
    };
    const toggle = h('button', { type: 'button', class: 'button small', 'data-part': 'blink' });
    const show = () => {
      toggle.textContent = this.blinking ? t('mode.blink.stop') : t('mode.blink.go');
    };
    const start = () => {
      this.blinking = window.setInterval(turn, BLINK_MS);
    };
    toggle.addEventListener('click', () => {
      if (isCalm()) {
        turn();
        return;
      }
      if (this.blinking) {
        window.clearInterval(this.blinking);
        this.blinking = 0;
      } else {
        turn();
        start();
      }
      show();
    });
    turn();
    if (!isCalm()) start();
    show();
    this.extra.append(toggle);
  }

  difference(now) {
    const marked = h('img', {
      class: 'layer now',
      src: cellFile(this.cell.id, `difference?with=${this.base}`),
      alt: `${t('mode.difference')}: ${now.alt}`,
      draggable: 'false',
    });
    this.words.textContent = t('mode.difference.wait');
    marked.addEventListener('load', () => {
      this.words.textContent = '';
    });
    marked.addEventListener('error', () => {
      this.words.textContent = t('base.none');
    });
    return marked;
  }

  frameSize() {
    const frame = this.frames.querySelector('.frame');
    return { width: frame?.clientWidth || 1, height: frame?.clientHeight || 1 };
  }

  resize() {
    if (!this.cell.picture) return;
    this.apply();
  }

  apply() {
    const frame = this.frameSize();
    if (frame.width <= 1) return;
    if (this.isFitting || !this.look) this.look = fit(frame, this.picture);
    else this.look = pan(this.look, 0, 0, frame, this.picture);
    const { scale, x, y } = this.look;
    for (const layers of this.frames.querySelectorAll('.layers')) {
      layers.style.setProperty('width', `${this.picture.width}px`);
      layers.style.setProperty('height', `${this.picture.height}px`);
      layers.style.setProperty('transform', `translate(${x}px, ${y}px) scale(${scale})`);
      // The line stands still in the frame while the picture moves under it.
      layers.style.setProperty('--cut', `${((frame.width * this.split) / 100 - x) / scale}px`);
    }
    this.frames.classList.toggle('zoomed', !isFit(this.look, frame, this.picture));
    this.percent.textContent = `${Math.round(scale * 100)} %`;
  }

  set(look) {
    const frame = this.frameSize();
    this.look = look;
    this.isFitting = isFit(look, frame, this.picture);
    this.apply();
  }

  zoom(factor, x = null, y = null) {
    const frame = this.frameSize();
    if (this.look) this.set(zoomAt(this.look, factor, x ?? frame.width / 2, y ?? frame.height / 2, frame, this.picture));
  }

  fit() {
    this.isFitting = true;
    this.apply();
  }

  actual() {
    if (!this.look) return;
    this.look = actual(this.look, this.frameSize(), this.picture);
    this.isFitting = false;
    this.apply();
  }

  move(dx, dy) {
    if (!this.look) return;
    this.set(pan(this.look, dx, dy, this.frameSize(), this.picture));
  }

  key(key) {
    const act = {
      '+': () => this.zoom(STEP),
      '=': () => this.zoom(STEP),
      '-': () => this.zoom(1 / STEP),
      0: () => this.fit(),
      ArrowLeft: () => this.move(MOVE, 0),
      ArrowRight: () => this.move(-MOVE, 0),
      ArrowUp: () => this.move(0, MOVE),
      ArrowDown: () => this.move(0, -MOVE),
    }[key];
    act?.();
    return Boolean(act);
  }

  listen() {
    const { frames } = this;
    const pointers = new Map();
    frames.addEventListener('keydown', (event) => {
      if (event.target !== frames || event.ctrlKey || event.metaKey || event.altKey) return;
      const isMove = event.key.startsWith('Arrow');
      if (isMove && (!this.look || isFit(this.look, this.frameSize(), this.picture))) return;
      if (isMove && this.key(event.key)) event.preventDefault();
    });
    frames.addEventListener(
      'wheel',
      (event) => {
        if (!this.cell.picture || (event.deltaY > 0 && this.isFitting && !event.ctrlKey)) return;
        event.preventDefault();
        const box = event.target.closest('.frame')?.getBoundingClientRect();
        if (box)
          this.zoom(
            Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) / (event.ctrlKey ? 120 : 400)),
            event.clientX - box.left,
            event.clientY - box.top,
          );
      },
      { passive: false },
    );
    frames.addEventListener('dblclick', (event) => {
      const box = event.target.closest('.frame')?.getBoundingClientRect();
      if (!box) return;
      if (this.isFitting)
        this.zoom(1 / this.look.scale > 1.05 ? 1 / this.look.scale : 2, event.clientX - box.left, event.clientY - box.top);
      else this.fit();
    });
    frames.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !this.cell.picture) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      frames.setPointerCapture(event.pointerId);
    });
    frames.addEventListener('pointermove', (event) => this.onPointer(event, pointers));
    for (const type of ['pointerup', 'pointercancel']) frames.addEventListener(type, (event) => pointers.delete(event.pointerId));
  }

  onPointer(event, pointers) {
    const old = pointers.get(event.pointerId);
    if (!old) return;
    const now = { x: event.clientX, y: event.clientY };
    pointers.set(event.pointerId, now);
    if (pointers.size === 1) {
      if (!this.isFitting) this.move(now.x - old.x, now.y - old.y);
      return;
    }
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    const box = this.frames.querySelector('.frame').getBoundingClientRect();
    this.zoom(apart(now) / apart(old), (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
    this.move((now.x - old.x) / 2, (now.y - old.y) / 2);
  }
}
