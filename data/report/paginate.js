// paginate.js: the blocks of a report put on pages of paper, numbered, with the pages in the contents
//
// WebKit knows no page numbers in print, so each page is an element as large as the paper (report.css).
// A heading stays with what follows it; an article whose note is longer than a page goes on on the next.
// #paginated is in the document when it is done.

const main = document.querySelector('main');
const footerText = document.body.dataset.footer;
const pages = [];

function addPage() {
  const page = document.createElement('section');
  const sheet = document.createElement('div');
  page.className = 'page';
  sheet.className = 'sheet';
  page.append(sheet);
  main.append(page);
  pages.push(page);
  return sheet;
}

const isFull = (sheet) => sheet.scrollHeight > sheet.clientHeight;
const isHeading = (block) => block.matches('h2, h3');

/** Headings at the end of the sheet, first to last: they have nothing to stand above. */
function takeHeadings(sheet) {
  const taken = [];
  while (sheet.lastElementChild && isHeading(sheet.lastElementChild)) {
    taken.unshift(sheet.lastElementChild);
    sheet.lastElementChild.remove();
  }
  return taken;
}

/** Leaves in the note what fits on the sheet, and returns the rest: "" for none. */
function cutNote(sheet, note) {
  const characters = Array.from(note.textContent);
  let fits = 0;
  let least = 0;
  let most = characters.length;
  while (least <= most) {
    const middle = Math.floor((least + most) / 2);
    note.textContent = characters.slice(0, middle).join('');
    if (isFull(sheet)) {
      most = middle - 1;
    } else {
      fits = middle;
      least = middle + 1;
    }
  }
  note.textContent = characters.slice(0, fits).join('');
  return characters.slice(fits).join('');
}

/** The block is alone on its sheet and still too tall: what its notes leave over goes on on the next,
 *  the longest first. What cannot be cut is scaled by its pictures. */
function split(sheet, block) {
  const notes = [...block.querySelectorAll('.note')].sort((a, b) => b.scrollHeight - a.scrollHeight);
  const next = document.createElement(notes.length > 0 && block.matches('article') ? 'article' : 'div');
  for (const note of notes) {
    if (!isFull(sheet)) break;
    const after = [];
    while (note.nextSibling) {
      after.push(note.nextSibling);
      note.nextSibling.remove();
    }
    const more = note.cloneNode(false);
    more.textContent = cutNote(sheet, note);
    if (more.textContent) next.append(more);
    if (note.textContent === '') note.remove();
    next.append(...after);
  }
  if (isFull(sheet)) {
    for (const image of block.querySelectorAll('img')) image.style.maxHeight = '120mm';
  }
  return next.childNodes.length > 0 ? next : null;
}

function place(sheet, block) {
  let at = sheet;
  at.append(block);
  if (!isFull(at)) return at;
  block.remove();
  const headings = takeHeadings(at);
  if (at.childElementCount > 0) at = addPage();
  at.append(...headings, block); // on a sheet of its own
  while (isFull(at)) {
    const next = split(at, block);
    if (!next) break;
    at = addPage();
    at.append(next);
    block = next;
  }
  return at;
}

function number() {
  const pageOf = new Map();
  pages.forEach((page, i) => {
    const footer = document.createElement('footer');
    for (const text of [footerText, `${i + 1} / ${pages.length}`]) {
      const span = document.createElement('span');
      span.textContent = text;
      footer.append(span);
    }
    page.append(footer);
    for (const heading of page.querySelectorAll('h2[id]')) pageOf.set(heading.id, i + 1);
  });
  for (const entry of document.querySelectorAll('.page-of')) entry.textContent = pageOf.get(entry.dataset.of) ?? '';
}

await document.fonts.ready;
const blocks = [...main.children];
blocks.forEach((block) => block.remove());
let sheet = addPage();
for (const block of blocks) {
  const startsPage = block.matches('h2.contents, #abnormal') || (block.matches('h2') && block.id === 'd0');
  if (startsPage && sheet.childElementCount > 0) sheet = addPage();
  sheet = place(sheet, block);
}
number();
const mark = document.createElement('i');
mark.id = 'paginated';
mark.hidden = true;
document.body.append(mark);
