// dom.js: elements without markup in strings
//
// Text goes in as text nodes and styles through the object model, so that nothing a stranger wrote
// can become markup, and the page runs without inline scripts and styles.

import { shorten } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'style') Object.entries(value).forEach(([key, text]) => node.style.setProperty(key, text));
    else if (name === 'on') Object.entries(value).forEach(([type, listen]) => node.addEventListener(type, listen));
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Names and notes of strangers: of any length, in any direction. */
export function foreign(text, className = '') {
  const whole = String(text ?? '');
  return h('bdi', { class: className || undefined, title: whole.length > 40 ? shorten(whole, 400) : undefined }, shorten(whole, 4000));
}

const ICONS = {
  check: 'M3.2 8.6l3.1 3.1 6.5-7',
  alert: 'M8 3.2v5.6M8 12.1v.1',
  skip: 'M4 8h8',
  circle: 'M8 2.6a5.4 5.4 0 1 0 0 10.8a5.4 5.4 0 1 0 0-10.8',
  left: 'M10 3.5L5.5 8l4.5 4.5',
  right: 'M6 3.5L10.5 8L6 12.5',
  down: 'M3.5 6L8 10.5L12.5 6',
  undo: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.8 3.6L3 6.5l2.8 2.9',
  flag: 'M4 14V2.6M4 3.2h8l-2 2.9l2 2.9H4',
  change: 'M2.5 10.5l3.2-3.6 2.6 2.2 5-6M9.8 3.1h3.5v3.5',
  clock: 'M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 4.9V8l2.2 1.5',
  search: 'M7 2.6a4.4 4.4 0 1 0 0 8.8a4.4 4.4 0 1 0 0-8.8M10.3 10.3l3.4 3.4',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M3.5 12.5l.8-.8M11.7 4.3l.8-.8',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z',
  half: 'M8 2.4a5.6 5.6 0 1 0 0 11.2zM8 2.4a5.6 5.6 0 0 1 0 11.2',
  user: 'M8 2.6a2.7 2.7 0 1 0 0 5.4a2.7 2.7 0 1 0 0-5.4M2.8 13.6c.6-2.6 2.6-3.9 5.2-3.9s4.6 1.3 5.2 3.9',
  download: 'M8 2.5v7.6M4.8 7.2L8 10.4l3.2-3.2M3 13.4h10',
  open: 'M9.4 2.8h3.8v3.8M13 3L7.6 8.4M11.6 9v4.2H2.8V4.4H7',
  camera: 'M2.4 5h2.7l1.1-1.6h3.6L10.9 5h2.7v7.8H2.4zM8 6.6a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6',
  play: 'M5 3.2l7.5 4.8L5 12.8z',
  seal: 'M8 2l4.8 1.9v3.7c0 3.2-2 5.3-4.8 6.5c-2.8-1.2-4.8-3.3-4.8-6.5V3.9zM5.7 7.9l1.7 1.7 3-3.3',
  document: 'M4 1.8h5.4L12.4 5v9.2H4zM9.2 1.9V5h3.1M6 8h4.4M6 10.8h4.4',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.6 6V2.6H6M10 2.6h3.4V6M13.4 10v3.4H10M6 13.4H2.6V10',
  history: 'M2.6 8a5.4 5.4 0 1 0 1.8-4M2.6 2.6v2.9h2.9M8 5.2V8l2 1.4',
  help: 'M5.7 6a2.3 2.3 0 1 1 3.3 2.1c-.7.3-1 .8-1 1.5M8 12.3v.1',
  close: 'M4 4l8 8M12 4l-8 8',
  retry: 'M13.2 8a5.2 5.2 0 1 1-1.6-3.7M13.2 2.6v2.9h-2.9',
  note: 'M3 3h10v7.2H7.6L4.6 13v-2.8H3z',
  copy: 'M5.6 5.6h7.6v7.6H5.6zM10.4 5.4V2.8H2.8v7.6h2.6',
  calendar: 'M2.6 3.8h10.8v9.6H2.6zM2.6 6.8h10.8M5.4 2.2v2.6M10.6 2.2v2.6',
  image: 'M2.4 3.2h11.2v9.6H2.4zM2.6 11.2l3.2-3.4 2.4 2.4 2-1.8 3.2 2.8M10.6 5.6v.1',
};

export function icon(name, className = '') {
  return s(
    'svg',
    { class: `icon ${className}`.trim(), viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    s('path', { d: ICONS[name] }),
  );
}

export function logo() {
  return h('img', { class: 'logo', src: '/review/assets/favicon.svg', alt: '', width: 26, height: 26 });
}

let counter = 0;

export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** A label and its control, bound to each other. */
export function field(label, control, hint = null) {
  control.id ||= freshId('field');
  const note = hint ? h('p', { class: 'hint', id: `${control.id}-hint` }, hint) : null;
  if (note) control.setAttribute('aria-describedby', note.id);
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, note);
}

export function button(label, { glyph, kind = '', key, onclick, ...more } = {}) {
  return h(
    'button',
    { type: 'button', class: `button ${kind}`.trim(), on: onclick ? { click: onclick } : undefined, ...more },
    glyph ? icon(glyph) : null,
    h('span', { class: 'label' }, label),
    key ? h('kbd', { 'aria-hidden': 'true' }, key) : null,
  );
}

export function iconButton(label, glyph, { onclick, kind = '', ...more } = {}) {
  return h(
    'button',
    {
      type: 'button',
      class: `icon-button ${kind}`.trim(),
      'aria-label': label,
      title: label,
      on: onclick ? { click: onclick } : undefined,
      ...more,
    },
    icon(glyph),
  );
}

export function select(options, value, onchange, more = {}) {
  const element = h(
    'select',
    { on: onchange ? { change: () => onchange(element.value) } : undefined, ...more },
    options.map(([name, label]) => h('option', { value: name }, shorten(label, 90))),
  );
  element.value = value;
  return element;
}

/** Buttons of which one is pressed: [[name, label, glyph?]]. */
export function choice(label, options, value, onchoose) {
  const group = h('div', { class: 'choice', role: 'group', 'aria-label': label });
  const show = (now) => {
    for (const one of group.children) one.setAttribute('aria-pressed', String(one.dataset.name === now));
  };
  group.append(
    ...options.map(([name, text, glyph]) =>
      h(
        'button',
        {
          type: 'button',
          'data-name': name,
          title: text,
          on: {
            click: () => {
              show(name);
              onchoose(name);
            },
          },
        },
        glyph ? icon(glyph) : null,
        h('span', { class: 'label' }, text),
      ),
    ),
  );
  show(value);
  group.choose = show;
  return group;
}
