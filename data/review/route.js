// route.js: addresses of the page, and the filter that travels in them
//
// Pure. A filter: { filter: [names], text, dashboard, range, order }; the API knows the same names.

export const FILTERS = ['unconfirmed', 'flagged', 'changed', 'abnormal', 'pending', 'failed'];

const VIEWS = { runs: 'run', cells: 'cell', history: 'history' };
const PLAIN = new Set(['plans', 'people', 'login', 'setup']);

export function parseRoute(pathname, search = '') {
  const query = new URLSearchParams(search);
  const [first = '', id, ...rest] = pathname
    .replace(/^\/review\/?/, '')
    .replace(/\/$/, '')
    .split('/');
  if (first === '') return { view: 'runs', id: 0, query };
  if (PLAIN.has(first) && id === undefined) return { view: first, id: 0, query };
  if (VIEWS[first] && /^[1-9]\d{0,15}$/.test(id ?? '') && rest.length === 0) return { view: VIEWS[first], id: Number(id), query };
  return { view: 'missing', id: 0, query };
}

export function filterOf(query) {
  const names = (query.get('filter') ?? '').split(',').filter((name) => FILTERS.includes(name));
  return {
    filter: FILTERS.filter((name) => names.includes(name)),
    text: query.get('text') ?? '',
    dashboard: query.get('dashboard') ?? '',
    range: query.get('range') ?? '',
    order: query.get('order') === 'plan' ? 'plan' : 'worst',
  };
}

export function queryOf({ filter = [], text = '', dashboard = '', range = '', order = 'worst' }) {
  const query = new URLSearchParams();
  if (filter.length > 0) query.set('filter', filter.join(','));
  for (const [name, value] of Object.entries({ text, dashboard, range })) {
    if (value !== '') query.set(name, value);
  }
  if (order !== 'worst') query.set('order', order);
  return query;
}

export const isNarrow = ({ filter, text, dashboard, range }) => filter.length > 0 || text !== '' || dashboard !== '' || range !== '';

function address(path, filter) {
  const query = filter ? String(queryOf(filter)) : '';
  return query === '' ? path : `${path}?${query}`;
}

export const runAddress = (id, filter) => address(`/review/runs/${id}`, filter);
export const cellAddress = (id, filter) => address(`/review/cells/${id}`, filter);
export const historyAddress = (id) => `/review/history/${id}`;

/** Only an address of this page is worth coming back to. */
export function safeReturn(target) {
  return /^\/review\/(?!login|setup)[\w/?=&%,.+~-]*$/.test(target ?? '') ? target : '/review/';
}
