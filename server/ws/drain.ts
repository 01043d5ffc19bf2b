import { Failure } from '../core/failure.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';

export interface DrainPlan {
  /** How long sockets with running calls may stay after the drain began, ms. */
  readonly graceMs: number;
  /** Reconnect notices are spread over this long, ms, so that the next process is not stormed. */
  readonly jitterMs: number;
}

const TICK_MS = 20;
/** How long closing handshakes may take at the very end, ms. */
const HANDSHAKE_MS = 1_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Tells every socket to connect elsewhere and closes it with 1012, spread over the jitter. A socket with a running query
 * or mutation is told when that is answered, at the latest when the grace ends, because clients drop pending calls when they move.
 * Resolves when no socket is open.
 */
export async function drainSockets(hub: Hub<Connection>, plan: DrainPlan): Promise<void> {
  hub.draining = true;
  const start = performance.now();
  const jitterMs = Math.min(plan.jitterMs, plan.graceMs);
  const due = new Map([...hub.sockets].map((socket) => [socket, Math.random() * jitterMs]));
  while (hub.sockets.size > 0 && performance.now() - start < plan.graceMs) {
    const elapsed = performance.now() - start;
    for (const socket of hub.sockets) notify(due, socket, elapsed);
    await pause(Math.min(TICK_MS, Math.max(1, plan.graceMs - elapsed)));
  }
  for (const socket of hub.sockets) {
    if (due.has(socket)) socket.move();
    socket.close('restart', new Failure('server.draining'));
  }
  const end = performance.now() + HANDSHAKE_MS;
  while (hub.sockets.size > 0 && performance.now() < end) await pause(TICK_MS);
  for (const socket of hub.sockets) socket.ws.terminate();
  while (hub.sockets.size > 0) await pause(1);
}

function notify(due: Map<Connection, number>, socket: Connection, elapsed: number): void {
  const at = due.get(socket);
  if (at === undefined || elapsed < at || socket.phase !== 'open' || socket.calls !== null) return;
  due.delete(socket);
  socket.move();
  // At once: the stock client that hears of the close only after it has reconnected would reconnect again.
  socket.close('restart', undefined, 'server.draining');
}
