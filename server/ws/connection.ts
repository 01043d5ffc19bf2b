import type { Socket } from 'node:net';
import type { TRPCError } from '@trpc/server';
import { WebSocket } from 'ws';
import type { Actor, Principal } from '../core/actor.ts';
import type { AppId } from '../core/apps.ts';
import { isPrincipal } from '../core/authorise.ts';
import { Failure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import { SlowReader } from '../core/push-queue.ts';
import type { RightsHolder } from '../modules/identity/live-rights.ts';
import { type CloseReason, closeCodes, closeReasonOf } from './close-codes.ts';
import { answerHead, errorText, reconnectText } from './envelope.ts';
import type { Hub } from './hub.ts';
import { Outlet, type OutletOwner } from './outlet.ts';
import { type RequestId, trpcErrorOf } from './protocol.ts';
import type { Subscription, SubscriptionHost } from './subscription.ts';

/** `params`: the first message must be connectionParams. `resolving`: messages wait for the principal. `refused`: about to close, requests are answered by the failure. */
export type Phase = 'params' | 'resolving' | 'open' | 'refused' | 'closed';

export interface ConnectionSeed {
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly address: string;
  readonly app: AppId;
  /** The session token of a browser's cookie; used where no bearer token comes. */
  readonly session: string | null;
  readonly phase: 'params' | 'resolving';
}

const NO_SUBSCRIPTIONS: Subscription[] = [];

/** One socket. Its timers are fields that the gateway's one sweep reads; its collections exist only while they hold something. */
export class Connection implements SubscriptionHost, OutletOwner, RightsHolder {
  readonly hub: Hub<Connection>;
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly outlet: Outlet;
  readonly address: string;
  readonly openedAt: number;
  readonly session: string | null;
  app: AppId;
  actor: Actor | null = null;
  phase: Phase;
  /** True once a request arrived; a socket that stays silent is closed at the deadline unless it proved a principal. */
  heard = false;
  /** For whom the socket is counted. */
  seat: { readonly userId: string; readonly orgId: string } | null = null;
  /** Rights changed while the principal was being read; read it again. */
  stale = false;
  subscriptions: Subscription[] = NO_SUBSCRIPTIONS;
  calls: Set<AbortController> | null = null;
  waitingCalls: (() => void)[] | null = null;
  inbox: string[] | null = null;
  refusal: Failure | null = null;
  refusalsInARow = 0;
  frameSecond = 0;
  framesInSecond = 0;
  nextPingAt: number;
  pingedAt = 0;
  bytesAtPing = 0;
  nextRefreshAt = 0;
  refreshing = false;
  closeCode = 0;

  constructor(hub: Hub<Connection>, seed: ConnectionSeed) {
    this.hub = hub;
    this.ws = seed.ws;
    this.socket = seed.socket;
    this.address = seed.address;
    this.app = seed.app;
    this.session = seed.session;
    this.phase = seed.phase;
    this.openedAt = hub.clock.now();
    this.nextPingAt = this.openedAt + hub.limits.pingMs;
    this.outlet = new Outlet(seed.socket, hub, this);
  }

  get router() {
    return this.hub.options.router;
  }

  /** False once either side began to close: no frame may follow a close frame. */
  get writable(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }

  get principal(): Principal | null {
    const { actor } = this;
    return actor !== null && isPrincipal(actor) ? actor : null;
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  adopt(fresh: Principal): void {
    this.actor = fresh;
    for (const subscription of this.subscriptions) subscription.reauthorise({ actor: fresh, app: this.app });
  }

  lose(failure: Failure): void {
    this.close(closeReasonOf(failure), failure);
  }

  facts(): object {
    return { address: this.address, app: this.app };
  }

  send(text: string): void {
    this.outlet.send(text);
  }

  wake(): void {
    this.outlet.wake();
  }

  overflow(): void {
    this.close('slowReader');
  }

  drop(): void {
    this.terminate(closeCodes.slowReader.code);
  }

  /** Ends at once, without a close frame: for peers that are dead or hold too much of our memory. */
  terminate(code: number): void {
    this.end(code);
    this.ws.terminate();
  }

  defect(error: unknown): void {
    const { address, app } = this;
    this.hub.options.logger.error({ event: 'socket.defect', address, app, err: error }, 'defect on a socket');
  }

  broken(error: unknown): void {
    this.defect(error);
    this.close('internal', new Failure('server.internal', { cause: error }));
  }

  add(subscription: Subscription): void {
    if (this.subscriptions === NO_SUBSCRIPTIONS) this.subscriptions = [];
    this.subscriptions.push(subscription);
  }

  remove(subscription: Subscription): void {
    const index = this.subscriptions.indexOf(subscription);
    if (index >= 0) this.subscriptions.splice(index, 1);
  }

  failed(subscription: Subscription, error: TRPCError, cause: unknown): boolean {
    this.remove(subscription);
    if (cause instanceof SlowReader) {
      this.close('slowReader');
      return false;
    }
    const requestId = requestIdOf(subscription.ctx);
    this.hub.options.onError?.({ error, path: subscription.path, requestId });
    return this.phase !== 'closed';
  }

  /** Answers one request, or with id null the whole socket, by a failure of ours. */
  refuse(id: RequestId | null, failure: Failure, jsonrpc?: '2.0'): void {
    const error = trpcErrorOf(failure);
    const ctx = { requestId: newId('request') };
    this.send(errorText(answerHead(id, jsonrpc), { error, type: 'unknown', ctx }, this.router));
  }

  /** Sends the public failure as the last frame, if there is one, then a close frame; all work of the socket is aborted. */
  close(reason: CloseReason, failure?: Failure, text: string = failure?.code ?? reason): void {
    if (this.phase === 'closed') return;
    if (failure !== undefined) this.refuse(null, failure);
    const { code } = closeCodes[reason];
    this.end(code);
    this.ws.close(code, text);
  }

  /**
   * Asks the peer to connect elsewhere. Its streams end here, so that nothing follows the notice: the stock client would
   * read that as a second loss and reconnect again.
   */
  move(): void {
    this.#stopSubscriptions();
    this.outlet.sources.length = 0;
    this.send(reconnectText);
  }

  /** Stops everything that works for this socket; idempotent. */
  end(code: number): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.closeCode = code;
    this.#leaveSeat();
    this.outlet.close();
    this.#stopSubscriptions();
    for (const call of this.calls ?? []) call.abort();
    this.calls = null;
    this.waitingCalls = null;
    this.inbox = null;
  }

  #stopSubscriptions(): void {
    const { subscriptions } = this;
    this.subscriptions = NO_SUBSCRIPTIONS;
    for (const subscription of subscriptions) subscription.stop(false);
  }

  /** A closing socket no longer counts for its user, who may already be connecting again. */
  #leaveSeat(): void {
    if (this.seat === null) return;
    this.hub.occupancy.users.remove(this.seat.userId);
    this.hub.occupancy.organisations.remove(this.seat.orgId);
    this.seat = null;
  }
}

/** The request id in a context, or a new one where the context was never made. */
export function requestIdOf(ctx: object | undefined): string {
  return ctx !== undefined && 'requestId' in ctx && typeof ctx.requestId === 'string'
    ? ctx.requestId
    : newId('request');
}
