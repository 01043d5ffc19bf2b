import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createRepSpheres } from '../../sdk/src/client.ts';
import type { FetchFunction } from '../../sdk/src/options.ts';
import { redirectSession } from '../../sdk/src/redirect-session.ts';
import { Browser } from '../support/browser.ts';
import { type ListeningBackend, listeningBackend } from './listening-backend.ts';

/** A site on another domain against the real identity provider: codes, rotation and sign-out as they are. */
const site = 'https://canvas.example.net';
let backend: ListeningBackend;
const left: string[] = [];
beforeAll(async () => {
  backend = await listeningBackend(site);
});
afterAll(async () => await backend[Symbol.asyncDispose]());
beforeEach(() => {
  vi.stubGlobal('location', { href: `${site}/`, pathname: '/', assign: (url: string) => left.push(url) });
});
afterEach(() => void vi.unstubAllGlobals());

let people = 0;
async function signedUp(): Promise<{ browser: Browser; email: string }> {
  people += 1;
  const email = `oidc${people}@example.com`;
  const browser = new Browser(backend.server.backend, site);
  await browser.post('/api/auth/sign-up/email', {
    name: 'Robin',
    email,
    password: 'a long enough phrase 42',
  });
  await browser.open(await backend.server.mailbox.link(email));
  return { browser, email };
}

/** The requests of a page of the site: none carries a cookie of ours. */
const fromSite: FetchFunction = (url, init) =>
  fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), origin: site } });

function page(stored: Map<string, string>) {
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  };
  const session = redirectSession({ clientId: 'canvas', redirectUri: `${site}/auth/callback`, storage });
  const client = createRepSpheres({
    ...{ url: backend.url, app: 'canvas', session, fetch: fromSite },
    ...{ transport: 'sse', acrossTabs: true },
  });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}

/** Lets the browser go where the page sent it, and gives the address it came back to. */
async function cameBack(browser: Browser): Promise<string> {
  const response = await browser.open(left.at(-1) ?? '');
  return response.headers.get('location') ?? '';
}

test('who is signed in at the provider is signed in on the other site by one redirect, and stays so over a reload', async () => {
  const { browser, email } = await signedUp();
  const stored = new Map<string, string>();
  await using first = page(stored);
  await first.session.signIn({ returnTo: '/deals' });
  const done = await first.session.completeSignIn(await cameBack(browser));
  expect(done).toMatchObject({ returnTo: `${site}/deals`, session: { user: { email }, app: 'canvas' } });
  await expect(first.usage.summary.query()).resolves.toMatchObject({ tier: 'repx0' });
  await using reloaded = page(stored);
  expect(await reloaded.session.get()).toMatchObject({ user: { email } });
});

test('tabs that rotate the refresh token one after the other, or without locks at once, all stay signed in', async () => {
  const { browser, email } = await signedUp();
  const stored = new Map<string, string>();
  await using first = page(stored);
  await first.session.signIn();
  await first.session.completeSignIn(await cameBack(browser));
  await using second = page(stored);
  const inTurn = await Promise.all([first, second].map((one) => one.session.refresh()));
  expect(inTurn.map((session) => session?.user.email)).toEqual([email, email]);
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('BroadcastChannel', undefined);
  const tabs = [page(stored), page(stored), page(stored)];
  const atOnce = await Promise.all(tabs.map((one) => one.session.get()));
  await Promise.all(tabs.map((one) => one.close()));
  expect(atOnce.map((session) => session?.user.email)).toEqual([email, email, email]);
});

test('nobody at the provider: a silent sign-in comes back with nobody, the other one shows the sign-in page', async () => {
  const browser = new Browser(backend.server.backend, site);
  await using client = page(new Map());
  await client.session.signIn({ silent: true });
  expect(await client.session.completeSignIn(await cameBack(browser))).toMatchObject({ session: null });
  await client.session.signIn();
  expect(await cameBack(browser)).toMatch(/\/auth\/sign-in\?/);
});

test('signing out on the other site ends the session of the provider too', async () => {
  const { browser } = await signedUp();
  const stored = new Map<string, string>();
  await using client = page(stored);
  await client.session.signIn();
  await client.session.completeSignIn(await cameBack(browser));
  const refresh = stored.get('repspheres.refresh canvas') ?? '';
  await client.session.signOut();
  expect(await client.session.get()).toBe(null);
  expect((await browser.request('/trpc/identity.getSession')).status).toBe(401);
  await using thief = page(new Map([['repspheres.refresh canvas', refresh]]));
  expect(await thief.session.get()).toBe(null);
});
