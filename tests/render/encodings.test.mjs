// JPEG and WebP, zoom, small scales, elements: what a picture is made of and how large it is.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { decode, keep, pixel, run, startGrafana } from '../support/harness.mjs';

let grafana;
let site;
const pictures = new Map();

/** A long page below a header that stays, with elements in all the places that are hard to reach. */
const LONG = `<!DOCTYPE html><meta charset="utf-8"><title>Long</title><style>
  html { scroll-behavior: smooth; }
  body { margin: 0; height: 6000px; background: #fff; position: relative; }
  header { position: fixed; top: 0; left: 0; right: 0; height: 120px; background: #000; z-index: 9; }
  header i { pointer-events: auto; display: block; height: 60px; background: #222; }
  .box { position: absolute; background: #0f0; }
  #top { top: 40px; left: 30px; width: 200px; height: 60px; }
  #far { top: 4000px; left: 100px; width: 300px; height: 180px; }
  #tall { top: 500px; left: 0; width: 100px; height: 2345px; background: linear-gradient(#0f0, #00f); }
  #wide { top: 3500px; left: 0; width: 1700px; height: 50px; background: linear-gradient(to right, #0f0, #00f); }
  #inner { position: absolute; top: 5000px; left: 10px; width: 300px; height: 200px; overflow: auto; }
  #deep { margin-top: 900px; width: 120px; height: 80px; background: #0f0; }
  #none { display: none; }
  #huge { top: 0; left: 600px; width: 10px; height: 200000px; }
</style><header><i></i></header>
<div class="box" id="top"></div><div class="box" id="far"></div><div class="box" id="tall"></div>
<div class="box" id="wide"></div><div id="inner"><div id="deep"></div></div><div id="none">x</div>
<script>if (location.search === '?huge') document.body.insertAdjacentHTML('beforeend', '<div class="box" id="huge"></div>');</script>`;

/** Says in colours what the page was told: red when it is not what is asked for. */
const SIZE = `<!DOCTYPE html><title>Size</title><body style="margin:0"><script>
  const tell = () => fetch('/seen?' + new URLSearchParams({ innerWidth, innerHeight, devicePixelRatio, agent: navigator.userAgent }));
  addEventListener('load', tell);
</script><p style="font:12px sans-serif">The layout 布局</p>`;

/** Goes on with the address of a picture. */
const SHOW = '<!DOCTYPE html><body style="margin:0"><img style="display:block" src=';

const seen = [];

before(async () => {
  grafana = await startGrafana();
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://site');
    const html = { '/long': LONG, '/size': SIZE }[url.pathname];
    if (url.pathname === '/seen') seen.push({ ...Object.fromEntries(url.searchParams), header: request.headers['user-agent'] });
    if (html) response.writeHead(200, { 'Content-Type': 'text/html' }).end(html);
    else if (pictures.has(url.pathname)) response.writeHead(200).end(pictures.get(url.pathname));
    else if (url.pathname === '/show') response.writeHead(200, { 'Content-Type': 'text/html' }).end(`${SHOW}${url.search.slice(1)}>`);
    else response.writeHead(204).end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  site = { url: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
});
after(async () => {
  site.close();
  await grafana.close();
});

async function render(url, ...args) {
  const result = await run(['render', url, '-o', '-', '--json', ...args]);
  assert.equal(result.code, 0, result.stderr);
  return { body: result.stdout, told: JSON.parse(result.stderr) };
}

/** Mean difference of all channels. */
function distance(a, b) {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / a.data.length;
}

// WebKit reads back what our encoders wrote, beside the PNG of the same page.
for (const [encoding, magic] of [['jpeg', /^\xff\xd8\xff/], ['webp', /^RIFF....WEBPVP8/s]]) {
  test(`${encoding} shows what png shows, and quality makes it larger`, async () => {
    const exact = decode((await render(`${grafana.url}/plain`)).body);
    const sizes = [];
    for (const quality of [20, 95]) {
      const { body, told } = await render(`${grafana.url}/plain`, '--encoding', encoding, '--quality', String(quality));
      assert.match(body.toString('latin1'), magic);
      assert.deepEqual(told.pictures.map((one) => [one.encoding, one.width, one.height]), [[encoding, 1000, 500]]);
      keep(`plain-${quality}.${encoding}`, body);
      pictures.set(`/${quality}.${encoding}`, body);
      const back = decode((await render(`${site.url}/show?/${quality}.${encoding}`)).body);
      const most = quality === 95 ? 0.8 : 4;
      assert.ok(distance(exact, back) < most, `${distance(exact, back)} at quality ${quality}`);
      sizes.push(body.length);
    }
    assert.ok(sizes[1] > sizes[0] * 1.2, sizes.join());
  });
}

test('WebP knows 16383 pixels: one more is a mistake of the caller', async () => {
  const result = await run(['render', `${grafana.url}/plain`, '-o', '-', '--encoding', 'webp', '--width', '10', '--height', '16384']);
  assert.equal(result.code, 2, result.stderr);
  assert.match(result.stderr, /16383.*png or jpeg/);
});

/** [scale, zoom, size, what the page sees as its width, as its devicePixelRatio] */
const SIZES = [
  [0.1, 1, [1000, 500], 1000, 1],
  [0.25, 1, [333, 77], 333, 1],
  [0.33, 1, [1000, 500], 1000, 1],
  [4, 1, [333, 77], 333, 4],
  [1, 0.25, [640, 480], 2560, 1],
  [1, 1.5, [1000, 500], 667, 1.5],
  [1, 5, [1000, 500], 200, 5],
  [2, 1.5, [333, 77], 222, 3],
  [1.5, 1.25, [640, 480], 512, 1.875],
  [0.33, 1.5, [333, 77], 222, 1],
  [0.1, 5, [1000, 500], 200, 1],
];
for (const [scale, zoom, [width, height], innerWidth, ratio] of SIZES) {
  test(`${width}×${height} at scale ${scale}, zoom ${zoom}`, async () => {
    seen.length = 0;
    const { body } = await render(`${site.url}/size`, '--scale', String(scale), '--zoom', String(zoom), '--width', String(width), '--height', String(height));
    const picture = decode(body);
    assert.deepEqual([picture.width, picture.height], [Math.floor(width * scale + 0.5), Math.floor(height * scale + 0.5)]);
    assert.ok(Math.abs(Number(seen[0].innerWidth) - innerWidth) <= 1, `innerWidth ${seen[0].innerWidth}`);
    assert.ok(Math.abs(Number(seen[0].devicePixelRatio) - ratio) < 1e-6, `devicePixelRatio ${seen[0].devicePixelRatio}`);
  });
}

test('a small scale shrinks the picture and does not change the layout', async () => {
  // WebKit draws no text smaller than 9 px when it zooms out, so 12 px would take three times its room.
  const full = decode((await render(`${site.url}/size`, '--width', '400', '--height', '100')).body);
  const small = decode((await render(`${site.url}/size`, '--width', '400', '--height', '100', '--scale', '0.25')).body);
  const right = ({ width, height, data }) => {
    let most = 0;
    for (let i = 0; i < width * height; i++) if (data[i * 4] < 230) most = Math.max(most, i % width);
    return most;
  };
  assert.ok(Math.abs(right(full) / 4 - right(small)) <= 2, `${right(full)} and ${right(small)}`);
});

test('a full page at zoom 2 is as tall as its text needs', async () => {
  const { body, told } = await render(`${grafana.url}/fault/tall?px=3000`, '--full-page', '--width', '400', '--zoom', '2');
  const picture = decode(body);
  assert.equal(picture.width, 400);
  assert.ok(Math.abs(picture.height - 6000) <= 40, `${picture.height}`);
  assert.deepEqual(told.flags, []);
});

test('the user agent is the one asked for, in requests and in scripts', async () => {
  seen.length = 0;
  await render(`${site.url}/size`, '--user-agent', 'Mine/1.0 (test)');
  assert.deepEqual([seen[0].agent, seen[0].header], ['Mine/1.0 (test)', 'Mine/1.0 (test)']);
});

/** [selector, size, colour of the first and the last pixel] */
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const ELEMENTS = [
  ['#top', [200, 60], GREEN, GREEN], // under the header from the start
  ['#far', [300, 180], GREEN, GREEN],
  ['#tall', [100, 2345], GREEN, BLUE],
  ['#wide', [1700, 50], GREEN, BLUE],
  ['#deep', [120, 80], GREEN, GREEN], // inside a box that scrolls
];
for (const [selector, size, first, last] of ELEMENTS) {
  for (const [scale, zoom] of selector === '#far' ? [[1, 1], [0.5, 1], [1.5, 1.25]] : [[1, 1]]) {
    test(`${selector} is drawn whole, whatever hangs over it, at scale ${scale}, zoom ${zoom}`, async () => {
      const { body, told } = await render(`${site.url}/long`, '--selector', selector, '--scale', String(scale), '--zoom', String(zoom));
      keep(`element-${selector.slice(1)}-${scale}-${zoom}.png`, body);
      const picture = decode(body);
      const wanted = size.map((side) => Math.floor(side * scale * zoom + 0.5));
      const slack = zoom === 1 ? 0 : 2;
      assert.ok(Math.abs(picture.width - wanted[0]) <= slack && Math.abs(picture.height - wanted[1]) <= slack, `${picture.width}×${picture.height}, not ${wanted}`);
      assert.deepEqual(told.flags, []);
      const inset = slack + 1;
      const near = (colour, to) => colour.every((value, i) => Math.abs(value - to[i]) <= 6);
      assert.ok(near(pixel(picture, inset, inset), first), pixel(picture, inset, inset).join());
      assert.ok(near(pixel(picture, picture.width - 1 - inset, picture.height - 1 - inset), last), 'the last pixel');
      for (let y = inset; y < picture.height - inset; y += 7) {
        const [red] = pixel(picture, picture.width >> 1, y);
        assert.ok(red <= 6, `only the element at y=${y}: ${pixel(picture, picture.width >> 1, y)}`);
      }
    });
  }
}

test('an element too tall for any picture is cut and says so', async () => {
  const { body, told } = await render(`${site.url}/long?huge`, '--selector', '#huge');
  const picture = decode(body);
  assert.equal(picture.width, 10);
  assert.ok(picture.height > 30000, `${picture.height}`);
  assert.deepEqual(told.flags, ['truncated']);
});

test('an element that is not shown is not found', async () => {
  for (const [selector, message] of [['#none', /shows nothing of the element/], ['#nowhere', /has no element/]]) {
    const result = await run(['render', `${site.url}/long`, '-o', '-', '--selector', selector]);
    assert.equal(result.code, 8, result.stderr);
    assert.match(result.stderr, message);
  }
});
