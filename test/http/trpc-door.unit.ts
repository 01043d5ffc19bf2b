import { expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { handleTrpc, type IncomingCall, MAX_BATCH } from '../../server/http/trpc-door.ts';
import { appRouter } from '../../server/rpc/router.ts';

/** The calls that reach the budget for a URL; each is refused there, before anything runs. */
async function charged(
  url: string,
  thrown: unknown = new Failure('request.rate-limited', { retryAfterMs: 1500 }),
) {
  const calls: IncomingCall[] = [];
  const failures: Failure[] = [];
  const response = await handleTrpc(
    {
      router: appRouter,
      session: { of: () => null, follow: () => {} },
      streamMs: 1_000,
      context: async (call) => {
        calls.push(call);
        throw thrown;
      },
      onFailure: (failure) => failures.push(failure),
    },
    new Request(`http://localhost${url}`),
    { requestId: 'req_1', address: '192.0.2.1' },
  );
  return { paths: calls.flatMap((call) => call.paths), response, failures };
}

test.each([
  '/trpc/agents.list,conversations.search?batch=1&input={}',
  '/trpc/agents.list%2Cconversations.search?batch=1&input={}',
  '/trpc/agents.list%2cconversations%2Esearch?batch=1&input={}',
])('the budget is charged for what tRPC will run: %s', async (url) => {
  expect((await charged(url)).paths).toEqual(['agents.list', 'conversations.search']);
});

test('a batch is charged for at most as many calls as may run', async () => {
  const { paths } = await charged(`/trpc/${Array(500).fill('x').join(',')}?batch=1&input={}`);
  expect(paths.length).toBeLessThanOrEqual(MAX_BATCH);
});

test('a spent budget says when to come back, and which request it was', async () => {
  const { response } = await charged('/trpc/agents.list');
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.json()).toMatchObject({
    error: { data: { requestId: 'req_1', failure: { code: 'request.rate-limited', retryAfterMs: 1500 } } },
  });
});

test.each([
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 502, 'server.unavailable'],
  [new Error('a defect that names a table'), 500, 'server.internal'],
])(
  'an error while the caller is told apart is no answer about the caller: %s',
  async (error, status, code) => {
    const { response, failures } = await charged('/trpc/agents.list', error);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { data: { requestId: 'req_1', failure: { code } } } });
    expect(text).not.toContain('table');
    expect(failures.map((failure) => failure.code)).toEqual([code]);
  },
);
