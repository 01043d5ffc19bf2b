import { expect, test } from 'vitest';
import { fixtureClient } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

/** An app whose token expires: `refreshes` counts how often it was asked for a new one. */
function expiringSession() {
  const session = {
    refreshes: 0,
    token: 'user:old',
    getAccessToken: async ({ forceRefresh }: { forceRefresh: boolean }) => {
      if (forceRefresh) {
        session.refreshes += 1;
        await new Promise((resolve) => setTimeout(resolve, 30));
        session.token = `user:new${session.refreshes}`;
      }
      return session.token;
    },
  };
  return session;
}

test('ten calls with an expired token cause one refresh, and all ten succeed', async () => {
  await using server = await fixtureServer();
  const session = expiringSession();
  await using client = fixtureClient(server.url, { getAccessToken: session.getAccessToken });
  server.world.revoke('user:old');
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      index % 2
        ? client.probe.ask.query({ key: `q${index}` })
        : client.probe.act.mutate({ key: `m${index}` }),
    ),
  );
  expect(answers.map(({ user }) => user)).toEqual(Array(10).fill('user:new1'));
  expect(session.refreshes).toBe(1);
});

test('a refused token that stays refused is refreshed once, then the app is told', async () => {
  await using server = await fixtureServer();
  let asked = 0;
  const told: string[] = [];
  await using client = fixtureClient(server.url, {
    getAccessToken: ({ forceRefresh }) => {
      if (forceRefresh) asked += 1;
      return `nonsense-${asked}`;
    },
    onUnauthorized: ({ code }) => told.push(code),
  });
  await expect(client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({
    code: 'auth.invalid-token',
    status: 401,
  });
  expect(asked).toBe(1);
  expect(told).toEqual(['auth.invalid-token']);
});

test('a token whose key the server does not know yet is sent again, not renewed, and the app is not told', async () => {
  await using server = await fixtureServer();
  const session = expiringSession();
  const told: string[] = [];
  await using client = fixtureClient(server.url, {
    getAccessToken: session.getAccessToken,
    onUnauthorized: ({ code }) => told.push(code),
  });
  server.world.plan('a', ['auth.unknown-key', { retryAfterMs: 20 }]);
  await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'user:old' });
  expect([session.refreshes, told]).toEqual([0, []]);
});

test('without sign-in one guest is started on first need, by all calls together, and public calls start none', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url);
  await client.agents.list.query();
  expect(server.world.guestsStarted()).toBe(0);
  const answers = await Promise.all(['a', 'b', 'c'].map((key) => client.probe.ask.query({ key })));
  expect(answers.map(({ user }) => user)).toEqual(['guest-1', 'guest-1', 'guest-1']);
  expect(server.world.guestsStarted()).toBe(1);
});

test('a guest the server no longer knows is replaced by a new one', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { getAccessToken: () => null });
  await client.probe.ask.query({ key: 'a' });
  server.world.revoke('guest-1');
  await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'guest-2' });
});

test('a stored guest is used again after a reload', async () => {
  await using server = await fixtureServer();
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
  for (let load = 0; load < 2; load++) {
    await using client = fixtureClient(server.url, { storage });
    await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ user: 'guest-1' });
  }
});

test('with guests off, a call that needs somebody says auth.required', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { guests: false });
  await expect(client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({ code: 'auth.required' });
});
