// help.js: which keys there are

import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { hasLetters, listBindings, setLetters } from './keys.js';
import { t } from './text.js';

const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' };

function rows(list) {
  return h(
    'dl',
    { class: 'keys' },
    list
      .filter((binding) => binding.name)
      .map(({ keys, name }) =>
        h(
          'div',
          {},
          h(
            'dt',
            {},
            keys.map((key) => h('kbd', {}, NAMES[key] ?? key)),
          ),
          h('dd', {}, t(name)),
        ),
      ),
  );
}

export function showHelp() {
  const { always, bindings } = listBindings();
  return openDialog(
    t('help.title'),
    () => {
      const letters = h('input', { type: 'checkbox', on: { change: () => setLetters(letters.checked) } });
      letters.checked = hasLetters();
      return {
        body: [
          bindings.some(({ name }) => name) ? [h('h3', {}, t('help.view')), rows(bindings)] : [],
          h('h3', {}, t('help.everywhere')),
          rows(always),
          h('label', { class: 'check' }, letters, h('span', {}, t('help.on'))),
        ],
      };
    },
    { kind: 'wide' },
  );
}
