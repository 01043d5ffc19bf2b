import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RunStream } from '../../sdk/src/run-stream.ts';
import { fixtureClient, signedIn } from './fixture-client.ts';
import { fixtureServer } from './fixture-server.ts';

const words = (count: number) =>
  Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(4, '0')} `).join('');

/** Reads a run to its end; `at` runs when that many events have come. */
async function readAll(stream: RunStream, at: Readonly<Record<number, () => void>> = {}) {
  const seqs: number[] = [];
  for await (const event of stream) {
    seqs.push(event.seq);
    at[seqs.length]?.();
  }
  return seqs;
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const ask = (count: number) => ({ agentId: 'harvey', message: String(count) });

test('no socket is opened before the first subscription, and closing the client leaves none', async () => {
  await using server = await fixtureServer();
  const client = fixtureClient(server.url, signedIn());
  await client.probe.ask.query({ key: 'a' });
  expect(server.upgrades()).toBe(0);
  expect(client.connectionState()).toMatchObject({ status: 'idle' });
  const stream = client.streams.startAndFollow(ask(5));
  await stream.finished;
  expect(server.upgrades()).toBe(1);
  await client.close();
  await expect.poll(() => server.openSockets()).toBe(0);
  expect(client.connectionState().status).toBe('closed');
});

test('150 events arrive once and in order over sockets that are terminated and asked to move', async () => {
  await using server = await fixtureServer();
  server.world.pace = 5;
  await using client = fixtureClient(server.url, signedIn());
  const stream = client.streams.startAndFollow(ask(149));
  const seqs = await readAll(stream, {
    30: server.terminateSockets,
    70: server.broadcastReconnect,
    110: () => server.closeSockets(4490),
  });
  expect(seqs).toEqual(upTo(150));
  expect(stream.text()).toBe(words(149));
  expect(await stream.finished).toMatchObject({ status: 'completed', text: words(149), messageId: 'msg_1' });
  expect(await stream.accepted).toMatchObject({ conversationId: 'conv_1' });
  expect(server.upgrades()).toBeGreaterThanOrEqual(3);
});

test('each connection asks for the token anew, and a socket closed for an expired token refreshes it', async () => {
  await using server = await fixtureServer();
  server.world.pace = 5;
  let token = 'user:1';
  await using client = fixtureClient(server.url, {
    getAccessToken: ({ forceRefresh }) => {
      if (forceRefresh) token = 'user:3';
      return token;
    },
  });
  const stream = client.streams.startAndFollow(ask(80));
  const seqs = await readAll(stream, {
    20: () => {
      token = 'user:2';
      server.terminateSockets();
    },
    50: () => {
      server.world.revoke('user:2');
      server.closeSockets(4401);
    },
  });
  expect(seqs).toEqual(upTo(81));
  expect(server.params.map((params) => params?.token)).toEqual(['user:1', 'user:2', 'user:3']);
  expect(server.params[0]).toMatchObject({ app: 'crm' });
});

test('a token nobody accepts ends the stream instead of reconnecting for ever', async () => {
  await using server = await fixtureServer();
  const told: string[] = [];
  await using client = fixtureClient(server.url, {
    getAccessToken: () => 'nonsense',
    onUnauthorized: ({ code }) => told.push(code),
  });
  await expect(client.streams.follow('run-x').finished).rejects.toMatchObject({ kind: 'unauthenticated' });
  expect(told).toHaveLength(1);
  expect(server.upgrades()).toBeLessThanOrEqual(3);
});

test('where sockets are refused, the answer comes by event stream: the token in a header, the message in no URL', async () => {
  await using server = await fixtureServer();
  server.switches.refuseSockets = true;
  await using client = fixtureClient(server.url, signedIn('user:secret'));
  const stream = client.streams.startAndFollow(ask(40));
  expect(await readAll(stream)).toEqual(upTo(41));
  expect(server.upgrades()).toBe(3);
  const followed = server.requests.filter(({ url }) => url.includes('runs.follow'));
  expect(followed).toHaveLength(1);
  expect(followed[0]?.headers.authorization).toBe('Bearer user:secret');
  expect(server.requests.some(({ url }) => /secret|startAndFollow|harvey/.test(url))).toBe(false);
});

test('a run that began on a socket continues by event stream when sockets stop getting through', async () => {
  await using server = await fixtureServer();
  server.world.pace = 10;
  await using client = fixtureClient(server.url, signedIn());
  const stream = client.streams.startAndFollow(ask(120));
  const seqs = await readAll(stream, {
    40: () => {
      server.switches.refuseSockets = true;
      server.terminateSockets();
    },
  });
  expect(seqs).toEqual(upTo(121));
  expect(client.connectionState().transport).toBe('sse');
});

test('an event stream that is cut resumes after its last event', async () => {
  await using server = await fixtureServer();
  server.world.pace = 5;
  await using client = fixtureClient(server.url, { ...signedIn(), transport: 'sse' });
  const seqs = await readAll(client.streams.startAndFollow(ask(60)), {
    20: server.cutAll,
    40: server.cutAll,
  });
  expect(seqs).toEqual(upTo(61));
});

test('an expired token of an event stream is refreshed in mid-stream', async () => {
  await using server = await fixtureServer();
  server.world.pace = 5;
  let token = 'user:1';
  await using client = fixtureClient(server.url, {
    transport: 'sse',
    getAccessToken: ({ forceRefresh }) => {
      if (forceRefresh) token = 'user:2';
      return token;
    },
  });
  const seqs = await readAll(client.streams.startAndFollow(ask(40)), {
    20: () => {
      server.world.revoke('user:1');
      server.cutAll();
    },
  });
  expect(seqs).toEqual(upTo(41));
  expect(token).toBe('user:2');
});

test('a guest follows without signing in', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url);
  expect(await readAll(client.streams.startAndFollow(ask(3)))).toEqual(upTo(4));
  expect(server.params[0]?.token).toBe('guest-1');
});

test('cancel ends the stream with run.cancelled and the text so far', async () => {
  await using server = await fixtureServer();
  server.world.pace = 10;
  await using client = fixtureClient(server.url, signedIn());
  const stream = client.streams.startAndFollow(ask(500));
  const done = readAll(stream, { 10: () => void stream.cancel() });
  const result = await stream.finished;
  await done;
  expect(result).toMatchObject({ status: 'cancelled', reason: 'asked' });
  expect(result.text).toBe(stream.text());
  expect(words(500).startsWith(result.text)).toBe(true);
});

test('an unknown run is an error, not a stream that never begins', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, signedIn());
  await expect(client.streams.follow('run-none').finished).rejects.toMatchObject({ code: 'run.not-found' });
});

test('leaving the loop stops following, and the subscription of a list of ticks ends by itself', async () => {
  await using server = await fixtureServer();
  server.world.pace = 5;
  await using client = fixtureClient(server.url, signedIn());
  const stream = client.streams.startAndFollow(ask(500));
  for await (const event of stream) if (event.seq === 5) break;
  await expect(stream.finished).rejects.toMatchObject({ code: 'sdk.aborted' });
  const ticks = await new Promise<number[]>((resolve, reject) => {
    const seen: number[] = [];
    client.probe.ticks.subscribe(
      { upTo: 20 },
      { onData: (tick) => seen.push(tick), onComplete: () => resolve(seen), onError: reject },
    );
  });
  expect(ticks).toEqual(upTo(20));
});

test('without any WebSocket class, auto uses event streams', async () => {
  await using server = await fixtureServer();
  await using client = fixtureClient(server.url, { ...signedIn(), transport: 'sse', WebSocket });
  expect(await readAll(client.streams.startAndFollow(ask(3)))).toEqual(upTo(4));
  expect(server.upgrades()).toBe(0);
});
