import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRepSpheres } from '../../sdk/src/client.ts';
import { listen } from '../../server/main/listen.ts';
import { createSockets } from '../../server/main/sockets.ts';
import type { AppRouter } from '../../server/rpc/router.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';

/** Two servers on one database: `leaving` goes down while its doors are open, `staying` takes over. */
let member: SignedIn;
let leaving: Awaited<ReturnType<typeof serve>>;
let staying: Awaited<ReturnType<typeof serve>>;

async function serve() {
  const server: TestBackend = await testBackend({ OFFLINE_CHUNK_MS: '2', RUN_LOG: 'postgres' });
  const gateway = createSockets(server.backend, server.config);
  const http = await listen(server.backend, gateway, { host: '127.0.0.1', port: 0 });
  server.backend.engine.start();
  const end = async () => {
    await gateway.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await server[Symbol.asyncDispose]();
  };
  return { server, end, url: `127.0.0.1:${(http.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  leaving = await serve();
  staying = await serve();
  member = await leaving.server.signIn();
  await leaving.server.backend.engine.drain(0);
});
afterAll(() => Promise.all([leaving.end(), staying.end()]));

const question = () => ({ clientKey: randomUUID(), agentId: 'harvey-specter', message: 'How do I open?' });

test('a start at a draining server is refused as server.draining over HTTP, with a time to come back', async () => {
  const refused = await leaving.server.mutate('runs.start', question(), member);
  expect(refused).toMatchObject({
    status: 502,
    data: undefined,
    failure: { code: 'server.draining', kind: 'upstream', retryable: true },
  });
  expect(refused.headers.get('retry-after')).toBe('1');
});

test('a start at a draining server is refused as server.draining over a socket, for calls and streams', async () => {
  const client = createWSClient({
    url: `ws://${leaving.url}/trpc`,
    connectionParams: async () => ({ token: member.token }),
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
  const refusal = { data: { failure: { code: 'server.draining', retryable: true, retryAfterMs: 1000 } } };
  await expect(trpc.runs.start.mutate(question())).rejects.toMatchObject(refusal);
  const streamed = new Promise((_, reject) => {
    trpc.runs.startAndFollow.subscribe(question(), { onError: reject });
  });
  await expect(streamed).rejects.toMatchObject(refusal);
  await client.close();
});

test('the SDK repeats a start that a draining server refused, and the other server answers it', async () => {
  let calls = 0;
  const client = createRepSpheres({
    url: `http://${leaving.url}`,
    app: 'repconnect',
    getAccessToken: () => member.token,
    // As behind a balancer that has seen `/readyz` after the first call.
    fetch: (url, init) => fetch(url.replace(leaving.url, calls++ === 0 ? leaving.url : staying.url), init),
  });
  const { runId } = await client.runs.start.mutate(question());
  expect(calls).toBe(2);
  await expect.poll(async () => (await client.runs.get.query({ runId })).status).toBe('completed');
  client.close();
});
