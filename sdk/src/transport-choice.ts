import type { RepSpheresError } from './errors.ts';
import type { Transport } from './options.ts';
import type { Socket } from './socket.ts';

/** What the choice of transport can do to a subscription. */
export interface Movable {
  reopen(): void;
  fail(error: RepSpheresError): void;
}

/** How long event sources are used after sockets were found blocked, before a new subscription tries one again. */
const blockedForMs = 5 * 60_000;

/** Which transport subscriptions use, and the list of those that are open. */
export class TransportChoice {
  readonly socket: Socket | null;
  readonly #wish: Transport;
  readonly #open = new Set<Movable>();
  #blockedUntil = 0;

  constructor(wish: Transport, makeSocket: (choice: TransportChoice) => Socket | null) {
    this.#wish = wish;
    this.socket = makeSocket(this);
  }

  pick(): 'ws' | 'sse' {
    if (this.socket === null || this.#wish === 'sse') return 'sse';
    return this.#wish === 'auto' && Date.now() < this.#blockedUntil ? 'sse' : 'ws';
  }

  add(subscription: Movable): void {
    this.#open.add(subscription);
  }

  delete(subscription: Movable): void {
    this.#open.delete(subscription);
  }

  /** Sockets do not get through: everything moves to event sources. */
  blocked(): void {
    this.#blockedUntil = Date.now() + blockedForMs;
    for (const subscription of [...this.#open]) subscription.reopen();
    void this.socket?.close();
  }

  /** Where event sources do not reach the server either, sockets were not the reason. */
  sseFailed(error: RepSpheresError): void {
    if (error.code === 'sdk.network' && error.status === undefined) this.#blockedUntil = 0;
  }

  /** Opens every connection again, with the credentials of now. */
  reconnect(): void {
    this.socket?.restart();
    if (this.pick() === 'sse') for (const subscription of [...this.#open]) subscription.reopen();
  }

  /** Ends every subscription with this error, and the connection that proved who it was for. */
  endAll(error: RepSpheresError): void {
    this.failAll(error);
    this.socket?.restart();
  }

  failAll(error: RepSpheresError): void {
    for (const subscription of [...this.#open]) subscription.fail(error);
  }
}
