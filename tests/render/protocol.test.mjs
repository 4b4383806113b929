// What Grafana and others ask over HTTP, against a server with the real engine: every kind of
// answer is opened by a program of other people.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { decodeByChromium } from '../support/chromium.mjs';
import { decode, descendants, eventually, keep, pixel, scratch, startForeign, startGrafana, startServer } from '../support/harness.mjs';
import { fonts, pagePictures, pageSizes, pageTexts } from '../support/papers.mjs';

const RANGE = 'from=1721736889194&to=1721738490788';
const TABLE = `/d-csv/panels?orgId=1&panelId=6&${RANGE}`;
const TABLE_NAME = '最近的部署-data-2024-07-23 12_41_30.csv';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** A page with a box of 400 × 300 that begins at 40, 40. */
const BOX = '/print/backgrounds';
const BLUE = [0x32, 0x74, 0xd9];
const WHITE = [255, 255, 255];

let grafana;
let server;
let chromium;

before(async () => {
  grafana = await startGrafana();
  server = await startServer(['--api.allow-expressions']);
  chromium = await decodeByChromium();
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  await grafana?.close();
});

const signedIn = (target, more = {}) => ({ url: grafana.url + target, renderKey: grafana.mintRenderKey('admin'), domain: '127.0.0.1', ...more });
const panel = (more = {}) => signedIn(`/d-solo/panels?panelId=1&${RANGE}`, { width: 600, height: 300, ...more });

/** A success of this type. */
async function render(params, type = 'image/png', options = {}) {
  const answer = await server.render(params, options);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), type);
  assert.equal(Number(answer.headers.get('content-length')), answer.body.length);
  return answer;
}

/** { width, height, … } of a success, with what the server said of the size. */
async function picture(params) {
  const { body, headers } = await render(params);
  return { ...decode(body), told: headers.get('x-panelshot-size') };
}

/** GET /render/csv with these parameters. */
const table = (params) => fetch(`${server.url}/render/csv?${new URLSearchParams(params)}`, { headers: { 'X-Auth-Token': '-' } });

const sizeOf = ({ width, height }) => [width, height];

/** Mean difference of all channels. */
function distance(a, b) {
  assert.deepEqual(sizeOf(a), sizeOf(b));
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / a.data.length;
}

function brightness({ data }) {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  return sum / (data.length / 4) / 3;
}

test('one panel as PNG, JPEG and WebP: the same picture', async () => {
  const { body } = await render(panel());
  keep('protocol/panel.png', body);
  const exact = decode(body);
  for (const [encoding, type, ending] of [['jpeg', 'image/jpeg', 'jpg'], ['webp', 'image/webp', 'webp']]) {
    const sizes = [];
    for (const [quality, most] of [[25, 6], [95, 1.5]]) {
      const lossy = await render(panel({ encoding, quality }), type);
      const back = await chromium.decode(lossy.body, type);
      keep(`protocol/panel-${quality}.${ending}`, lossy.body);
      keep(`protocol/panel-${quality}.${ending}.png`, back);
      assert.ok(distance(exact, decode(back)) < most, `${encoding} ${quality}: ${distance(exact, decode(back))}`);
      sizes.push(lossy.body.length);
    }
    assert.ok(sizes[0] < sizes[1], sizes.join());
  }
});

test('a dashboard as PDF: paper, text, what the PNG shows', async () => {
  const dashboard = (more) => signedIn(`/d/panels?${RANGE}&kiosk&theme=light`, more);
  const { body } = await render(dashboard({ encoding: 'pdf', 'pdf.landscape': 'false' }), 'application/pdf');
  assert.ok(pageSizes(body).length >= 2);
  for (const [width, height] of pageSizes(body)) {
    assert.ok(Math.abs(width - 8.2677 * 72) < 1 && Math.abs(height - 11.70 * 72) < 1, `${width}×${height}`);
  }
  const text = pageTexts(body).join('\n').replace(/\s+/g, ' ');
  for (const word of ['最近的部署', 'Latency', 'Version']) assert.ok(text.includes(word), `${word} is in ${text}`);
  assert.ok(fonts(body).areEmbedded);
  pagePictures(body).forEach((page, i) => keep(`protocol/dashboard-${i + 1}.png`, page));
  const whole = await render(dashboard({ height: -1 }));
  keep('protocol/dashboard.png', whole.body);
});

test('the theme asked for, whatever the address says', async () => {
  for (const [theme, other, isRight] of [['light', 'dark', (value) => value > 200], ['dark', 'light', (value) => value < 60]]) {
    const found = await picture(panel({ url: `${grafana.url}/d-solo/panels?panelId=1&theme=${other}&${RANGE}`, theme }));
    assert.ok(isRight(brightness(found)), `${theme}: ${brightness(found)}`);
  }
});

test('zoom: larger things in a picture of the same size', async () => {
  const box = { url: grafana.url + BOX, width: 500, height: 400 };
  const once = await picture(box);
  assert.deepEqual([pixel(once, 39, 200), pixel(once, 41, 200), pixel(once, 441, 200)], [WHITE, BLUE, WHITE]);
  const twice = await picture({ ...box, zoom: 2 });
  assert.deepEqual(sizeOf(twice), [500, 400]);
  assert.deepEqual([pixel(twice, 79, 300), pixel(twice, 81, 300), pixel(twice, 499, 300)], [WHITE, BLUE, BLUE]);
});

for (const [more, size, told] of [
  [{}, [400, 300], '400x300@1'],
  [{ deviceScaleFactor: '2.000000' }, [800, 600], '400x300@2'],
  [{ zoom: 1.5 }, [600, 450], '600x450@1'],
]) {
  test(`an element, with ${JSON.stringify(more)}`, async () => {
    const found = await picture({ url: grafana.url + BOX, selector: '#box', width: 300, height: 200, ...more });
    assert.deepEqual(sizeOf(found), size);
    assert.equal(found.told, told);
    assert.deepEqual([pixel(found, 1, size[1] - 2), pixel(found, size[0] - 2, 1)], [BLUE, BLUE]);
  });
}

/** [parameters, size of the picture, size told] */
const SIZES = [
  [{}, [1000, 500], '1000x500@1'],
  [{ width: 640 }, [640, 500], '640x500@1'],
  [{ width: 1, height: 1 }, [1, 1], '1x1@1'],
  [{ width: 1, height: 300, deviceScaleFactor: 2 }, [2, 600], '1x300@2'],
  [{ width: -1, height: 120 }, [1000, 120], '1000x120@1'],
  [{ width: 4000, height: 100 }, [3000, 100], '3000x100@1'],
  [{ width: 100, height: 50, deviceScaleFactor: 9 }, [400, 200], '100x50@4'],
  [{ width: 300, height: -1 }, [300, 1500], '300x1500@1'],
  [{ width: 300, height: -1, deviceScaleFactor: 2 }, [600, 3000], '300x1500@2'],
];
for (const [params, size, told] of SIZES) {
  test(`${JSON.stringify(params)}: ${told}`, async () => {
    const found = await picture({ url: `${grafana.url}/fault/tall?px=1500`, ...params });
    assert.deepEqual(sizeOf(found), size);
    assert.equal(found.told, told);
  });
}

test('an element, and an expression, is waited for', async () => {
  grafana.clear();
  await render(signedIn('/legacy/x?delay=400', { wait_for: '[data-panelid="3"] canvas', width: 400, height: 700 }));
  assert.equal(grafana.requests.filter((one) => one.path === '/legacy-data').length, 3);
  await render({ url: `${grafana.url}/fault/poll`, wait_for: 'js:window.polled > 2' });
  assert.ok(grafana.requests.filter((one) => one.path === '/fault/answer').length > 2);
  const never = await server.render({ url: `${grafana.url}/plain`, wait_for: '#never', timeout: 2 });
  assert.equal(never.status, 408);
  assert.match(never.text, /^Request timed out: .*wait-for selector/);
});

test('a query that never ends: no picture, or what there is with a word about the rest', async () => {
  const hanging = panel({ url: `${grafana.url}/d-solo/panels?panelId=1&qhang=1&${RANGE}`, timeout: '3s' });
  const strict = await server.render(hanging);
  assert.equal(strict.status, 408);
  assert.match(strict.text, /^Request timed out: .*POST \/api\/ds\/query/);
  assert.equal(strict.headers.get('x-panelshot-missing'), null);
  const { body, headers } = await render({ ...hanging, best_effort: 'true' });
  keep('protocol/best-effort.png', body);
  assert.deepEqual(sizeOf(decode(body)), [600, 300]);
  assert.match(headers.get('x-panelshot-missing'), /POST \/api\/ds\/query/);
  assert.match(headers.get('x-panelshot-flags'), /incomplete/);
});

test('PDF and CSV know no half answers', async () => {
  for (const best_effort of ['false', 'true']) {
    const printed = await server.render(signedIn(`/d/panels?qhang=1&${RANGE}`, { encoding: 'pdf', timeout: 2, best_effort }));
    assert.equal(printed.status, 408, `best_effort=${best_effort}: ${printed.headers.get('content-type')}`);
    const saved = await table({ url: `${grafana.url}/csv/stalled`, timeout: 2, best_effort });
    assert.equal(saved.status, 408);
    assert.match(await saved.text(), /^request timed out: /);
  }
});

const JOB = {
  width: 400, height: 300, scale: 2, pictures: [
    { kind: 'viewport' },
    { kind: 'fullPage', encoding: 'jpeg', quality: 90, name: '整页' },
    { kind: 'element', selector: '#box', encoding: 'webp', name: 'box' },
    { kind: 'print', name: 'paper' },
  ],
};
const PARTS = [['picture-1.png', 'image/png'], ['整页.jpeg', 'image/jpeg'], ['box.webp', 'image/webp'], ['paper.pdf', 'application/pdf']];

/** Exactly four, of the kinds and sizes that JOB asks for. */
async function assertParts(bodies) {
  const asPng = async (i) => decode(i === 0 ? bodies[0] : await chromium.decode(bodies[i], PARTS[i][1]));
  assert.equal(bodies.length, 4);
  assert.deepEqual(sizeOf(await asPng(0)), [800, 600]);
  const [width, height] = sizeOf(await asPng(1));
  assert.ok(width === 800 && height >= 600, `${width}×${height}`);
  const box = await asPng(2);
  assert.deepEqual(sizeOf(box), [800, 600]);
  assert.ok(pixel(box, 400, 300).every((value, i) => Math.abs(value - BLUE[i]) < 8), pixel(box, 400, 300).join());
  assert.match(pageTexts(bodies[3]).join(), /A blue box/);
}

const countDocuments = () => grafana.requests.filter((one) => one.path === BOX).length;

/** By their Content-Length, as RFC 2046 has them. */
function splitMultipart(body, boundary) {
  const parts = [];
  let at = 0;
  for (;;) {
    const line = `--${boundary}\r\n`;
    assert.equal(body.subarray(at, at + line.length).toString(), line);
    const end = body.indexOf('\r\n\r\n', at);
    const head = Object.fromEntries(body.subarray(at + line.length, end).toString().split('\r\n').map((one) => {
      const [, name, value] = /^([^:]+): (.*)$/.exec(one);
      return [name.toLowerCase(), value];
    }));
    at = end + 4 + Number(head['content-length']);
    parts.push({ head, body: body.subarray(end + 4, at) });
    assert.equal(body.subarray(at, at + 2).toString(), '\r\n');
    at += 2;
    if (body.subarray(at).toString() === `--${boundary}--\r\n`) return parts;
  }
}

/** The name that RFC 6266 gives the one who saves it. */
function nameIn(disposition) {
  assert.match(disposition, /^[\x20-\x7e]*$/);
  const [, encoded] = /^attachment; .*filename\*=utf-8''(\S+)$/i.exec(disposition) ?? [];
  const [, plain] = /^attachment; filename="?([^";]+)"?$/.exec(disposition) ?? [];
  return encoded ? decodeURIComponent(encoded) : plain;
}

test('several pictures of one visit, as multipart', async () => {
  grafana.clear();
  const answer = await server.post({ url: grafana.url + BOX, ...JOB });
  assert.equal(answer.status, 200, answer.text);
  const [, boundary] = /^multipart\/mixed; boundary="?([^"]+)"?$/.exec(answer.headers.get('content-type'));
  const parts = splitMultipart(answer.body, boundary);
  assert.deepEqual(parts.map(({ head }) => [nameIn(head['content-disposition']), head['content-type']]), PARTS);
  assert.deepEqual(parts.map(({ head }) => head['x-panelshot-size']?.replace(/x\d+@/, '@')), ['400@2', '400@2', '400@2', undefined]);
  await assertParts(parts.map(({ body }) => body));
  assert.equal(countDocuments(), 1, 'one visit');
});

for (const [how, member, headers] of [['by the job', { archive: 'zip' }, {}], ['by the Accept header', {}, { Accept: 'application/zip' }]]) {
  test(`several pictures of one visit, as a zip archive asked for ${how}`, async () => {
    grafana.clear();
    const answer = await server.post({ url: grafana.url + BOX, ...JOB, ...member }, { headers });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('content-type'), 'application/zip');
    const folder = scratch();
    writeFileSync(path.join(folder, 'all.zip'), answer.body);
    execFileSync('python3', ['-m', 'zipfile', '-e', 'all.zip', 'out'], { cwd: folder });
    await assertParts(PARTS.map(([name]) => readFileSync(path.join(folder, 'out', name))));
    assert.equal(countDocuments(), 1, 'one visit');
  });
}

test('a table, byte for byte, under the name that the page gives it', async () => {
  const answer = await table(signedIn(TABLE));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/csv');
  assert.equal(nameIn(answer.headers.get('content-disposition')), TABLE_NAME);
  const body = Buffer.from(await answer.arrayBuffer());
  assert.equal(Number(answer.headers.get('content-length')), body.length);
  const lines = body.toString().split('\r\n');
  assert.equal(lines[0], '\ufeff时间,服务,Version,State,Latency');
  assert.equal(lines.length, 16);

  const named = await table(signedIn(TABLE, { filePath: '/tmp/../etc/数据' }));
  assert.equal(nameIn(named.headers.get('content-disposition')), '数据.csv');
  assert.ok(Buffer.from(await named.arrayBuffer()).equals(body));
});

test('a table through Grafana', async () => {
  grafana.setRenderer({ url: `${server.url}/render`, token: '-' });
  const answer = await fetch(`${grafana.url}/render${TABLE}&encoding=csv`, { headers: { Authorization: `Bearer ${grafana.tokens.admin}` } });
  assert.equal(answer.status, 200);
  assert.equal(nameIn(answer.headers.get('content-disposition')), TABLE_NAME);
  assert.match(await answer.text(), /时间,服务,Version,State,Latency/);
});

test('an access token and a trace go to the page\'s own origin alone, the language everywhere', async () => {
  const foreign = await startForeign({ name: 'localhost' });
  const headers = { 'X-Access-Token': 'access-token-of-nobody', traceparent: TRACE, tracestate: 'vendor=1', 'Accept-Language': 'fr-CH, fr;q=0.9' };
  try {
    for (const kind of ['image', 'fetch', 'worker']) {
      grafana.clear();
      const url = `${grafana.url}/fault/${kind}?to=${encodeURIComponent(`${foreign.url}/picture.png?${kind}`)}`;
      const answer = await render({ url, width: 200, height: 100 }, 'image/png', { headers });
      assert.equal(answer.headers.get('traceparent'), TRACE);
      assert.ok(foreign.requests.some((one) => one.url === `/picture.png?${kind}`), `${kind} was asked for elsewhere`);
    }
    grafana.clear();
    await render(panel(), 'image/png', { headers });
    assert.ok(grafana.requests.some((one) => one.path === '/api/ds/query'));
    for (const one of grafana.requests) {
      const { 'x-access-token': access, traceparent, tracestate, 'accept-language': language } = one.headers;
      assert.deepEqual([access, traceparent, tracestate, language], Object.values(headers), one.url);
    }
    for (const one of foreign.requests) {
      for (const name of ['x-access-token', 'traceparent', 'tracestate']) assert.equal(one.headers[name], undefined, one.url);
      assert.equal(one.headers['accept-language'], headers['Accept-Language'], one.url);
    }
  } finally {
    await foreign.close();
  }
});

test('a trace that is none is neither echoed nor passed on', async () => {
  grafana.clear();
  const answer = await render({ url: `${grafana.url}/plain` }, 'image/png', { headers: { traceparent: '00-0-0-00' } });
  assert.equal(answer.headers.get('traceparent'), null);
  for (const one of grafana.requests) assert.equal(one.headers.traceparent, undefined);
});

/** A request that can be given up. */
function begin(route, params) {
  const query = route === 'POST' ? '' : `?${new URLSearchParams(params)}`;
  const controller = new AbortController();
  const answer = fetch(`${server.url}${route === 'POST' ? '/render' : route}${query}`, {
    headers: { 'X-Auth-Token': '-', 'Content-Type': 'application/json' }, signal: controller.signal,
    ...(route === 'POST' && { method: 'POST', body: JSON.stringify(params) }),
  });
  answer.catch(() => {});
  return { answer, abort: () => controller.abort() };
}

const inFlight = () => server.metric('http_requests_in_flight');
const busySlots = () => server.metric('panelshot_slots_busy');

/** [what, where, parameters, when it has come half way] */
const HALF_WAY = [
  ['a PDF of a page that waits for its query', '/render', () => signedIn(`/d/panels?qhang=1&${RANGE}`, { encoding: 'pdf' }),
    () => grafana.requests.some((one) => one.path === '/api/ds/query')],
  ['a PDF that is being printed', '/render', () => ({ url: `${grafana.url}/print/long?n=40000`, encoding: 'pdf' }),
    (log) => log.includes('now capturing')],
  ['a table that waits for its query', '/render/csv', () => signedIn(`${TABLE}&qhang=1`),
    () => grafana.requests.some((one) => one.path === '/api/ds/query')],
  ['a job of several pictures', 'POST', () => signedIn(`/d/panels?qhang=1&${RANGE}`, JOB),
    () => grafana.requests.some((one) => one.path === '/api/ds/query')],
  ['a table that is being fetched', '/render/csv', () => ({ url: `${grafana.url}/csv/stalled` }),
    () => grafana.requests.some((one) => one.path === '/csv/stalled')],
];
for (const [what, route, params, isHalfWay] of HALF_WAY) {
  test(`${what} ends within a second of its client`, async () => {
    grafana.clear();
    const logged = server.log().length;
    const abandoned = begin(route, params());
    assert.ok(await eventually(() => isHalfWay(server.log().slice(logged))), 'half way');
    assert.equal(await inFlight(), 1);
    abandoned.abort();
    await assert.rejects(abandoned.answer);
    assert.ok(await eventually(async () => await inFlight() === 0 && await busySlots() === 0, 1000), 'it has stopped');
    assert.ok(await eventually(() => grafana.requests.every((one) => one.endedAt !== null), 1000), 'nothing is asked for any more');
    await render({ url: `${grafana.url}/plain`, width: 100, height: 100 });
  });
}

test('a web process that dies while it prints costs a second attempt', async () => {
  const own = await startServer(['--server.self-render=false']);
  try {
    const params = { url: `${grafana.url}/print/long?n=40000`, encoding: 'pdf', timeout: 30 };
    const printing = own.render(params);
    assert.ok(await eventually(() => own.log().includes('now capturing')));
    for (const { pid, comm } of descendants(own.pid)) if (comm.startsWith('WebKitWebProces')) process.kill(pid, 'SIGKILL');
    const answer = await printing;
    assert.equal(answer.status, 200, `${answer.text} ${answer.body.length}`);
    assert.equal(answer.headers.get('x-panelshot-attempts'), '2');
    const next = await own.render({ ...params, url: `${grafana.url}/print/sections?n=2` });
    assert.equal(next.status, 200, next.text);
    assert.equal(pageSizes(next.body).length, 2);
  } finally {
    await own.stop();
  }
});

test('addresses that are not allowed are refused with 403, by a redirect too, and never asked', async () => {
  const other = await startGrafana();
  const own = await startServer(['--target.allow', `127.0.0.1:${grafana.port}`]);
  try {
    const redirect = `${grafana.url}/fault/redirect?to=${encodeURIComponent(`${other.url}/plain`)}`;
    for (const url of [`${other.url}/plain`, redirect, 'http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd']) {
      for (const encoding of ['png', 'pdf']) {
        const answer = await own.render({ url, encoding });
        assert.equal(answer.status, 403, `${url}: ${answer.text}`);
      }
    }
    assert.deepEqual(other.requests, []);
    assert.equal((await own.render({ url: `${grafana.url}/plain` })).status, 200);
  } finally {
    await own.stop();
    await other.close();
  }
});
