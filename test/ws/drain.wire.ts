import { expect, test } from 'vitest';
import { gatewayFixture, Raw, until } from './fixture.ts';

test('F05: a drain moves the stock client to another server without losing or repeating an item', async () => {
  await using old = await gatewayFixture();
  await using next = await gatewayFixture();
  old.principals.member('ann');
  next.principals.member('ann');
  let url = old.url;
  const { trpc } = old.client('ann', { url: () => url });
  const seen: number[] = [];
  let drained: Promise<void> | null = null;
  await new Promise<void>((resolve, reject) => {
    trpc.numbers.subscribe(
      { to: 6_000, size: 4_000 },
      {
        onData: ({ data }) => {
          seen.push(data.n);
          if (data.n !== 500) return;
          url = next.url;
          drained = old.gateway.drain({ graceMs: 3_000, jitterMs: 100 });
        },
        onError: reject,
        onComplete: resolve,
      },
    );
  });
  await drained;
  expect(seen).toEqual(Array.from({ length: 6_000 }, (_, index) => index + 1));
  expect(old.gateway.stats()).toMatchObject({ sockets: 0, subscriptions: 0, keys: 0 });
  expect(next.metrics.opens).toBe(1);
});

test('F05: while draining, upgrades are refused and a running call is answered before its socket moves', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'query', params: { path: 'wait', input: 300 } });
  await until(() => it.gateway.stats().calls === 1);
  const drained = it.gateway.drain({ graceMs: 2_000, jitterMs: 10 });
  const late = new Raw(it.url);
  expect((await late.closed).code).toBe(1006);
  expect(it.metrics.refusals).toEqual(['draining']);
  await raw.frame((frame) => frame.method === 'reconnect');
  const order = raw.frames.map((frame) => frame.method ?? frame.id);
  expect(order).toEqual([1, 'reconnect']);
  raw.ws.close();
  await drained;
});

test('notices are spread over the jitter, and a call that does not end holds its socket only for the grace', async () => {
  await using it = await gatewayFixture({ limits: { perUser: 100 } });
  it.principals.member('ann');
  const raws = await Promise.all(Array.from({ length: 40 }, () => it.raw('ann')));
  await until(() => it.gateway.stats().sockets === 40);
  const notices: number[] = [];
  for (const raw of raws)
    void raw.frame((f) => f.method === 'reconnect').then(() => notices.push(performance.now() - start));
  const busy = await it.raw('ann');
  busy.send({ id: 1, method: 'query', params: { path: 'hang' } });
  await until(() => it.observed.hanging === 1);
  const start = performance.now();
  const drained = it.gateway.drain({ graceMs: 600, jitterMs: 400 });
  for (const raw of [...raws, busy])
    expect(await raw.closed).toMatchObject({ code: 1012, reason: 'server.draining' });
  await drained;
  expect(performance.now() - start).toBeGreaterThan(590);
  expect(it.observed.aborted).toBe(1);
  expect(notices.length).toBe(40);
  expect(Math.max(...notices) - Math.min(...notices)).toBeGreaterThan(200);
  expect(it.principals.listeners.size).toBe(0);
  expect(it.gateway.stats()).toEqual({ sockets: 0, subscriptions: 0, calls: 0, bufferedBytes: 0, keys: 0 });
});
