import { Failure } from '../core/failure.ts';
import type { Connection } from './connection.ts';
import { pingFrame } from './frames.ts';
import type { Hub } from './hub.ts';

/** The code RFC 6455 reserves for a peer that vanished. */
const ABNORMAL = 1006;

/** The one timer of all sockets: deadlines, expiry, stalls, heartbeat and the routine re-read of rights. */
export class Sweep {
  readonly #hub: Hub<Connection>;
  readonly #timer: NodeJS.Timeout;

  constructor(hub: Hub<Connection>) {
    this.#hub = hub;
    this.#timer = setInterval(() => this.run(), hub.limits.sweepMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  run(): void {
    const now = this.#hub.clock.now();
    this.#hub.budget.measureAll();
    this.#hub.rights.sweep(now);
    for (const connection of this.#hub.sockets) {
      if (connection.phase === 'closed' || closedByDeadline(connection, now)) continue;
      connection.outlet.relieve();
      heartbeat(connection, now);
    }
  }
}

function closedByDeadline(connection: Connection, now: number): boolean {
  const { limits } = connection.hub;
  const { principal, outlet } = connection;
  const silent = connection.phase !== 'open' || (principal === null && !connection.heard);
  if (silent && now - connection.openedAt >= limits.authMs) {
    const { address } = connection;
    connection.hub.options.metrics.refused('auth-deadline');
    connection.hub.options.logger.info(
      { event: 'socket.refused', reason: 'auth-deadline', address },
      'socket refused',
    );
    connection.close('authDeadline', new Failure('auth.required'));
  } else if (outlet.congestedSince !== 0 && now - outlet.congestedSince >= limits.stallMs) {
    connection.close('slowReader');
  }
  return connection.phase === 'closed';
}

/** Any byte from the peer after our ping proves it alive, so no listener or timer is needed for pongs. */
function heartbeat(connection: Connection, now: number): void {
  const { limits } = connection.hub;
  const { socket } = connection;
  if (connection.pingedAt !== 0) {
    if (socket.bytesRead !== connection.bytesAtPing) connection.pingedAt = 0;
    else if (now - connection.pingedAt >= limits.pongMs) connection.terminate(ABNORMAL);
  }
  if (now < connection.nextPingAt || !connection.writable) return;
  connection.nextPingAt = now + limits.pingMs;
  connection.pingedAt = now;
  connection.bytesAtPing = socket.bytesRead;
  socket.write(pingFrame);
}
