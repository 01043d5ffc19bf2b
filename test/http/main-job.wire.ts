import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { listen } from '../../server/main/listen.ts';
import { createSockets } from '../../server/main/sockets.ts';
import type { AppRouter } from '../../server/rpc/router.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';

interface Item {
  readonly id: string;
  readonly data: {
    readonly type: string;
    readonly seq: number;
    readonly fromSeq?: number;
    readonly text?: string;
  };
}

let server: TestBackend;
let member: SignedIn;
let port: number;
let end: () => Promise<void>;

beforeAll(async () => {
  server = await testBackend({ OFFLINE_CHUNK_MS: '8', RUN_LOG: 'postgres' });
  const gateway = createSockets(server.backend, server.config);
  const http = await listen(server.backend, gateway, { host: '127.0.0.1', port: 0 });
  server.backend.engine.start();
  port = (http.address() as AddressInfo).port;
  member = await server.signIn();
  end = async () => {
    await gateway.drain({ graceMs: 0, jitterMs: 0 });
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await server[Symbol.asyncDispose]();
  };
});
afterAll(() => end());

/** The stock client over one socket, and how to end its TCP connections without a word. */
function connect(token: string) {
  const open = new Set<WebSocket>();
  class Counted extends WebSocket {
    constructor(url: string | URL) {
      super(url);
      open.add(this);
    }
  }
  const socket = createWSClient({
    url: `ws://127.0.0.1:${port}/trpc`,
    connectionParams: async () => ({ token }),
    WebSocket: Counted as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 10,
  });
  return {
    trpc: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }),
    cut: () => {
      for (const one of open) one.terminate();
      open.clear();
    },
    close: () => socket.close(),
  };
}

type Client = ReturnType<typeof connect>;

/** Every item of a followed run until it ends; `onItem` may interfere. */
function follow(
  client: Client,
  runId: string,
  lastEventId: string | null = null,
  onItem: (items: Item[]) => void = () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  return new Promise((resolve, reject) => {
    client.trpc.runs.follow.subscribe(
      { runId, lastEventId },
      {
        onData: (item) => {
          items.push(item as unknown as Item);
          onItem(items);
        },
        onError: reject,
        onComplete: () => resolve(items),
      },
    );
  });
}

function expectContiguous(items: readonly Item[], from = 0): void {
  let last = from;
  for (const { data } of items) {
    expect(data.fromSeq ?? data.seq).toBe(last + 1);
    last = data.seq;
  }
}

const textOf = (items: readonly Item[]) =>
  items.map(({ data }) => (data.type === 'text.delta' ? data.text : '')).join('');
const question = {
  agentId: 'dr-sarah-chen',
  message: 'How do fractional lasers compare? Please explain at length.',
};

test.each(['member', 'guest'])(
  'a %s whose connection dies twice misses nothing of an answer',
  async (kind) => {
    const token = kind === 'guest' ? await server.guest() : member.token;
    const client = connect(token);
    const { runId } = await client.trpc.runs.start.mutate({ ...question, clientKey: randomUUID() });
    const cutAt = new Set([4, 9]);
    const items = await follow(client, runId, null, (soFar) => {
      if (cutAt.delete(soFar.length)) client.cut();
    });
    expect(cutAt.size).toBe(0);
    expectContiguous(items);
    expect(items.at(-1)?.data).toMatchObject({ type: 'run.completed', text: textOf(items) });
    const stored = await client.trpc.runs.get.query({ runId });
    expect(stored).toMatchObject({ status: 'completed', text: textOf(items), provider: 'offline' });
    client.close();
  },
);

test('one who comes later, with or without a place, gets the rest and no more', async () => {
  const client = connect(member.token);
  const { runId } = await client.trpc.runs.start.mutate({ ...question, clientKey: randomUUID() });
  const whole = await follow(client, runId);
  const middle = whole[Math.floor(whole.length / 2)];
  const rest = await follow(client, runId, middle?.id);
  expectContiguous(rest, middle?.data.seq);
  expect(textOf(await follow(client, runId))).toBe(textOf(whole));
  client.close();
});

test('an answer that is cancelled ends with what was written, and so does its message', async () => {
  const client = connect(member.token);
  const { runId, conversationId } = await client.trpc.runs.start.mutate({
    ...question,
    clientKey: randomUUID(),
  });
  let cancelled: Promise<{ status: string; text: string }> | null = null;
  const items = await follow(client, runId, null, (soFar) => {
    if (textOf(soFar) !== '') cancelled ??= client.trpc.runs.cancel.mutate({ runId });
  });
  expect(items.at(-1)?.data).toMatchObject({ type: 'run.cancelled', text: textOf(items) });
  expect(await cancelled).toMatchObject({ status: 'cancelled', text: textOf(items) });
  const { messages } = await client.trpc.conversations.get.query({ id: conversationId });
  expect(messages.at(-1)).toMatchObject({ role: 'assistant', status: 'partial', content: textOf(items) });
  client.close();
});

test('start and follow in one call goes on as the same run after a cut', async () => {
  const client = connect(member.token);
  const items: Item[] = [];
  let cut = false;
  await new Promise<void>((resolve, reject) => {
    client.trpc.runs.startAndFollow.subscribe(
      { ...question, clientKey: randomUUID() },
      {
        onData: (item) => {
          items.push(item as unknown as Item);
          if (items.length === 5 && !cut) {
            cut = true;
            client.cut();
          }
        },
        onError: reject,
        onComplete: resolve,
      },
    );
  });
  expect(items[0]?.data.type).toBe('run.accepted');
  expectContiguous(items.slice(1));
  expect(items.at(-1)?.data).toMatchObject({ type: 'run.completed', text: textOf(items) });
  client.close();
});

test('signing out closes the socket and its answers', async () => {
  const { token } = await server.signIn();
  const client = connect(token);
  const { runId } = await client.trpc.runs.start.mutate({ ...question, clientKey: randomUUID() });
  const following = follow(client, runId);
  await client.trpc.identity.getSession.query();
  await server.mutate('identity.signOut', undefined, { token });
  await expect(following).rejects.toMatchObject({ data: { failure: { code: 'auth.revoked' } } });
  client.close();
});
