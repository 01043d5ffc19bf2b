import { afterEach, expect, test, vi } from 'vitest';
import type { GuestStorage } from '../../sdk/src/options.ts';
import { redirectSession } from '../../sdk/src/redirect-session.ts';
import { fixtureClient } from './fixture-client.ts';
import { fixtureIdp } from './fixture-idp.ts';
import { fixtureServer } from './fixture-server.ts';

const site = 'https://partner.example.com';
afterEach(() => void vi.unstubAllGlobals());

function keptIn(map: Map<string, string>): GuestStorage {
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => map.set(key, value),
    removeItem: (key) => map.delete(key),
  };
}

/** A page of another site: `left` is where it was sent, `tab()` another tab of it. */
async function otherSite() {
  const server = await fixtureServer();
  server.world.sessions.open('ana');
  const idp = await fixtureIdp(server.world);
  const stored = new Map<string, string>();
  const left: string[] = [];
  vi.stubGlobal('location', {
    href: `${site}/deals?id=7`,
    pathname: '/deals',
    assign: (url: string) => left.push(url),
  });
  const clients: ReturnType<typeof fixtureClient>[] = [];
  const tab = () => {
    const session = redirectSession({
      ...{ clientId: 'partner', redirectUri: `${site}/signed-in`, issuer: idp.url },
      storage: keptIn(stored),
    });
    const client = fixtureClient(server.url, { session, acrossTabs: true });
    clients.push(client);
    return client;
  };
  /** Where the provider sends the browser after it was sent there. */
  const answer = async () => {
    const response = await fetch(left.at(-1) ?? '', { redirect: 'manual' });
    return response.headers.get('location') ?? '';
  };
  return {
    ...{ server, idp, stored, left, tab, answer, sessions: server.world.sessions },
    async signIn(client: ReturnType<typeof fixtureClient>) {
      await client.session.signIn();
      return client.session.completeSignIn(await answer());
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await idp[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('signing in leaves the page with PKCE, comes back, and ends on the page it began', async () => {
  await using world = await otherSite();
  const client = world.tab();
  expect(await client.session.get()).toBe(null);
  const changes: string[] = [];
  client.session.onChange(({ type, by }) => changes.push(`${type} ${by}`));
  const done = await world.signIn(client);
  const sent = new URL(world.left[0] ?? '').searchParams;
  expect(Object.fromEntries(sent)).toMatchObject({
    ...{ response_type: 'code', client_id: 'partner', redirect_uri: `${site}/signed-in` },
    ...{ code_challenge_method: 'S256', scope: 'openid profile email offline_access' },
  });
  expect(sent.get('code_challenge')).toMatch(/^[\w-]{43}$/);
  expect(done).toMatchObject({ returnTo: `${site}/deals?id=7`, session: { user: { id: 'usr_ana' } } });
  expect(changes).toEqual(['signed-in this-tab']);
  await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'user:ana#1' });
  expect(world.idp.counts.refreshes).toBe(0);
  expect([...world.stored.keys()]).toEqual(['repspheres.refresh partner']);
});

test('a reload stays signed in by the refresh token, which then is another', async () => {
  await using world = await otherSite();
  await world.signIn(world.tab());
  const before = [...world.stored.values()];
  expect(await world.tab().session.get()).toMatchObject({ user: { id: 'usr_ana' } });
  expect([...world.stored.values()]).not.toEqual(before);
});

test('four tabs whose token expired refresh once', async () => {
  await using world = await otherSite();
  const tabs = [world.tab(), world.tab(), world.tab(), world.tab()];
  const [first] = tabs;
  if (first) await world.signIn(first);
  await Promise.all(tabs.map((one) => one.session.get()));
  const { refreshes } = world.idp.counts;
  world.sessions.expireTokens();
  world.sessions.renewMs = 30;
  const answers = await Promise.all(
    tabs.flatMap((one) => [1, 2, 3].map((key) => one.probe.ask.query({ key: `k${key}` }))),
  );
  expect(new Set(answers.map(({ user }) => user)).size).toBe(1);
  expect(world.idp.counts.refreshes - refreshes).toBe(1);
  expect(world.idp.counts.refused).toBe(0);
});

test('without locks, tabs that refresh at the same time find the token of the one that was not refused', async () => {
  await using world = await otherSite();
  await world.signIn(world.tab());
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('BroadcastChannel', undefined);
  world.sessions.renewMs = 60;
  const views = await Promise.all([world.tab(), world.tab(), world.tab()].map((one) => one.session.get()));
  expect(views.map((view) => view?.user.id)).toEqual(Array(3).fill('usr_ana'));
  expect(world.idp.counts.refused).toBeGreaterThan(0);
});

test('an answer that is lost is asked for again within the grace, and nobody is signed out', async () => {
  await using world = await otherSite();
  const client = world.tab();
  await world.signIn(client);
  world.sessions.expireTokens();
  world.idp.switches.lostAnswers = 2;
  await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ key: 'a' });
  expect(world.idp.counts.refreshes).toBe(3);
});

test('a provider that is down signs nobody out; one that refuses does, once', async () => {
  await using world = await otherSite();
  const client = world.tab();
  await world.signIn(client);
  const changes: string[] = [];
  client.session.onChange(({ type }) => changes.push(type));
  world.sessions.expireTokens();
  world.idp.switches.lostAnswers = 1_000;
  await expect(client.probe.ask.query({ key: 'a' }, { timeoutMs: 1_500 })).rejects.toMatchObject({
    retryable: true,
  });
  expect(changes).toEqual([]);
  world.idp.switches.lostAnswers = 0;
  world.idp.endSignIn();
  world.idp.switches.graceMs = 0;
  await expect(client.probe.ask.query({ key: 'b' })).rejects.toMatchObject({ kind: 'unauthenticated' });
  expect(changes).toEqual(['expired']);
  expect(world.stored.size).toBe(0);
});

test('a silent sign-in finds nobody without showing a page, or who is signed in at the provider', async () => {
  await using world = await otherSite();
  const client = world.tab();
  world.idp.switches.session = null;
  await client.session.signIn({ silent: true, returnTo: '/deals' });
  expect(new URL(world.left[0] ?? '').searchParams.get('prompt')).toBe('none');
  expect(await client.session.completeSignIn(await world.answer())).toEqual({
    session: null,
    returnTo: `${site}/deals`,
  });
  world.idp.switches.session = 'ana';
  await client.session.signIn({ silent: true });
  expect(await client.session.completeSignIn(await world.answer())).toMatchObject({
    session: { user: { id: 'usr_ana' } },
  });
});

test('an answer nobody asked for, of another provider, repeated or altered signs nobody in', async () => {
  await using world = await otherSite();
  const client = world.tab();
  const fails = (url: string) =>
    expect(client.session.completeSignIn(url)).rejects.toMatchObject({ code: 'sdk.sign-in-failed' });
  await fails(`${site}/signed-in?code=stolen&state=unknown`);
  await client.session.signIn();
  const foreign = new URL(await world.answer());
  foreign.searchParams.set('iss', 'https://evil.example.com');
  await fails(foreign.href);
  await client.session.signIn();
  const altered = new URL(await world.answer());
  altered.searchParams.set('code', 'another');
  await fails(altered.href);
  await client.session.signIn();
  const refused = new URL(await world.answer());
  refused.searchParams.set('error', 'access_denied');
  await fails(refused.href);
  expect(await client.session.completeSignIn(`${site}/signed-in`)).toBe(null);
  expect(await client.session.completeSignIn(`${site}/deals?state=x&code=y`)).toBe(null);
  expect(await client.session.get()).toBe(null);
});

test('a page that renders twice completes once', async () => {
  await using world = await otherSite();
  const client = world.tab();
  await client.session.signIn();
  const url = await world.answer();
  const both = await Promise.all([client.session.completeSignIn(url), client.session.completeSignIn(url)]);
  expect(both.map((one) => one?.session?.user.id)).toEqual(['usr_ana', 'usr_ana']);
});

test('a return address elsewhere, and a discovery document of somebody else, are refused before the page is left', async () => {
  await using world = await otherSite();
  const client = world.tab();
  await expect(client.session.signIn({ returnTo: 'https://evil.example.com/' })).rejects.toThrow(TypeError);
  world.idp.switches.issuer = 'https://evil.example.com';
  await expect(world.tab().session.signIn()).rejects.toMatchObject({ code: 'sdk.unexpected-answer' });
  expect(world.left).toEqual([]);
});

test('signing out ends the session on the server and takes the refresh token away, in every tab', async () => {
  await using world = await otherSite();
  const [here, there] = [world.tab(), world.tab()];
  await world.signIn(here);
  await there.session.get();
  await here.session.signOut();
  expect(world.stored.size).toBe(0);
  await expect.poll(() => there.session.get()).toBe(null);
  expect(await here.session.get()).toBe(null);
  await expect(world.sessions.renew('ana')).rejects.toMatchObject({ code: 'auth.required' });
});
