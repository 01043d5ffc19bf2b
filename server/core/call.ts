import type { OrgScope } from '../../db/scope.ts';
import type { Access } from '../../db/tx.ts';
import type { Actor, Scope } from './actor.ts';
import type { AppId } from './apps.ts';
import type { Effects } from './effects.ts';
import type { Ports } from './ports.ts';

/** What is needed to call an operation: nothing, any principal (guests and keys included), or a scope of the table in actor.ts. */
export type Needs = 'public' | 'authenticated' | Scope;

/** One call of an operation, whatever door it came through. */
export interface Call {
  readonly actor: Actor;
  readonly app: AppId;
  readonly requestId: string;
  /** The peer's address; limits of guests count by it. */
  readonly address: string;
  readonly signal: AbortSignal;
  /** The caller's key for this act; a repetition within 24 h gets the first answer. */
  readonly idempotencyKey: string | null;
  readonly ports: Ports;
}

/** What a body inside a transaction may record besides its rows. */
export interface OpenScope {
  readonly effects: Effects;
  /** Names what was acted on, for the audit row of this write. */
  audit(subject: string, detail?: Record<string, unknown>): void;
  /** Says that this call only repeated the answer of an earlier one: it gets no audit row. */
  repeated(): void;
  /** Runs once the transaction is durable; a failure here is logged, the caller's answer stands. */
  afterCommit(act: () => void | Promise<void>): void;
}

/** A call inside its tenant's transaction. */
export interface ScopedCall extends Call, OpenScope {
  readonly scope: OrgScope;
}

/** A call that opens its scopes itself, for acts that span more than one transaction. */
export interface UnscopedCall extends Call {
  inScope<T>(access: Access, body: (call: ScopedCall) => Promise<T>): Promise<T>;
}
