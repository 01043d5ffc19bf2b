import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';
import { Failure } from '../../server/core/failure.ts';
import { errorShape } from '../../server/rpc/errors.ts';
import { fixtureRouter } from './fixture-router.ts';
import { fixtureWorld } from './fixture-world.ts';

/** One HTTP request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A server with the fixture router over HTTP, event streams and the stock socket adapter, on a free port. */
export async function fixtureServer() {
  const world = fixtureWorld();
  const requests: SeenRequest[] = [];
  const params: (NodeJS.Dict<string> | null)[] = [];
  const switches = { refuseSockets: false, nextResponses: [] as Response[] };
  const app = new Hono();
  app.all('/trpc/*', async (c) => {
    const headers = Object.fromEntries(c.req.raw.headers);
    requests.push({ method: c.req.method, url: c.req.url, headers });
    const planned = switches.nextResponses.shift();
    if (planned) return planned;
    return fetchRequestHandler({
      endpoint: '/trpc',
      req: c.req.raw,
      router: fixtureRouter,
      createContext: () => ({
        world,
        token: headers.authorization?.replace('Bearer ', '') ?? null,
        cookie: headers.cookie?.replace('session=', '') ?? null,
        idempotencyKey: headers['idempotency-key'] ?? null,
      }),
    });
  });

  const server = createServer(
    getRequestListener(app.fetch) as (req: IncomingMessage, res: ServerResponse) => void,
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const wss = new WebSocketServer({ noServer: true });
  let upgrades = 0;
  server.on('upgrade', (req, socket, head) => {
    upgrades += 1;
    if (switches.refuseSockets) socket.destroy();
    else wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req));
  });
  const handler = applyWSSHandler({
    wss,
    router: fixtureRouter,
    createContext: ({ info }) => {
      params.push(info.connectionParams ?? null);
      const token = info.connectionParams?.token ?? null;
      world.userOf(token);
      return { world, token, cookie: null, idempotencyKey: null };
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    world,
    requests,
    /** The connection params of each socket, in order. */
    params,
    switches,
    upgrades: () => upgrades,
    openSockets: () => wss.clients.size,
    terminateSockets: () => {
      for (const client of wss.clients) client.terminate();
    },
    closeSockets: (code: number) => {
      for (const client of wss.clients) client.close(code);
    },
    /** Closes every socket as the real server does when its session was ended. */
    revokeSockets: () => {
      const error = errorShape(new Failure('auth.revoked'), 'req_fixture');
      for (const client of wss.clients) {
        client.send(JSON.stringify({ id: null, error }));
        client.close(4401);
      }
    },
    broadcastReconnect: () => handler.broadcastReconnectNotification(),
    /** Cuts every connection, HTTP streams included. */
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of wss.clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type FixtureServer = Awaited<ReturnType<typeof fixtureServer>>;
