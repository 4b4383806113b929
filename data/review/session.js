// session.js: who is signed in

import { get, post, remove, setCsrf } from './api.js';

let user = null;
let isByToken = false;

const RANK = { viewer: 0, reviewer: 1, admin: 2 };

export const me = () => user;

/** A program draws this page: nobody looks on, and what never ends would keep it waiting. */
export const isProgram = () => isByToken;

export const may = (role) => user !== null && RANK[user.role] >= RANK[role];

function take(answer) {
  user = answer.user;
  isByToken = answer.via === 'token';
  setCsrf(answer.csrf ?? '');
  return user;
}

/** The user, or null; throws what is no matter of signing in. */
export async function findSession() {
  try {
    return { user: take(await get('/session', { isSignIn: true })), setup: false };
  } catch (error) {
    if (error.status !== 401) throw error;
    user = null;
    return { user: null, setup: error.body.setup === true };
  }
}

export const signIn = async (name, password) => take(await post('/session', { name, password }, { isSignIn: true }));

export const setUp = async (secret, name, password) => take(await post('/setup', { secret, name, password }, { isSignIn: true }));

export async function signOut() {
  await remove('/session', { isSignIn: true });
  user = null;
}
