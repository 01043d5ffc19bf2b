import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { denied, gatewayFixture, until } from './fixture.ts';

function subscribe(id: number | string, path = 'live') {
  return { id, method: 'subscription', params: { path } };
}

test('F82: a flood of messages or pings closes the socket and leaves others alone', async () => {
  await using it = await gatewayFixture({ limits: { framesPerSecond: 300 } });
  it.principals.member('ann');
  it.principals.member('bob');
  const quiet = await it.raw('bob');
  const messages = await it.raw('ann');
  const pings = await it.raw('ann');
  for (let n = 0; n < 10_000; n += 1) {
    messages.send({ id: n, method: 'query', params: { path: 'echo', input: { text: 'x' } } });
    if (n < 2_000) pings.ws.ping();
  }
  expect((await messages.closed).code).toBe(1008);
  expect((await pings.closed).code).toBe(1008);
  quiet.send({ id: 1, method: 'query', params: { path: 'whoAmI' } });
  await quiet.frame((frame) => frame.id === 1);
  expect(it.gateway.stats().calls).toBe(0);
});

test('F82: oversized frames, tiny fragments, invalid UTF-8 and binary frames close with their codes', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const huge = await it.raw('ann');
  huge.ws.send('x'.repeat(70 * 1024));
  expect((await huge.closed).code).toBe(1009);
  const fragments = await it.raw('ann');
  for (let n = 0; n < 200; n += 1) fragments.ws.send('a', { fin: false });
  expect((await fragments.closed).code).toBe(1008);
  const utf8 = await it.raw('ann');
  utf8.ws.send(Buffer.from([0xc3, 0x28]), { binary: false });
  expect((await utf8.closed).code).toBe(1007);
  const binary = await it.raw('ann');
  binary.ws.send(randomBytes(8));
  expect((await binary.closed).code).toBe(4400);
  await until(() => it.gateway.stats().sockets === 0);
  expect(it.metrics.closes).toEqual([1009, 1008, 1007, 4400]);
});

test('F82: reserved bits and an announced 100 MB frame are refused without buffering', async () => {
  await using it = await gatewayFixture();
  const handshake =
    'GET /trpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const reserved = Buffer.from([0xf1, 0x80, 0, 0, 0, 0]);
  const hundredMb = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0, 0]);
  for (const frame of [reserved, hundredMb]) {
    const socket = connect(it.port, '127.0.0.1');
    socket.write(handshake);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(frame);
    await new Promise((resolve) => socket.once('close', resolve).resume());
  }
  await until(() => it.gateway.stats().sockets === 0);
  expect(it.metrics.closes).toEqual([1002, 1009]);
});

test('F71: JSON that is broken or too deep is answered once, then the socket is closed', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const cases = [
    '{',
    '7',
    '[{}]',
    `${'['.repeat(30_000)}`,
    '{"id":null,"method":"query","params":{"path":"x"}}',
  ];
  for (const text of [...cases, JSON.stringify(new Array(100).fill(subscribe(1)))]) {
    const raw = await it.raw('ann');
    raw.send(text);
    expect((await raw.closed).code, text.slice(0, 20)).toBe(4400);
    expect(raw.frames.at(-1)?.error?.data.failure.code).toMatch(/^request\.(invalid|too-large)$/);
  }
});

test('F83: 21 subscriptions, a duplicate id and churn stay within the caps', async () => {
  let budget = 60;
  await using it = await gatewayFixture({
    admit: async () => {
      budget -= 1;
      return budget >= 0 ? { ...denied, allowed: true } : denied;
    },
  });
  it.principals.member('ann');
  const raw = await it.raw('ann');
  for (let n = 0; n < 21; n += 1) raw.send(subscribe(n));
  raw.send(subscribe(3));
  const refused = await raw.frame((frame) => frame.id === 20 && frame.error !== undefined);
  expect(refused.error?.data.failure.code).toBe('socket.too-many-subscriptions');
  const duplicate = await raw.frame((frame) => frame.id === 3 && frame.error !== undefined);
  expect(duplicate.error?.data.failure.code).toBe('request.invalid');
  await until(() => it.observed.queues.size === 20);
  for (let n = 0; n < 20; n += 1) raw.send({ id: n, method: 'subscription.stop' });
  await until(() => it.observed.queues.size === 0);
  for (let n = 100; n < 400; n += 1) {
    raw.send(subscribe(n));
    raw.send({ id: n, method: 'subscription.stop' });
  }
  const limited = await raw.frame((frame) => frame.error?.data.failure.code === 'request.rate-limited');
  expect(limited.error?.data.failure.retryAfterMs).toBe(1_500);
  expect((await raw.closed).code).toBe(1008);
  await until(() => it.gateway.stats().sockets === 0);
  expect(it.gateway.stats()).toEqual({ sockets: 0, subscriptions: 0, calls: 0, bufferedBytes: 0, keys: 0 });
  expect(it.observed.queues.size).toBe(0);
});

test('calls above the cap wait for a slot, those above the queue are refused', async () => {
  await using it = await gatewayFixture({ limits: { calls: 4, waitingCalls: 4 } });
  it.principals.member('ann');
  const raw = await it.raw('ann');
  for (let id = 1; id <= 10; id += 1) raw.send({ id, method: 'query', params: { path: 'wait', input: 50 } });
  await until(() => raw.frames.length === 10);
  const refused = raw.frames.filter((frame) => frame.error !== undefined).map((frame) => frame.id);
  expect(refused).toEqual([9, 10]);
});

test('F88: what a closed socket asked for is aborted', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann');
  const raw = await it.raw('ann');
  for (let id = 1; id <= 5; id += 1) raw.send({ id, method: 'query', params: { path: 'hang' } });
  await until(() => it.observed.hanging === 5);
  raw.ws.terminate();
  await until(() => it.observed.aborted === 5, 1_000);
});

test('F89: a peer that stopped answering is gone, one that answers pings stays', async () => {
  await using it = await gatewayFixture({ limits: { pingMs: 100, pongMs: 100 } });
  it.principals.member('ann');
  const dead = await it.raw('ann');
  const alive = await it.raw('ann');
  const tcp = (dead.ws as unknown as { _socket: { pause(): void } })._socket;
  dead.ws.on('ping', () => undefined);
  tcp.pause();
  await until(() => it.gateway.stats().sockets === 1, 1_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(it.gateway.stats().sockets).toBe(1);
  expect(alive.ws.readyState).toBe(1);
  expect(it.metrics.closes).toEqual([1006]);
});
