// api.js: requests to /api/v1, and the session they are made with
//
// A request that finds the session over waits until somebody has signed in again, and is then made
// once more: what was being saved is not lost.

import { language } from './text.js';

const BASE = '/api/v1';

export class ApiError extends Error {
  constructor(status, code, message, body = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

let csrf = '';
let signInAgain = null;

export const setCsrf = (text) => {
  csrf = text;
};

/** @ask: async () => whether the same person has signed in again. */
export const onSessionOver = (ask) => {
  signInAgain = ask;
};

async function read(answer) {
  if (answer.status === 204) return null;
  const isJson = (answer.headers.get('content-type') ?? '').startsWith('application/json');
  try {
    return isJson ? await answer.json() : {};
  } catch {
    return {};
  }
}

async function once(method, path, body, signal) {
  const headers = { Accept: 'application/json', 'Accept-Language': language() };
  if (method !== 'GET') headers['X-Panelshot-CSRF'] = csrf;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(BASE + path, {
      method,
      headers,
      signal,
      credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'network', '');
  }
}

async function request(method, path, body, { signal, isSignIn = false } = {}) {
  for (;;) {
    const answer = await once(method, path, body, signal);
    if (answer.ok) return read(answer);
    const content = await read(answer);
    if (answer.status === 401 && !isSignIn && signInAgain && (await signInAgain())) continue;
    const retryAfter = Number(answer.headers.get('retry-after')) || 0;
    throw new ApiError(answer.status, content?.error?.code ?? '', content?.error?.message ?? `${answer.status} ${answer.statusText}`, {
      ...content,
      retryAfter,
    });
  }
}

export const get = (path, options) => request('GET', path, undefined, options);
export const post = (path, body = {}, options = {}) => request('POST', path, body, options);
export const put = (path, body = {}, options = {}) => request('PUT', path, body, options);
export const patch = (path, body = {}) => request('PATCH', path, body);
export const remove = (path, options) => request('DELETE', path, undefined, options);

export const objectAddress = (hash) => `${BASE}/objects/${hash}`;
export const cellFile = (id, what) => `${BASE}/cells/${id}/${what}`;
export const runFile = (id, what) => `${BASE}/runs/${id}/${what}`;

/** A file that takes a while to make, such as a report: its name and content. */
export async function fetchFile(path) {
  const answer = await once('GET', path);
  if (!answer.ok) {
    const content = await read(answer);
    throw new ApiError(answer.status, content?.error?.code ?? '', content?.error?.message ?? answer.statusText);
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  return { name, blob: await answer.blob() };
}
