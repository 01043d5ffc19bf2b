import { expect, test } from 'vitest';
import { fixtureClient, signedIn } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

test('a mutation keeps its own key through every repeat, and two calls have two keys', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  server.world.plan('a', ['server.unavailable'], ['server.unavailable']);
  await expect(client.probe.act.mutate({ key: 'a' })).resolves.toMatchObject({ calls: 3 });
  await client.probe.act.mutate({ key: 'a' });
  const keys = server.world.seen.map(({ idempotencyKey }) => idempotencyKey);
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[3]).not.toBe(keys[0]);
});

test('the key of the caller is the key that is sent', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  await client.probe.act.mutate({ key: 'a' }, { idempotencyKey: 'order-7' });
  expect(server.world.seen[0]?.idempotencyKey).toBe('order-7');
});

test('a mutation without a key is never repeated', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  server.world.plan('a', ['server.unavailable']);
  const call = client.probe.act.mutate({ key: 'a' }, { idempotencyKey: null });
  await expect(call).rejects.toMatchObject({ code: 'server.unavailable' });
  expect(server.world.count('a')).toBe(2);
});

test('maxRetries bounds the repeats', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { ...signedIn(), maxRetries: 1 });
  server.world.plan('a', ['server.unavailable'], ['server.unavailable'], ['server.unavailable']);
  await expect(client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({ code: 'server.unavailable' });
  expect(server.world.count('a')).toBe(3);
});

test('a wait the time limit does not allow is not begun', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { ...signedIn(), timeoutMs: 1_000 });
  server.world.plan('a', ['request.rate-limited', { retryAfterMs: 60_000 }]);
  const began = Date.now();
  await expect(client.probe.ask.query({ key: 'a' })).rejects.toMatchObject({
    code: 'request.rate-limited',
    retryAfterMs: 60_000,
  });
  expect(Date.now() - began).toBeLessThan(900);
});

test('a slow call ends at its time limit, and the others of its batch do not', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const slow = client.probe.ask.query({ key: 'slow', waitMs: 600 }, { timeoutMs: 100 });
  const patient = client.probe.ask.query({ key: 'patient', waitMs: 300 });
  await expect(slow).rejects.toMatchObject({ code: 'sdk.timeout', path: 'probe.ask' });
  await expect(patient).resolves.toMatchObject({ key: 'patient' });
});

test('an aborted call ends at once with sdk.aborted', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const controller = new AbortController();
  const call = client.probe.act.mutate({ key: 'a', waitMs: 5_000 }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(call).rejects.toMatchObject({ code: 'sdk.aborted' });
});

test('closing the client ends its calls, and later ones, with sdk.closed', async () => {
  await using server = await fixtureServer();
  const client = fixtureClient(server.url, signedIn());
  const call = client.probe.ask.query({ key: 'a', waitMs: 5_000 });
  setTimeout(() => client.close(), 30);
  await expect(call).rejects.toMatchObject({ code: 'sdk.closed' });
  await expect(client.probe.ask.query({ key: 'b' })).rejects.toMatchObject({ code: 'sdk.closed' });
});
