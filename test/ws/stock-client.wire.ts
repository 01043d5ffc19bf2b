import { TRPCClientError } from '@trpc/client';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { gatewayFixture, until } from './fixture.ts';

/** Ends the TCP connection under the client, without a closing handshake. */
function cut(ws: unknown): void {
  if (ws instanceof WebSocket) ws.terminate();
}

test('the stock client queries and mutates, alone and in one frame', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann', { tier: 'repx3' });
  const { trpc } = it.client('ann');
  const answers = await Promise.all([
    trpc.whoAmI.query(),
    trpc.echo.query({ text: 'Grüße 👋' }),
    trpc.add.mutate(2),
    trpc.nothing.mutate(),
  ]);
  expect(answers).toEqual([
    { actor: 'member', app: 'crm', tier: 'repx3' },
    'Grüße 👋',
    { sum: 3, key: null },
    undefined,
  ]);
});

test('a subscription yields tracked items in order and completes', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc } = it.client('ann');
  for (const path of ['count', 'numbers'] as const) {
    const items: unknown[] = [];
    const kinds: string[] = [];
    await new Promise<void>((resolve, reject) => {
      trpc[path].subscribe(
        { to: 40 },
        {
          onStarted: () => kinds.push('started'),
          onData: (item: { id: string; data: unknown }) => items.push(item),
          onError: reject,
          onComplete: resolve,
        },
      );
    });
    expect(kinds).toEqual(['started']);
    const expected = Array.from({ length: 40 }, (_, index) => ({
      id: String(index + 1),
      data: path === 'count' ? index + 1 : { n: index + 1, text: '' },
    }));
    expect(items).toEqual(expected);
  }
});

test('observables and untracked items pass through', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc } = it.client('ann');
  const items: string[] = [];
  await new Promise<void>((resolve, reject) => {
    trpc.observed.subscribe(undefined, {
      onData: (item) => items.push(item),
      onError: reject,
      onComplete: resolve,
    });
  });
  expect(items).toEqual(['a', 'b']);
});

test('unsubscribing stops the stream on the server and frees it', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc } = it.client('ann');
  const items: number[] = [];
  const subscription = trpc.live.subscribe(undefined, { onData: (item) => items.push(item) });
  const [queue] = await until(() => it.observed.queues.size === 1 && [...it.observed.queues]);
  queue?.push(1);
  queue?.push(2);
  await until(() => items.length === 2);
  subscription.unsubscribe();
  await until(() => it.observed.queues.size === 0);
  expect(items).toEqual([1, 2]);
  expect(it.gateway.stats()).toMatchObject({ sockets: 1, subscriptions: 0 });
});

test('failures arrive typed, defects without their text', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc } = it.client('ann');
  const refused = await trpc.refused.query().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TRPCClientError);
  expect(refused).toMatchObject({ data: { path: 'refused', failure: { code: 'agent.not-found' } } });
  const broken = await trpc.broken.query().catch((error: unknown) => error);
  expect(broken).toMatchObject({ data: { failure: { code: 'server.internal' } } });
  expect(JSON.stringify(broken)).not.toContain('secret');
  const items: unknown[] = [];
  const failing = await new Promise((resolve) => {
    trpc.failing.subscribe(undefined, { onData: (item) => items.push(item), onError: resolve });
  });
  expect(items).toEqual([1]);
  expect(failing).toMatchObject({ data: { failure: { code: 'run.interrupted' } } });
  expect(it.errors.map((error) => error.path)).toEqual(['refused', 'broken', 'failing']);
});

test('a cut socket is resumed from the last event id without a gap or repetition', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  let tokens = 0;
  const { trpc, wsClient } = it.client(() => {
    tokens += 1;
    return 'ann';
  });
  const seen: number[] = [];
  await new Promise<void>((resolve, reject) => {
    trpc.numbers.subscribe(
      { to: 3_000, size: 2_000 },
      {
        onData: ({ data }) => {
          seen.push(data.n);
          if (data.n === 100 || data.n === 900) cut(wsClient.connection?.ws);
        },
        onError: reject,
        onComplete: resolve,
      },
    );
  });
  expect(tokens).toBe(3);
  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
});

test("the client's own keep-alive is answered", async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc, wsClient } = it.client('ann', {
    keepAlive: { enabled: true, intervalMs: 20, pongTimeoutMs: 200 },
  });
  await trpc.whoAmI.query();
  const { connection } = wsClient;
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(wsClient.connection?.id).toBe(connection?.id);
});

test('a wrong token fails the waiting request typed', async () => {
  await using it = await gatewayFixture();
  const codes: (number | undefined)[] = [];
  const { trpc } = it.client('nobody', {
    onClose: (cause) => codes.push(cause?.code),
    retryDelayMs: () => 60_000,
  });
  const error = await trpc.whoAmI.query().catch((cause: unknown) => cause);
  expect(error).toMatchObject({ data: { failure: { code: 'auth.invalid-token' } } });
  await until(() => codes.length > 0);
  expect(codes).toEqual([4401]);
});

test('a stream that breaks its promises ends its own subscription, not the socket or the process', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const { trpc } = it.client('ann');
  for (const at of ['take', 'json'] as const) {
    const error = await new Promise((resolve) => {
      trpc.defective.subscribe(at, { onError: resolve });
    });
    expect(error).toMatchObject({ data: { failure: { code: 'server.internal' } } });
  }
  const subscription = trpc.defective.subscribe('close', {});
  await until(() => it.gateway.stats().subscriptions === 1);
  subscription.unsubscribe();
  await until(() => it.gateway.stats().subscriptions === 0);
  expect(await trpc.echo.query({ text: 'still here' })).toBe('still here');
  expect(it.metrics.opens).toBe(1);
});
