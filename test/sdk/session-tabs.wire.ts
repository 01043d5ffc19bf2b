import { expect, test } from 'vitest';
import type { SessionChange } from '../../sdk/src/session-types.ts';
import { Failure } from '../../server/core/failure.ts';
import { tab } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

/** The changes a tab has told, as `type by`. */
function heard(client: ReturnType<typeof tab>): string[] {
  const changes: string[] = [];
  client.session.onChange(({ type, by }: SessionChange) => changes.push(`${type} ${by}`));
  return changes;
}

async function signedInTabs(count: number) {
  const server = await fixtureServer();
  server.world.sessions.open('ana');
  const cookies = { session: 'ana' as string | null };
  const tabs = Array.from({ length: count }, () => tab(server.url, cookies));
  return {
    ...{ server, cookies, tabs, sessions: server.world.sessions },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(tabs.map((one) => one.close()));
      await server[Symbol.asyncDispose]();
    },
  };
}

test('five tabs that open together are signed in by one renewal, and agree on who it is', async () => {
  await using world = await signedInTabs(5);
  world.sessions.renewMs = 50;
  const views = await Promise.all(world.tabs.map((one) => one.session.get()));
  expect(views.map((view) => view?.user.id)).toEqual(Array(5).fill('usr_ana'));
  expect(new Set(views.map((view) => view?.accessToken)).size).toBe(1);
  expect(world.sessions.renewals).toBe(1);
});

test('forty calls in four tabs whose token expired cause one renewal, and all forty succeed', async () => {
  await using world = await signedInTabs(4);
  await Promise.all(world.tabs.map((one) => one.session.get()));
  world.sessions.expireTokens();
  world.sessions.renewMs = 50;
  const answers = await Promise.all(
    world.tabs.flatMap((one, index) =>
      Array.from({ length: 10 }, (_, call) =>
        call % 2
          ? one.probe.ask.query({ key: `q${index}-${call}` })
          : one.probe.act.mutate({ key: `m${index}-${call}` }),
      ),
    ),
  );
  expect(new Set(answers.map(({ user }) => user))).toEqual(new Set(['user:ana#2']));
  expect(world.sessions.renewals).toBe(2);
});

test('five tabs of nobody ask once, and act as guests', async () => {
  await using world = await signedInTabs(5);
  world.cookies.session = null;
  world.sessions.renewMs = 30;
  const views = await Promise.all(world.tabs.map((one) => one.session.get()));
  expect(views).toEqual(Array(5).fill(null));
  expect(world.sessions.renewals).toBe(1);
  await expect(world.tabs[0]?.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'guest-1' });
  await expect(world.tabs[0]?.session.get()).resolves.toMatchObject({ kind: 'guest' });
});

test('a sign-out reaches the other tab within 100 ms: told, its socket closed, its stream ended with auth.revoked', async () => {
  await using world = await signedInTabs(2);
  const [here, there] = world.tabs;
  if (!here || !there) throw new Error('two tabs');
  world.server.world.pace = 20;
  await Promise.all([here.session.get(), there.session.get()]);
  const changes = heard(there);
  const stream = there.streams.startAndFollow({ agentId: 'harvey', message: '500' });
  const ended = stream.finished.then(
    () => ({ code: 'none', at: 0 }),
    (error: { code: string }) => ({ code: error.code, at: Date.now() }),
  );
  await stream.accepted;
  const mine = heard(here);
  await here.session.signOut();
  const signedOutAt = Date.now();
  const { code, at } = await ended;
  expect(code).toBe('auth.revoked');
  expect(at - signedOutAt).toBeLessThanOrEqual(100);
  expect(changes).toEqual(['signed-out other-tab']);
  expect(mine).toEqual(['signed-out this-tab']);
  await expect.poll(() => world.server.openSockets()).toBe(0);
  expect(await Promise.all([here.session.get(), there.session.get()])).toEqual([null, null]);
});

test('a sign-in of one tab is heard by the other, which asks nobody for a token', async () => {
  await using world = await signedInTabs(2);
  const [here, there] = world.tabs;
  if (!here || !there) throw new Error('two tabs');
  world.cookies.session = null;
  await Promise.all([here.session.get(), there.session.get()]);
  const changes = heard(there);
  world.cookies.session = 'ana';
  await here.session.refresh();
  const renewals = world.sessions.renewals;
  await expect.poll(() => changes).toEqual(['signed-in other-tab']);
  await expect(there.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: `user:ana#${renewals}` });
  expect(world.sessions.renewals).toBe(renewals);
});

test('without Web Locks and BroadcastChannel each tab renews for itself, once, and works', async () => {
  const kept = { locks: Object.getOwnPropertyDescriptor(navigator, 'locks'), BroadcastChannel };
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
  Object.assign(globalThis, { BroadcastChannel: undefined });
  try {
    await using world = await signedInTabs(2);
    const asked = world.tabs.flatMap((one) => [
      one.session.get(),
      one.session.get(),
      one.probe.ask.query({ key: 'a' }),
    ]);
    await Promise.all(asked);
    expect(world.sessions.renewals).toBe(2);
    await world.tabs[0]?.session.signOut();
    await expect(world.tabs[1]?.probe.ask.query({ key: 'b' })).rejects.toMatchObject({
      code: 'auth.revoked',
    });
    expect(await world.tabs[1]?.session.get()).toBe(null);
  } finally {
    if (kept.locks) Object.defineProperty(navigator, 'locks', kept.locks);
    else Reflect.deleteProperty(navigator, 'locks');
    Object.assign(globalThis, { BroadcastChannel: kept.BroadcastChannel });
  }
});

test('a renewal lost on the way signs nobody out: calls go on with the old token, and later ones renew', async () => {
  await using world = await signedInTabs(2);
  const [here] = world.tabs;
  if (!here) throw new Error('two tabs');
  await here.session.get();
  const changes = heard(here);
  world.sessions.failure = new Failure('server.unavailable');
  await expect(here.session.refresh()).rejects.toMatchObject({ code: 'server.unavailable' });
  await expect(here.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'user:ana#1' });
  world.sessions.expireTokens();
  await expect(here.probe.ask.query({ key: 'b' })).rejects.toMatchObject({ code: 'server.unavailable' });
  expect(changes).toEqual([]);
  world.sessions.failure = null;
  await expect(here.probe.ask.query({ key: 'c' })).resolves.toMatchObject({
    user: expect.stringMatching(/^user:ana#/),
  });
  expect(changes).toEqual([]);
});
