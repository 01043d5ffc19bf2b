import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { toRepSpheresError } from './error-mapping.ts';
import type { RepSpheresError } from './errors.ts';
import type { OperationNotes, UntypedClient } from './links.ts';
import type { SubscriptionRequest, SubscriptionSink } from './subscription-sink.ts';
import { backoffMs } from './timing.ts';
import type { TransportChoice } from './transport-choice.ts';

export interface SubscriptionRuntime {
  readonly client: UntypedClient;
  readonly credentials: Credentials;
  readonly connection: Connection;
  readonly transports: TransportChoice;
  /** The rights of the session have changed. */
  onRights(): void;
}

/** A socket that is being replaced has gone after this long; opening on it earlier would only be undone. */
const restartMs = 100;
const reopenBounds = { baseMs: 400, capMs: 10_000 };

/** One subscription kept alive: over whichever transport works, with a fresh token, from the last event it delivered. */
export class LiveSubscription {
  readonly #runtime: SubscriptionRuntime;
  readonly #request: SubscriptionRequest;
  readonly #sink: SubscriptionSink;
  #lastEventId: string | undefined;
  #token: string | null = null;
  #failures = 0;
  #refreshed = false;
  /** Callbacks of an earlier opening carry an older number and are ignored. */
  #opening = 0;
  #leave: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(runtime: SubscriptionRuntime, request: SubscriptionRequest, sink: SubscriptionSink) {
    this.#runtime = runtime;
    this.#request = request;
    this.#sink = sink;
    this.#lastEventId = request.lastEventId;
    runtime.transports.add(this);
    this.#open();
  }

  /** Leaves the subscription; nothing is told any more. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach();
    this.#runtime.transports.delete(this);
  }

  /** Opens again after `delayMs`, on the transport that is then preferred. */
  reopen(delayMs = 0): void {
    this.#detach();
    if (delayMs > 0) this.#timer = setTimeout(() => this.#open(), delayMs);
    else this.#open();
  }

  /** Ends with this error. */
  fail(error: RepSpheresError): void {
    if (this.#ended) return;
    this.close();
    this.#sink.failed(error);
  }

  #detach(): void {
    this.#opening += 1;
    clearTimeout(this.#timer);
    this.#leave();
    this.#leave = () => {};
  }

  #open(): void {
    if (this.#ended) return;
    this.#opening += 1;
    const opening = this.#opening;
    this.#subscribe(opening).catch((thrown: unknown) => {
      if (opening === this.#opening) this.#onError(toRepSpheresError(thrown, this.#request.path), 'sse');
    });
  }

  async #subscribe(opening: number): Promise<void> {
    const { client, connection, credentials, transports } = this.#runtime;
    const { needsPrincipal } = this.#request;
    const route = transports.pick();
    const target = await this.#request.target(route);
    if (route === 'ws') transports.socket?.requirePrincipal(needsPrincipal);
    else this.#token = await credentials.token(needsPrincipal);
    if (opening !== this.#opening) return;
    const mine = () => opening === this.#opening;
    if (route === 'sse')
      connection.set({ status: this.#failures > 0 ? 'reconnecting' : 'connecting', transport: route });
    const context: OperationNotes = { route, token: this.#token };
    const subscription = client.subscription(target.path, this.#continuing(target.input), {
      context,
      onStarted: () =>
        mine() && route === 'sse' && connection.set({ status: 'open', transport: route, failures: 0 }),
      onData: (value) => mine() && this.#onData(value),
      onComplete: () => mine() && this.#onComplete(),
      onError: (thrown) => mine() && this.#onError(toRepSpheresError(thrown, target.path), route),
    });
    if (mine()) this.#leave = () => subscription.unsubscribe();
    else subscription.unsubscribe();
  }

  #continuing(input: unknown): unknown {
    const lastEventId = this.#sink.cursor ? this.#sink.cursor() : this.#lastEventId;
    return lastEventId === undefined ? input : { ...(input as object | undefined), lastEventId };
  }

  #onData(value: unknown): void {
    this.#failures = 0;
    this.#refreshed = false;
    const { item, id } = untracked(value);
    if (id !== undefined) this.#lastEventId = id;
    this.#sink.data(item, id);
  }

  #onComplete(): void {
    this.#detach();
    if (this.#sink.complete() === 'done') {
      this.close();
      return;
    }
    this.#failures += 1;
    this.reopen(backoffMs(this.#failures, reopenBounds));
  }

  #onError(error: RepSpheresError, route: 'ws' | 'sse'): void {
    this.#detach();
    if (error.code === 'auth.rights-changed') this.#runtime.onRights();
    if (error.kind === 'unauthenticated' && !error.retryable && !this.#refreshed) this.#recover(error, route);
    else if (error.retryable) this.#retry(error, route);
    else {
      this.#runtime.credentials.giveUp(error, this.#usedToken(route));
      this.fail(error);
    }
  }

  #retry(error: RepSpheresError, route: 'ws' | 'sse'): void {
    if (route === 'sse') this.#runtime.transports.sseFailed(error);
    this.#failures += 1;
    this.#runtime.connection.set({ status: 'reconnecting', failures: this.#failures });
    this.reopen(backoffMs(this.#failures, { ...reopenBounds, atLeastMs: error.retryAfterMs }));
  }

  /** Once between two events: another token, then again from the last event. */
  #recover(error: RepSpheresError, route: 'ws' | 'sse'): void {
    const { credentials, transports } = this.#runtime;
    this.#refreshed = true;
    const opening = this.#opening;
    const used = this.#usedToken(route);
    credentials
      .recover(error, used)
      .then((fresh) => {
        if (opening !== this.#opening || this.#ended) return;
        if (fresh === null) this.#onError(error, route);
        else if (route === 'sse') this.#open();
        else {
          transports.socket?.restart();
          this.reopen(restartMs);
        }
      })
      .catch((thrown: unknown) => {
        if (opening === this.#opening) this.#onError(toRepSpheresError(thrown, this.#request.path), route);
      });
  }

  #usedToken(route: 'ws' | 'sse'): string | null {
    return route === 'ws' ? (this.#runtime.transports.socket?.token ?? null) : this.#token;
  }
}

/** tRPC gives a tracked item as `{ id, data }`. */
function untracked(value: unknown): { item: unknown; id: string | undefined } {
  const tracked = value as { id?: unknown; data?: unknown } | null;
  const isTracked = typeof tracked === 'object' && typeof tracked?.id === 'string' && 'data' in tracked;
  return isTracked ? { item: tracked.data, id: String(tracked.id) } : { item: value, id: undefined };
}
