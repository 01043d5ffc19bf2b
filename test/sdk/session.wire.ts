import { expect, test, vi } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { fixtureClient, tab } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

async function oneTab(options: Parameters<typeof tab>[2] = {}) {
  const server = await fixtureServer();
  server.world.sessions.open('ana');
  const cookies = { session: 'ana' as string | null };
  const told: string[] = [];
  const client = tab(server.url, cookies, { onUnauthorized: ({ code }) => told.push(code), ...options });
  const changes: string[] = [];
  client.session.onChange(({ type, by }) => changes.push(`${type} ${by}`));
  return {
    ...{ server, cookies, client, changes, told, sessions: server.world.sessions },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
const ask = (words: number) => ({ agentId: 'harvey', message: String(words) });

test('get() says who is signed in, with a token that serves, by the cookie alone, and asks once in 30 s', async () => {
  await using world = await oneTab();
  const views = await Promise.all([world.client.session.get(), world.client.session.get()]);
  expect(views[0]).toMatchObject({ kind: 'member', user: { id: 'usr_ana' }, accessToken: 'user:ana#1' });
  const seen = world.server.requests.length;
  expect(await world.client.session.get()).toBe(views[0]);
  expect(world.server.requests).toHaveLength(seen);
});

test('the cookie goes with renewal and sign-out only; calls and streams carry the token in a header', async () => {
  await using world = await oneTab({ transport: 'sse' });
  await world.client.probe.act.mutate({ key: 'a' });
  await world.client.agents.list.query();
  await world.client.streams.startAndFollow(ask(3)).finished;
  await world.client.session.signOut();
  const withCookie = world.server.requests.filter(({ headers }) => headers.cookie);
  expect(withCookie.map(({ url }) => new URL(url).pathname)).toEqual([
    '/trpc/identity.renewToken',
    '/trpc/identity.signOut',
  ]);
  expect(withCookie.every(({ headers }) => headers['x-repspheres-app'] === 'crm')).toBe(true);
  const followed = world.server.requests.find(({ url }) => url.includes('runs.follow'));
  expect(followed?.headers.authorization).toBe('Bearer user:ana#1');
  expect(world.server.requests.some(({ url }) => /ana|token=/i.test(decodeURIComponent(url)))).toBe(false);
});

test('a guest is shown as one, and only after the client became one', async () => {
  await using world = await oneTab();
  world.cookies.session = null;
  expect(await world.client.session.get()).toBe(null);
  await world.client.probe.ask.query({ key: 'a' });
  expect(await world.client.session.get()).toMatchObject({ kind: 'guest', accessToken: 'guest-1' });
  expect(world.changes).toEqual([]);
});

test('a socket the server closes as revoked ends the streams with auth.revoked and tells the app, once', async () => {
  await using world = await oneTab();
  world.server.world.pace = 20;
  await world.client.session.get();
  const stream = world.client.streams.startAndFollow(ask(500));
  await stream.accepted;
  world.sessions.end('ana');
  world.cookies.session = null;
  world.server.revokeSockets();
  await expect(stream.finished).rejects.toMatchObject({ code: 'auth.revoked', kind: 'unauthenticated' });
  await expect.poll(() => world.changes).toEqual(['signed-out server']);
  expect(world.told).toEqual(['auth.revoked']);
  expect(world.server.openSockets()).toBe(0);
});

test.each(['ws', 'sse'] as const)(
  'a stream over %s goes on when its token expires: it connects again with a renewed one',
  async (transport) => {
    await using world = await oneTab({ transport });
    world.server.world.pace = 5;
    const stream = world.client.streams.startAndFollow(ask(80));
    const seqs: number[] = [];
    for await (const { seq } of stream) {
      if (seqs.push(seq) !== 30) continue;
      world.sessions.expireTokens();
      if (transport === 'ws') world.server.closeSockets(4401);
      else world.server.cutAll();
    }
    expect(seqs).toEqual(Array.from({ length: 81 }, (_, index) => index + 1));
    expect(world.sessions.renewals).toBe(2);
    if (transport === 'ws')
      expect(world.server.params.map((params) => params?.token)).toEqual(['user:ana#1', 'user:ana#2']);
  },
);

test('an idle socket that is closed as revoked signs out too', async () => {
  await using world = await oneTab();
  await world.client.session.get();
  await world.client.streams.startAndFollow(ask(2)).finished;
  expect(world.server.openSockets()).toBe(1);
  world.sessions.end('ana');
  world.server.revokeSockets();
  await expect.poll(() => world.changes).toEqual(['signed-out server']);
});

test('an idle socket of a token renewed since, closed as revoked, makes the session be looked at', async () => {
  await using world = await oneTab();
  await world.client.session.get();
  await world.client.streams.startAndFollow(ask(2)).finished;
  await world.client.session.refresh();
  world.sessions.end('ana');
  world.server.revokeSockets();
  await expect.poll(() => world.changes).toEqual(['signed-out server']);
});

test('a page that comes to the front after a while looks who is signed in by now', async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  try {
    await using world = await oneTab();
    await world.client.session.get();
    world.sessions.end('ana');
    page.dispatchEvent(new Event('visibilitychange'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.changes).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    page.dispatchEvent(new Event('visibilitychange'));
    await expect.poll(() => world.changes).toEqual(['signed-out server']);
  } finally {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }
});

test('whose session has ended never acts as a guest instead', async () => {
  await using world = await oneTab();
  await world.client.session.get();
  world.sessions.end('ana');
  world.sessions.expireTokens();
  await expect(world.client.probe.act.mutate({ key: 'a' })).rejects.toMatchObject({
    kind: 'unauthenticated',
  });
  await expect(world.client.probe.act.mutate({ key: 'b' })).rejects.toMatchObject({ code: 'auth.required' });
  expect(world.changes).toEqual(['expired server']);
  expect(world.told).toEqual(['auth.required']);
  expect(world.server.world.guestsStarted()).toBe(0);
  await world.client.session.signOut();
  await expect(world.client.probe.act.mutate({ key: 'c' })).resolves.toMatchObject({ user: 'guest-1' });
});

test('another organisation and other rights are told apart, by the first look after they changed', async () => {
  await using world = await oneTab();
  await world.client.session.get();
  world.sessions.change('ana', { tier: 'repx3' });
  await world.client.session.refresh();
  world.sessions.change('ana', { organisation: { id: 'org_2', role: 'owner' } });
  expect(await world.client.session.refresh()).toMatchObject({ organisation: { id: 'org_2' } });
  expect(world.changes).toEqual(['rights-changed this-tab', 'switched-organisation this-tab']);
});

test('a socket closed because rights were reduced makes the session be read again', async () => {
  await using world = await oneTab();
  world.server.world.pace = 10;
  await world.client.session.get();
  const stream = world.client.streams.startAndFollow(ask(60));
  await stream.accepted;
  world.sessions.change('ana', { scopes: ['agent:read'] });
  world.server.closeSockets(4409);
  await expect.poll(() => world.changes).toEqual(['rights-changed server']);
  await expect(stream.finished).resolves.toMatchObject({ status: 'completed' });
});

test('somebody else signed in on a sibling app: the first refused call tells who it is now', async () => {
  await using world = await oneTab();
  await world.client.session.get();
  world.sessions.end('ana');
  world.sessions.open('bob');
  world.cookies.session = 'bob';
  await expect(world.client.probe.act.mutate({ key: 'a' })).rejects.toMatchObject({ code: 'auth.revoked' });
  await expect.poll(() => world.changes).toEqual(['signed-in server']);
  expect(await world.client.session.get()).toMatchObject({ user: { id: 'usr_bob' } });
});

test('a sign-out that does not reach the server signs nobody out', async () => {
  await using world = await oneTab({ maxRetries: 0 });
  await world.client.session.get();
  world.server.world.plan('sign-out', ['server.unavailable']);
  await expect(world.client.session.signOut()).rejects.toMatchObject({ code: 'server.unavailable' });
  expect(world.changes).toEqual([]);
  await expect(world.client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'user:ana#1' });
});

test.each([-600_000, 600_000])(
  'a machine whose clock is %i ms wrong renews once, not for every call',
  async (clockAheadMs) => {
    await using world = await oneTab();
    world.sessions.clockAheadMs = clockAheadMs;
    for (let index = 0; index < 20; index++) await world.client.probe.ask.query({ key: `q${index}` });
    expect(world.sessions.renewals).toBe(1);
    world.cookies.session = null;
    await world.client.session.signOut();
    for (let index = 0; index < 20; index++) await world.client.probe.ask.query({ key: `g${index}` });
    expect(world.server.world.guestsStarted()).toBe(1);
  },
);

test('while it cannot be known who is signed in, get() rejects and nobody is told anything', async () => {
  await using world = await oneTab({ maxRetries: 0 });
  world.sessions.failure = new Failure('server.unavailable');
  await expect(world.client.session.get()).rejects.toMatchObject({ code: 'server.unavailable' });
  await expect(world.client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({
    code: 'server.unavailable',
  });
  expect(world.server.world.guestsStarted()).toBe(0);
  expect(world.changes).toEqual([]);
});

test('an app that gives its own token has a session too, and is told of its end', async () => {
  await using server = await fixtureServer();
  server.world.sessions.open('ana');
  const { accessToken } = await server.world.sessions.renew('ana');
  await using client = fixtureClient(server.url, { getAccessToken: () => accessToken });
  const changes: string[] = [];
  client.session.onChange(({ type }) => changes.push(type));
  expect(await client.session.get()).toMatchObject({ user: { id: 'usr_ana' }, accessToken });
  await client.session.signOut();
  expect(changes).toEqual(['signed-out']);
  await expect(client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({ code: 'auth.revoked' });
});

test('in a process that serves many people nothing is shared between clients, unless it is asked for', async () => {
  await using server = await fixtureServer();
  server.world.sessions.open('ana');
  const of = (session: string | null) => tab(server.url, { session }, { acrossTabs: undefined });
  await using ana = of('ana');
  await using other = of(null);
  await ana.session.get();
  expect(await other.session.get()).toBe(null);
  await other.session.signOut();
  await expect(ana.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'user:ana#1' });
});
