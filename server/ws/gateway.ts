import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Failure } from '../core/failure.ts';
import { attach, GatewaySocket } from './attach.ts';
import type { Connection } from './connection.ts';
import { type DrainPlan, drainSockets } from './drain.ts';
import { createHub, type Hub } from './hub.ts';
import type { GatewayOptions } from './options.ts';
import { Sweep } from './sweep.ts';
import { answerRefusal, checkUpgrade, type RefusedUpgrade } from './upgrade-check.ts';

export interface GatewayStats {
  readonly sockets: number;
  readonly subscriptions: number;
  /** Queries and mutations that run now. */
  readonly calls: number;
  /** Bytes that wait for slow readers. */
  readonly bufferedBytes: number;
  /** Keys in the tables of users, organisations and addresses; zero when nobody is connected. */
  readonly keys: number;
}

export interface SocketGateway {
  /** The listener for a node:http server's `upgrade` event. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  stats(): GatewayStats;
  /** Refuses upgrades (503), tells sockets to move, closes the rest with 1012; resolves when none is left. */
  drain(plan: DrainPlan): Promise<void>;
  /** Ends everything at once: every socket 1012, no grace. */
  close(): Promise<void>;
}

/** tRPC over WebSocket with caps, deadlines, live rights, paced emission and drain; wire-compatible with the stock wsLink. */
export function createSocketGateway(options: GatewayOptions): SocketGateway {
  const hub = createHub<Connection>(options);
  // A variable, because the type package does not know `maxFragments` and `closeTimeout` yet.
  const serverOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: hub.limits.frameBytes,
    maxFragments: hub.limits.fragments,
    closeTimeout: hub.limits.closeMs,
    WebSocket: GatewaySocket,
  };
  const server = new WebSocketServer(serverOptions);
  server.on('wsClientError', (error, socket, req) => {
    const failure = new Failure('request.invalid', { message: 'Not a WebSocket handshake.', cause: error });
    refuse(hub, { reason: 'handshake', failure }, { req, socket });
  });
  const sweep = new Sweep(hub);
  return {
    handleUpgrade(req, socket, head) {
      const check = checkUpgrade(hub, req);
      if ('reason' in check) refuse(hub, check, { req, socket });
      else server.handleUpgrade(req, socket, head, (ws) => attach(hub, ws, { socket, check }));
    },
    stats: () => statsOf(hub),
    async drain(plan) {
      await drainSockets(hub, plan);
      sweep.stop();
      hub.rights.stop();
    },
    async close() {
      await drainSockets(hub, { graceMs: 0, jitterMs: 0 });
      sweep.stop();
      hub.rights.stop();
    },
  };
}

function refuse(
  hub: Hub<Connection>,
  refusal: RefusedUpgrade,
  peer: { req: IncomingMessage; socket: Duplex },
): void {
  const { logger, metrics, addressOf } = hub.options;
  metrics.refused(refusal.reason);
  const facts = { event: 'socket.refused', reason: refusal.reason, address: addressOf(peer.req) };
  logger.info({ ...facts, origin: peer.req.headers.origin }, 'upgrade refused');
  answerRefusal(peer.socket, refusal);
}

function statsOf(hub: Hub<Connection>): GatewayStats {
  hub.budget.measureAll();
  const { users, organisations, addresses } = hub.occupancy;
  let subscriptions = 0;
  let calls = 0;
  for (const connection of hub.sockets) {
    subscriptions += connection.subscriptions.length;
    calls += connection.calls?.size ?? 0;
  }
  const keys = users.keys + organisations.keys + addresses.keys;
  return { sockets: hub.sockets.size, subscriptions, calls, bufferedBytes: hub.budget.bytes, keys };
}
