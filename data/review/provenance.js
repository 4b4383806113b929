// provenance.js: where a cell comes from, to the last hash

import { cellFile } from './api.js';
import { foreign, h } from './dom.js';
import { formatDuration, formatExact, formatVariables } from './format.js';
import { language, t } from './text.js';

function timings(cell) {
  const stages = Object.entries(cell.timings ?? {}).filter(([, ms]) => typeof ms === 'number' && ms > 0);
  if (stages.length === 0) return null;
  const most = Math.max(...stages.map(([, ms]) => ms));
  return h(
    'div',
    { class: 'timings' },
    h('h3', {}, t('prov.timings')),
    h(
      'dl',
      {},
      stages.map(([name, ms]) =>
        h(
          'div',
          {},
          h('dt', {}, foreign(name)),
          h(
            'dd',
            {},
            h(
              'span',
              { class: 'timing-bar', 'aria-hidden': 'true' },
              h('span', { style: { width: `${Math.max(1, (100 * ms) / most)}%` } }),
            ),
            formatDuration(ms, language()),
          ),
        ),
      ),
    ),
  );
}

export function provenance(cell, run) {
  const zone = cell.timezone || run.timezone;
  const row = (label, ...value) => h('div', {}, h('dt', {}, label), h('dd', {}, value));
  const hash = (text) => h('code', { class: 'hash' }, text);
  const variables = formatVariables(cell.variables);
  return h(
    'details',
    { class: 'panel provenance', open: true },
    h('summary', {}, h('h2', {}, t('cell.provenance'))),
    h(
      'dl',
      {},
      row(t('prov.range'), `${formatExact(cell.range.from, zone)} –`, h('br'), formatExact(cell.range.to, zone)),
      row(
        t('prov.dashboard'),
        foreign(cell.dashboard.title),
        h(
          'span',
          { class: 'quiet block' },
          foreign(cell.dashboard.uid),
          cell.dashboard.version ? ` · ${t('prov.version', { n: String(cell.dashboard.version) })}` : '',
        ),
      ),
      row(t('prov.panel'), foreign(cell.panel.key), h('span', { class: 'quiet' }, foreign(cell.panel.kind ? ` · ${cell.panel.kind}` : ''))),
      cell.panel.row ? row(t('prov.row'), foreign(cell.panel.row)) : null,
      variables ? row(t('prov.variables'), foreign(variables)) : null,
      row(t('prov.captured'), formatExact(cell.captured, zone)),
      row(
        t('prov.duration'),
        cell.duration ? formatDuration(cell.duration, language()) : '–',
        cell.attempts > 1 ? h('span', { class: 'quiet' }, ` · ${t('prov.attempts')}: ${cell.attempts}`) : null,
      ),
      row(
        t('prov.size'),
        `${cell.width} × ${cell.height}${cell.scale && cell.scale !== 1 ? ` (× ${cell.scale})` : ''}`,
        h(
          'span',
          { class: 'quiet' },
          [cell.theme, zone, cell.language]
            .filter(Boolean)
            .map((one) => ` · ${one}`)
            .join(''),
        ),
      ),
      row(t('prov.renderer'), foreign(cell.renderer || '–')),
      row(t('prov.run'), foreign(run.name)),
      cell.picture ? row(t('prov.sha.picture'), hash(cell.picture)) : null,
      cell.data ? row(t('prov.sha.data'), hash(cell.data)) : null,
      cell.panelJson
        ? row(
            t('prov.sha.panel'),
            hash(cell.panelJson),
            h('a', { href: cellFile(cell.id, 'panel'), target: '_blank', rel: 'noopener' }, t('prov.panel.open')),
          )
        : null,
    ),
    timings(cell),
  );
}
