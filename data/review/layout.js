// layout.js: where cards stand, without asking the browser
//
// Pure. All cards are of one size, so that any of them can be found without drawing those before.
// A layout: { rows: [{ kind, top, height, … }], places: [{ row, x }] by cell, height, columns }.
//
//   kind "cards"      items: [{ index, x }], groups: [{ index, x, width, count }] in the plan's order
//   kind "dashboard"  title, count: the heading of what follows

/** A little narrower than asked for is better than a column that stays empty. */
const NARROWER = 0.82;

/** @unit: so many columns belong together. */
export function columnsOf(width, least, gap, unit = 1) {
  const fitting = (size) => Math.max(1, Math.floor((width + gap) / (size + gap)));
  let columns = fitting(least);
  const whole = columns - (columns % unit);
  if (whole > 0 && whole !== columns) columns = fitting(least * NARROWER) >= whole + unit ? whole + unit : whole;
  return { columns, cardWidth: Math.floor((width - gap * (columns - 1)) / columns) };
}

const samePanel = (a, b) =>
  a.dashboard.uid === b.dashboard.uid && a.panel.key === b.panel.key && JSON.stringify(a.variables) === JSON.stringify(b.variables);

function makeSheet({ width, least, gap, captionHeight }, unit = 1) {
  const { columns, cardWidth } = columnsOf(width, least, gap, unit);
  const sheet = { rows: [], places: [], height: 0, columns, cardWidth, thumbHeight: Math.round(cardWidth / 2), captionHeight };
  sheet.add = (row) => {
    sheet.rows.push({ ...row, top: sheet.height });
    sheet.height += row.height;
  };
  sheet.xOf = (column) => column * (cardWidth + gap);
  return sheet;
}

function finish({ rows, places, height, columns, cardWidth, thumbHeight }) {
  rows.forEach((row, r) =>
    row.items?.forEach(({ index, x }) => {
      places[index] = { row: r, x };
    }),
  );
  return { rows, places, height, columns, cardWidth, thumbHeight };
}

/** One card after the other. */
export function layFlat(count, sizes) {
  const sheet = makeSheet(sizes);
  const height = sheet.thumbHeight + sheet.captionHeight + sizes.gap;
  for (let first = 0; first < count; first += sheet.columns) {
    const items = [];
    for (let index = first; index < Math.min(count, first + sheet.columns); index++) items.push({ index, x: sheet.xOf(index - first) });
    sheet.add({ kind: 'cards', height, items, groups: [] });
  }
  return finish(sheet);
}

function groupsOf(cells) {
  const groups = [];
  cells.forEach((cell, index) => {
    const last = groups.at(-1);
    if (last && samePanel(cells[last.index], cell)) last.count += 1;
    else groups.push({ index, count: 1, uid: cell.dashboard.uid });
  });
  return groups;
}

function usualCount(groups) {
  const times = new Map();
  for (const { count } of groups) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

/** By dashboard; the ranges of a panel stay together, under one heading. */
export function layGrouped(cells, sizes) {
  const groups = groupsOf(cells);
  const sheet = makeSheet(sizes, usualCount(groups));
  const height = sizes.groupHeight + sheet.thumbHeight + sheet.captionHeight + sizes.gap;
  let row = null;
  let column = 0;
  const flush = () => {
    if (row) sheet.add(row);
    row = null;
    column = 0;
  };
  const put = (first, count, isContinued) => {
    row ??= { kind: 'cards', height, items: [], groups: [] };
    row.groups.push({ index: first, x: sheet.xOf(column), width: sheet.xOf(count) - sizes.gap, count, isContinued });
    for (let n = 0; n < count; n++) row.items.push({ index: first + n, x: sheet.xOf(column + n) });
    column += count;
  };
  let uid = null;
  for (const group of groups) {
    if (group.uid !== uid) {
      flush();
      uid = group.uid;
      const count = groups.filter((one) => one.uid === uid).reduce((sum, one) => sum + one.count, 0);
      sheet.add({ kind: 'dashboard', height: sizes.dashboardHeight, title: cells[group.index].dashboard.title, count });
    }
    if (column + group.count > sheet.columns) flush();
    for (let done = 0; done < group.count; done += sheet.columns) {
      if (done > 0) flush();
      put(group.index + done, Math.min(sheet.columns, group.count - done), done > 0);
    }
  }
  flush();
  return finish(sheet);
}

/** The rows that are seen between two heights: [first, last]; none: [0, -1]. */
export function rowsBetween({ rows }, top, bottom) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height <= top) low = middle + 1;
    else high = middle;
  }
  let last = low - 1;
  while (last + 1 < rows.length && rows[last + 1].top < bottom) last += 1;
  return [low, last];
}

function inRow(layout, from, step, x) {
  for (let row = from + step; row >= 0 && row < layout.rows.length; row += step) {
    const { items } = layout.rows[row];
    if (items) return items.reduce((best, item) => (Math.abs(item.x - x) < Math.abs(best.x - x) ? item : best)).index;
  }
  return null;
}

/** Where a key leads from a card; the same card at an end. */
export function neighbour(layout, index, key, pageRows = 4) {
  const last = layout.places.length - 1;
  const place = layout.places[index];
  if (!place) return last < 0 ? index : 0;
  const vertical = (step, times) => {
    let at = index;
    for (let n = 0; n < times; n++) at = inRow(layout, layout.places[at].row, step, place.x) ?? at;
    return at;
  };
  switch (key) {
    case 'ArrowRight':
      return Math.min(last, index + 1);
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'ArrowDown':
      return vertical(1, 1);
    case 'ArrowUp':
      return vertical(-1, 1);
    case 'PageDown':
      return vertical(1, pageRows);
    case 'PageUp':
      return vertical(-1, pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return index;
  }
}
