import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';

const origin = 'https://app.example.com';
let server: TestBackend;
let member: SignedIn;

beforeAll(async () => {
  server = await testBackend({ METRICS_TOKEN: 'metrics-token-of-the-test' });
  server.backend.engine.start();
  member = await server.signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}) =>
  Promise.resolve(server.backend.http.request(path, { headers }));
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  Promise.resolve(
    server.backend.http.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }),
  );

/** Failure code and request id of an error answer, batched or not. */
async function errorOf(response: Response) {
  const body = await response.json();
  const data = (Array.isArray(body) ? body[0] : body).error.data;
  return { code: data.failure.code, requestId: data.requestId, failure: data.failure };
}

describe('the size of a request', () => {
  test('may not exceed 1 MiB of body', async () => {
    const response = await post('/trpc/runs.start', JSON.stringify({ message: 'x'.repeat(1024 * 1024) }));
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({
      code: 'request.too-large',
      requestId: response.headers.get('x-request-id'),
    });
  });

  test.each([
    ['body', () => post('/trpc/runs.start', JSON.stringify({ message: 'x'.repeat(1024 * 1024) }))],
    ['URL', () => get(`/trpc/agents.list?input=${'x'.repeat(17 * 1024)}`)],
    ['call of the job door', () => post('/api/inngest', 'x'.repeat(4 * 1024 * 1024 + 1))],
  ])('is refused as 413 in the status and in the answer: a too large %s', async (_what, ask) => {
    const response = await ask();
    expect(response.status).toBe(413);
    const { error } = (await response.json()) as { error: object };
    expect(error).toMatchObject({
      code: -32013,
      data: { code: 'PAYLOAD_TOO_LARGE', httpStatus: 413, failure: { code: 'request.too-large' } },
    });
  });

  test('may not nest deeper than 32, in a body or in a URL', async () => {
    const deep = '['.repeat(33) + ']'.repeat(33);
    expect(await errorOf(await post('/trpc/runs.start', deep))).toMatchObject({ code: 'request.invalid' });
    const inUrl = await get(`/trpc/conversations.list?input=${encodeURIComponent(deep)}`);
    expect(await errorOf(inUrl)).toMatchObject({ code: 'request.invalid' });
  });

  test('may not batch more than 20 calls', async () => {
    const many = (count: number) => Array(count).fill('agents.categories').join(',');
    expect((await get(`/trpc/${many(20)}?batch=1&input={}`)).status).toBe(200);
    expect((await get(`/trpc/${many(21)}?batch=1&input={}`)).status).toBe(400);
  });

  test('of 20 kB in a message is refused by its field, not by its bytes', async () => {
    const input = { agentId: 'harvey-specter', message: 'x'.repeat(20_000), clientKey: randomUUID() };
    const answer = await server.mutate('runs.start', input, { token: member.token });
    expect(answer.status).toBe(400);
    expect(answer.failure).toMatchObject({ code: 'request.invalid', fields: [{ path: 'message' }] });
  });
});

describe('a request that is wrong', () => {
  test.each(['nothing.here', 'conversations', '__proto__', 'constructor.name', ''])(
    'gets 404 for the procedure "%s"',
    async (path) => {
      const response = await get(`/trpc/${path}`);
      expect(response.status).toBe(404);
      expect(await errorOf(response)).toMatchObject({ code: 'request.unknown-procedure' });
    },
  );

  test.each(['{', '"', 'nul'])('gets 400 for the body %s', async (body) => {
    const response = await post('/trpc/conversations.create', body, {
      authorization: `Bearer ${member.token}`,
    });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'request.invalid' });
  });

  test('gets 400 for a path that is no text', async () => {
    expect((await get('/trpc/%E0%A4%A')).status).toBe(400);
  });

  test('gets its request id in the header and in every error, also of a refused token', async () => {
    for (const authorization of ['', 'Bearer nonsense']) {
      const response = await get('/trpc/conversations.list', authorization === '' ? {} : { authorization });
      const requestId = response.headers.get('x-request-id');
      expect(requestId).toMatch(/^req_[0-9a-f]{32}$/);
      expect(response.status).toBe(401);
      expect((await errorOf(response)).requestId).toBe(requestId);
    }
  });

  test.each([
    ['Bearer nonsense', 'auth.invalid-token'],
    ['bearer nonsense', 'auth.invalid-token'],
    ['Basic dXNlcjpwYXNz', 'auth.required'],
  ])('with "%s" is told %s', async (authorization, code) => {
    expect(await errorOf(await get('/trpc/conversations.list', { authorization }))).toMatchObject({ code });
  });

  test('without a page elsewhere gets 404 as JSON', async () => {
    const response = await get('/nowhere');
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'request.unknown-procedure' });
  });
});

test.each(['conversations.list', 'agents.list', 'agents.categories'])(
  '%s may be called without an input',
  async (path) => {
    const answer = await server.query(path, undefined, { token: member.token });
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject({ items: expect.any(Array) });
  },
);

describe('a shared cache', () => {
  const path = `/trpc/agents.list?input=${encodeURIComponent('{"app":"repconnect"}')}`;

  test('may keep the agents of an anonymous GET, and revalidates them by ETag', async () => {
    const first = await get(path);
    expect(first.headers.get('cache-control')).toMatch(/^public, .*s-maxage=300/);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    const again = await get(path, { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  test('revalidates a compressed answer, and one of several', async () => {
    const packed = await get(path, { 'accept-encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const etag = packed.headers.get('etag') ?? '';
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
    expect((await get(path, { 'if-none-match': `"other", ${etag}` })).status).toBe(304);
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test.each([
    ['a batch', '/trpc/agents.list?batch=1&input={"0":{}}', {}],
    ['an unknown agent', `/trpc/agents.get?input=${encodeURIComponent('{"id":"nobody"}')}`, {}],
    ['a refused input', `/trpc/agents.list?input=${encodeURIComponent('{"app":"x"}')}`, {}],
  ])('keeps nothing of %s', async (_what, url, headers) => {
    const response = await get(url, headers);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
  });

  test('keeps nothing of a signed-in caller', async () => {
    const authorization = `Bearer ${member.token}`;
    for (const url of [path, '/trpc/conversations.list', '/trpc/identity.getSession']) {
      expect((await get(url, { authorization })).headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('a browser of another origin', () => {
  const ask = async (from: string) =>
    server.backend.http.request('/trpc/agents.list', {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,idempotency-key',
      },
    });

  test('on the list may call, with the headers the SDK sends', async () => {
    const allowed = await ask(origin);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const answer = await get('/trpc/agents.categories', { origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  test.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
  ])('%s gets no permission', async (from) => {
    expect((await ask(from)).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await get('/trpc/agents.categories', { origin: from });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('sees the permission on errors too', async () => {
    const refused = await get('/trpc/conversations.list', { origin });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
  });
});

describe('the operator', () => {
  test('is told that the process lives and is ready, without a request to any optional part', async () => {
    expect(await (await get('/livez')).json()).toEqual({ status: 'ok' });
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ok', missing: [], degraded: [] });
  });

  test('reads metrics with the token alone', async () => {
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer wrong-token-of-the-test' })).status).toBe(401);
    const metrics = await get('/metrics', { authorization: 'Bearer metrics-token-of-the-test' });
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await metrics.text();
    expect(text).toMatch(/repspheres_operation_seconds_count\{operation="agents.list",outcome="ok"\} \d+/);
    expect(text).toContain('outcome="auth.required"');
  });

  test('finds the public keys, and nothing private in them', async () => {
    const jwks = (await (await get('/.well-known/jwks.json')).json()) as { keys: object[] };
    const { keys } = jwks;
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(keys[0]).not.toHaveProperty('d');
  });
});

test('a guest may send 10 messages in 15 minutes and is told when the next one', async () => {
  const token = await server.guest();
  const send = (clientKey: string = randomUUID()) =>
    server.mutate('runs.start', { agentId: 'dr-sarah-chen', message: 'What is new?', clientKey }, { token });
  const keys = Array.from({ length: 10 }, () => randomUUID());
  // At once, and no connection of the database is held while another is waited for: none is refused for that.
  const first = await Promise.all(keys.map(send));
  expect(first.map((answer) => answer.failure)).toEqual(Array(10).fill(null));
  const again = await send(keys[0]);
  expect(again.data, 'a repetition is no new message').toMatchObject({ runId: first[0]?.data?.runId });
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(refused.failure).toMatchObject({
    code: 'guest.message-limit',
    retryAfterMs: expect.any(Number),
    limit: { limit: 10, used: 10, windowSeconds: 900, resetsAt: expect.any(String) },
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const other = await server.mutate(
    'runs.start',
    { agentId: 'dr-sarah-chen', message: 'A new guest', clientKey: randomUUID() },
    { token: await server.guest() },
  );
  expect(other.failure?.code, 'a new guest behind the same address').toBe('guest.message-limit');
});

test('while draining, /readyz says so and the doors still answer', async () => {
  server.backend.setDraining();
  const ready = await get('/readyz');
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ missing: ['draining'] });
  expect((await get('/trpc/agents.categories')).status).toBe(200);
});
