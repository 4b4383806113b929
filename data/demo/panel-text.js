// panel-text.js: what a person would write under an inspection

import { h } from './dom.js';

const SIGN = { good: '✓', warn: '!' };

export function drawText(body, panel, data) {
  body.replaceChildren(h('p', { class: 'lead' }, data.lead),
    h('ul', {}, data.points.map((point) =>
      h('li', { class: point.state }, h('span', { class: 'sign' }, SIGN[point.state]), point.text))),
    h('p', { class: 'foot quiet' }, data.foot));
}
