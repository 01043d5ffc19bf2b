import { createWSClient, type TRPCWebSocketClient } from '@trpc/client';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { fromFailure, isPublicFailure, toRepSpheresError } from './error-mapping.ts';
import { type RepSpheresError, sdkError } from './errors.ts';
import type { Settings, WebSocketConstructor } from './options.ts';
import { backoffMs, sleep } from './timing.ts';
import { trackedWebSocket } from './tracked-socket.ts';
import { sdkVersion } from './version.ts';

/** The server's close code for a proof of identity that is missing, refused, expired or revoked. */
const unauthorizedClose = 4401;
/** Failed tries in a row after which sockets count as blocked on this network. */
const blockedAfter = 3;
/** Client pings. The server's own interval must be longer than `idleCloseMs`, else an idle socket never closes. */
const keepAlive = { enabled: true, intervalMs: 20_000, pongTimeoutMs: 5_000 };
const rightsChangedClose = 4409;
const idleCloseMs = 10_000;
/** Closes by which a healthy server moves a client or asks for patience: restart, busy, rights changed, slow reader. */
const movableCloses = new Set([1001, 1011, 1012, 1013, 4408, 4409, 4429, 4490, 4503]);
/** A server that goes down drops all its clients at once; they come back spread over this many milliseconds. */
const herdSpreadMs = 250;
const reconnectBounds = { baseMs: 400, capMs: 10_000 };

export interface SocketParts {
  readonly settings: Settings;
  readonly WebSocket: WebSocketConstructor;
  readonly credentials: Credentials;
  readonly connection: Connection;
  /** Sockets do not get through here; subscriptions should move. */
  onBlocked(): void;
  /** The rights of the session have changed. */
  onRights(): void;
  /** No token this client has is accepted; subscriptions must end. */
  onRefused(error: RepSpheresError): void;
}

/** The one socket of a client: opened by its first subscription, reopened with a fresh token, closed when idle. */
export class Socket {
  readonly client: TRPCWebSocketClient;
  readonly #parts: SocketParts;
  readonly #tracked: ReturnType<typeof trackedWebSocket>;
  #waiting = new AbortController();
  /** Connections in a row that ended before the server said anything: they make the next one wait. */
  #failures = 0;
  /** Those of them that do not look like the server's own decision: they make sockets count as blocked. */
  #cuts = 0;
  #reconnects = false;
  #refusals = 0;
  #refusal: RepSpheresError | undefined;
  #token: string | null = null;
  #needsPrincipal = false;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.#tracked = trackedWebSocket(parts.WebSocket, {
      opened: () => parts.connection.set({ status: 'open', transport: 'ws' }),
      spoke: () => this.#healthy(),
      refused: (data) => this.#noteRefusal(data),
      closed: (end) => this.#closed(end),
    });
    this.client = createWSClient({
      url: () => this.#prepare(),
      connectionParams: () => this.#params(),
      WebSocket: this.#tracked.WebSocket,
      retryDelayMs: () => 0,
      keepAlive,
      lazy: { enabled: true, closeMs: idleCloseMs },
    });
  }

  /** The token of the open connection. */
  get token(): string | null {
    return this.#token;
  }

  /** With true, connections from now on prove a principal, if need be a guest. */
  requirePrincipal(needed: boolean): void {
    this.#needsPrincipal ||= needed;
  }

  /** Drops the connection; open subscriptions continue on a new one with the current token. */
  restart(): void {
    this.#tracked.closeAll();
  }

  /** Ends the connection and its tries. Subscriptions must have left. */
  async close(): Promise<void> {
    this.#waiting.abort(sdkError('sdk.closed'));
    await this.client.close();
    this.#tracked.closeAll();
    this.#waiting = new AbortController();
    this.#failures = 0;
    this.#cuts = 0;
    this.#reconnects = false;
  }

  /** Runs before each connection: waits after failures, and gets the token, so that no socket waits for it. */
  async #prepare(): Promise<string> {
    const { credentials, settings } = this.#parts;
    const { signal } = this.#waiting;
    if (this.#failures > 0) await sleep(backoffMs(this.#failures, reconnectBounds), signal);
    else if (this.#reconnects) await sleep(Math.random() * herdSpreadMs, signal);
    this.#reconnects = true;
    try {
      const refused = this.#refusal;
      this.#refusal = undefined;
      const fresh = refused ? await credentials.recover(refused, this.#token) : null;
      this.#token = fresh ?? (await credentials.token(this.#needsPrincipal));
    } catch (thrown) {
      this.#failed(toRepSpheresError(thrown));
      throw thrown;
    }
    if (signal.aborted) throw signal.reason;
    return settings.wsUrl;
  }

  #params(): Record<string, string> {
    return { ...(this.#token ? { token: this.#token } : {}), app: this.#parts.settings.app, sdk: sdkVersion };
  }

  #healthy(): void {
    this.#failures = 0;
    this.#cuts = 0;
    this.#refusals = 0;
    this.#parts.connection.set({ status: 'open', transport: 'ws', failures: 0 });
  }

  #noteRefusal(data: unknown): void {
    const failure = (data as { failure?: unknown } | undefined)?.failure;
    this.#refusal = isPublicFailure(failure) ? fromFailure(failure) : undefined;
  }

  #closed(end: { readonly code: number; readonly spoke: boolean }): void {
    if (end.code === unauthorizedClose) this.#refusal ??= expired();
    const revoked = this.#refusal?.code === 'auth.revoked' ? this.#refusal : null;
    const isEnded = revoked !== null && this.#parts.credentials.ended(revoked, this.#token);
    // Of a token that was renewed since it is not known what its end says about the newer one.
    if (end.code === rightsChangedClose || (revoked && !isEnded)) this.#parts.onRights();
    if (isEnded) {
      this.#refusal = undefined;
      this.#parts.connection.set({ status: this.#restingStatus() });
    } else if (this.#refusal?.kind === 'unauthenticated') {
      if (this.#refusal.retryable) this.#failed(this.#refusal);
      else this.#refused(this.#refusal);
    } else if (end.spoke) {
      this.#parts.connection.set({ status: this.#restingStatus() });
    } else {
      if (!movableCloses.has(end.code)) this.#cuts += 1;
      this.#failed();
    }
  }

  /** The first refusal leads to another token; a second in a row means that there is none to help. */
  #refused(refusal: RepSpheresError): void {
    const { connection, credentials, onRefused } = this.#parts;
    this.#refusals += 1;
    connection.set({ status: 'reconnecting' });
    if (this.#refusals < 2) return;
    this.#refusals = 0;
    credentials.giveUp(refusal, this.#token);
    onRefused(refusal);
  }

  #failed(error?: RepSpheresError): void {
    this.#failures += 1;
    this.#parts.connection.set({ status: 'reconnecting', failures: this.#failures });
    this.#parts.settings.logger.debug?.('socket failed', { failures: this.#failures });
    if (error && !error.retryable) this.#parts.onRefused(error);
    else if (this.#cuts >= blockedAfter && this.#parts.settings.transport === 'auto') this.#parts.onBlocked();
  }

  #restingStatus(): 'idle' | 'reconnecting' {
    return this.client.connectionState.get().state === 'idle' ? 'idle' : 'reconnecting';
  }
}

function expired(): RepSpheresError {
  return fromFailure({
    code: 'auth.expired-token',
    kind: 'unauthenticated',
    message: 'The access token has expired.',
    retryable: false,
  });
}
