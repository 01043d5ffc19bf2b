import type { Server } from 'node:http';
import { initTRPC, tracked } from '@trpc/server';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import type { MemberActor } from '../../../server/core/actor.ts';
import { systemClock } from '../../../server/core/clock.ts';
import { newId } from '../../../server/core/ids.ts';
import { silentLogger } from '../../../server/core/observe.ts';
import { PushQueue } from '../../../server/core/push-queue.ts';
import { mapPushStream } from '../../../server/core/push-stream.ts';
import { createSocketGateway } from '../../../server/ws/gateway.ts';
import type { SocketCall } from '../../../server/ws/options.ts';
import type { Contender, Token } from './token.ts';

/** Sends a token to one follower; index by the order in which followers subscribed. */
export type Sinks = ((token: Token) => void)[];

const noCaps = { perAddress: 20_000, perProcess: 20_000 };

function member(app: MemberActor['app']): MemberActor {
  return {
    kind: 'member',
    userId: newId('user'),
    sessionId: newId('session'),
    orgId: newId('organisation'),
    role: 'rep',
    app,
    tier: 'repx2',
    scopes: new Set(['run:read']),
    expiresAt: Date.now() + 3_600_000,
  };
}

/** Our gateway with one subscription procedure over in-memory PushStreams; every socket is a user of its own. */
function serveGateway(http: Server, sinks: Sinks): void {
  const t = initTRPC.context<SocketCall>().create();
  const router = t.router({
    follow: t.procedure.subscription(() => {
      const queue = new PushQueue<Token>({ sizeOf: () => 120 });
      sinks.push((token) => queue.push(token));
      return mapPushStream(queue, (token) => tracked(token.id, token.data));
    }),
  });
  const decision = { allowed: true, limit: 1, remaining: 1, resetsAt: 0, retryAfterMs: 0 };
  const gateway = createSocketGateway({
    router,
    path: '/trpc',
    originAllowed: () => true,
    addressOf: (req) => req.socket.remoteAddress ?? '',
    principals: {
      resolve: async ({ app }) => member(app),
      refresh: async (actor) => actor,
      onChange: () => () => undefined,
    },
    createContext: (call) => call,
    admit: async () => decision,
    organisationCap: () => Number.POSITIVE_INFINITY,
    logger: silentLogger,
    metrics: { refused() {}, opened() {}, closed() {} },
    clock: systemClock,
    limits: noCaps,
  });
  http.on('upgrade', gateway.handleUpgrade);
}

/** What one writes by hand with ws: the same envelope, one JSON.stringify and one send a token. */
function serveRawWs(http: Server, sinks: Sinks): void {
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (ws) => {
    sinks.push(({ id, data }) =>
      ws.send(JSON.stringify({ id: 1, result: { type: 'data', id, data: { id, data } } })),
    );
  });
}

function serveSocketIo(http: Server, sinks: Sinks): void {
  const server = new SocketIo(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    serveClient: false,
  });
  server.on('connection', (socket) => {
    sinks.push((token) => socket.emit('t', token));
  });
}

export function serve(contender: Contender, http: Server, sinks: Sinks): void {
  if (contender === 'gateway') serveGateway(http, sinks);
  else if (contender === 'ws') serveRawWs(http, sinks);
  else serveSocketIo(http, sinks);
}
