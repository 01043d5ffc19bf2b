import { expect, test } from 'vitest';
import { RepSpheresError } from '../../sdk/src/errors.ts';
import { fixtureClient, signedIn } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

async function failureOf(promise: Promise<unknown>): Promise<RepSpheresError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof RepSpheresError) return error;
  throw error;
}

test('queries of one tick travel in one request, at most 20 together, and the fast one answers first', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const order: string[] = [];
  const ask = (key: string, waitMs: number) =>
    client.probe.ask.query({ key, waitMs }).then(() => order.push(key));
  await Promise.all([ask('slow', 150), ask('fast', 0)]);
  expect(order).toEqual(['fast', 'slow']);
  expect(server.requests).toHaveLength(1);
  await Promise.all(Array.from({ length: 45 }, (_, index) => client.probe.ask.query({ key: `k${index}` })));
  expect(server.requests).toHaveLength(4);
});

test('every call carries the SDK version, the app and the token; nothing of it is in the URL', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn('user:secret'));
  await client.probe.ask.query({ key: 'a' });
  const [request] = server.requests;
  expect(request?.headers).toMatchObject({
    'x-repspheres-app': 'crm',
    'x-repspheres-sdk': '0.1.0',
    authorization: 'Bearer user:secret',
  });
  expect(request?.url).not.toContain('secret');
});

test('a public answer that may be cached is fetched alone, by GET, without a token', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const page = await client.agents.list.query({ limit: 2 });
  expect(page.items.map(({ id }) => id)).toEqual(['agent-1', 'agent-2']);
  expect(server.requests[0]).toMatchObject({ method: 'GET' });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
  expect(server.requests[0]?.url).not.toContain('batch=1');
});

test('a query with a long input goes alone instead of overflowing the URL of the batch', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const padding = 'x'.repeat(7_000);
  await Promise.all([client.probe.ask.query({ key: 'a', padding }), client.probe.ask.query({ key: 'b' })]);
  expect(server.requests).toHaveLength(2);
});

test('a failure of the server arrives with everything it says', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { ...signedIn(), maxRetries: 0 });
  server.world.plan('a', [
    'session.expired',
    { retryAfterMs: 5_000, requiredTier: 'repx3', limit: { limit: 300, used: 301, windowSeconds: 60 } },
  ]);
  const error = await failureOf(client.probe.ask.query({ key: 'a' }));
  expect(error).toMatchObject({
    name: 'RepSpheresError',
    code: 'session.expired',
    kind: 'limit',
    status: 429,
    requestId: 'req_fixture',
    retryable: true,
    retryAfterMs: 5_000,
    requiredTier: 'repx3',
    limit: { limit: 300, used: 301, windowSeconds: 60 },
    path: 'probe.ask',
  });
});

test('a refused input names its fields', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  const error = await failureOf(client.runs.start.mutate({ clientKey: '', agentId: 'a', message: '1' }));
  expect(error).toMatchObject({ code: 'request.invalid', kind: 'invalid', retryable: false });
  expect(error.fields?.map(({ path }) => path)).toEqual(['clientKey']);
});

test('a query is repeated after a failure that may pass, and honours the wait the server asks for', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  server.world.plan('a', ['server.unavailable'], ['request.rate-limited', { retryAfterMs: 400 }]);
  const began = Date.now();
  await expect(client.probe.ask.query({ key: 'a' })).resolves.toMatchObject({ calls: 3 });
  expect(Date.now() - began).toBeGreaterThanOrEqual(400);
});

test('a failure that will not pass is not repeated', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  server.world.plan('a', ['agent.not-found'], ['agent.not-found']);
  expect((await failureOf(client.probe.ask.query({ key: 'a' }))).code).toBe('agent.not-found');
  expect(server.world.count('a')).toBe(2);
});

test('a proxy answering 503 in HTML is an unavailable server, and Retry-After is honoured', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { ...signedIn(), maxRetries: 0 });
  const page = () => new Response('<h1>down</h1>', { status: 503, headers: { 'retry-after': '7' } });
  server.switches.nextResponses.push(page(), page());
  const query = await failureOf(client.probe.ask.query({ key: 'a' }));
  expect(query).toMatchObject({
    code: 'server.unavailable',
    status: 503,
    retryAfterMs: 7_000,
    retryable: true,
  });
  const mutation = await failureOf(client.probe.act.mutate({ key: 'a' }));
  expect(mutation).toMatchObject({ code: 'server.unavailable', status: 503 });
});

test('an unreachable server is sdk.network, after the repeats', async () => {
  let tries = 0;
  await using client = fixtureClient('http://127.0.0.1:9', {
    ...signedIn(),
    fetch: () => {
      tries += 1;
      return Promise.reject(new TypeError('fetch failed'));
    },
  });
  expect(await failureOf(client.probe.ask.query({ key: 'a' }))).toMatchObject({
    code: 'sdk.network',
    kind: 'client',
  });
  expect(tries).toBe(3);
});

test('the pages of a list are walked by one loop', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url);
  const ids: string[] = [];
  for await (const agent of client.paginate(client.agents.list, { limit: 20 })) ids.push(agent.id);
  expect(ids).toHaveLength(60);
  expect(new Set(ids).size).toBe(60);
  expect(server.requests).toHaveLength(3);
});
