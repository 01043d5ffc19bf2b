import type { IncomingMessage } from 'node:http';
import type { AnyTRPCRouter, TRPCError } from '@trpc/server';
import type { Actor, Principal } from '../core/actor.ts';
import type { AppId } from '../core/apps.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/observe.ts';
import type { OpenStream } from '../core/open-stream.ts';
import type { LimitDecision } from '../integrations/limits/port.ts';
import type { Principals } from '../modules/identity/principals.ts';
import type { SocketLimits } from './limits.ts';

/** Why an upgrade or a fresh socket was turned away. */
export type RefusalReason =
  | 'path'
  | 'query-token'
  | 'origin'
  | 'draining'
  | 'process-cap'
  | 'address-cap'
  | 'handshake'
  | 'auth-deadline'
  | 'auth'
  | 'user-cap'
  | 'organisation-cap';

/** What the gateway counts; gauges are read from `gateway.stats()` when scraped. */
export interface GatewayMetrics {
  refused(reason: RefusalReason): void;
  opened(): void;
  closed(code: number): void;
}

/** What a procedure's context is made of; one for each query, mutation and subscription. */
export interface SocketCall {
  readonly actor: Actor;
  readonly app: AppId;
  readonly requestId: string;
  readonly address: string;
  readonly signal: AbortSignal;
  /** From `params.idempotencyKey` of the message, which the stock client does not send. */
  readonly idempotencyKey: string | null;
  /** Told of the stream that a subscription opened. */
  streamOpened?(stream: OpenStream): void;
}

export interface SocketError {
  readonly error: TRPCError;
  readonly path: string;
  readonly requestId: string;
}

export interface GatewayOptions {
  readonly router: AnyTRPCRouter;
  /** The only path that is upgraded, e.g. `/trpc`. */
  readonly path: string;
  /** Decides by the Origin header; undefined when there is none (not a browser). */
  originAllowed(origin: string | undefined): boolean;
  /** The peer's address behind trusted proxies; IPv6 already cut to its /64, as sockets are counted by it. */
  addressOf(req: IncomingMessage): string;
  readonly principals: Principals;
  /** The session token that a Cookie header proves; used only for browsers of allowed origins. */
  sessionOf?(cookie: string | undefined): string | null;
  createContext(call: SocketCall): object | Promise<object>;
  /** Counts one request against the caller's budget, the same one as over HTTP. */
  admit(actor: Actor, address: string, cost: number): Promise<LimitDecision>;
  /** Open sockets that the actor's organisation may hold in this process, by its plan. */
  organisationCap(actor: Principal): number;
  /** Told of every error a procedure answers with; logging of expected and unexpected ones is the caller's. */
  onError?(error: SocketError): void;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly limits?: Partial<SocketLimits>;
}
