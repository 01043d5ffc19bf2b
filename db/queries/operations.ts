import { and, eq, sql } from 'drizzle-orm';
import { auditLog, idempotencyKeys, outbox } from '../schema/operations.ts';
import type { AnyScope, OrgScope } from '../scope.ts';

/** Whose key, and for which act. */
export interface IdempotencyRef {
  readonly actorId: string;
  readonly operation: string;
  readonly key: string;
}

export interface IdempotencyBegin extends IdempotencyRef {
  readonly inputHash: string;
  readonly requestId: string;
  readonly expiresAt: Date;
}

export interface IdempotencyRecord {
  readonly inputHash: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly result: unknown;
}

function isKey(scope: OrgScope, ref: IdempotencyRef) {
  return and(
    eq(idempotencyKeys.orgId, scope.orgId),
    eq(idempotencyKeys.actorId, ref.actorId),
    eq(idempotencyKeys.operation, ref.operation),
    eq(idempotencyKeys.key, ref.key),
  );
}

/**
 * Takes a key for this transaction: null when it is new or expired, else what the first call stored.
 * A concurrent holder makes this wait until it commits (bounded by lock_timeout).
 */
export async function beginIdempotent(
  scope: OrgScope,
  begin: IdempotencyBegin,
): Promise<IdempotencyRecord | null> {
  const taken = await scope.db
    .insert(idempotencyKeys)
    .values({ ...begin, orgId: scope.orgId })
    .onConflictDoUpdate({
      target: [
        idempotencyKeys.orgId,
        idempotencyKeys.actorId,
        idempotencyKeys.operation,
        idempotencyKeys.key,
      ],
      set: {
        inputHash: begin.inputHash,
        requestId: begin.requestId,
        expiresAt: begin.expiresAt,
        state: 'running',
        result: null,
      },
      setWhere: sql`${idempotencyKeys.expiresAt} <= now()`,
    })
    .returning({ key: idempotencyKeys.key });
  return taken.length === 1 ? null : findIdempotent(scope, begin);
}

/** What is stored under a key that has not expired. */
export async function findIdempotent(
  scope: OrgScope,
  ref: IdempotencyRef,
): Promise<IdempotencyRecord | null> {
  const rows = await scope.db
    .select({
      inputHash: idempotencyKeys.inputHash,
      state: idempotencyKeys.state,
      result: idempotencyKeys.result,
    })
    .from(idempotencyKeys)
    .where(and(isKey(scope, ref), sql`${idempotencyKeys.expiresAt} > now()`));
  return rows[0] ?? null;
}

/** Stores the first result under a key this transaction took. */
export async function finishIdempotent(scope: OrgScope, ref: IdempotencyRef, result: unknown): Promise<void> {
  await scope.db.update(idempotencyKeys).set({ state: 'done', result }).where(isKey(scope, ref));
}

/** Lets one transaction at a time act on a key of a person: others wait until it ends (bounded by lock_timeout). */
export async function lockKey(scope: OrgScope, actorId: string, key: string): Promise<void> {
  const name = `${scope.orgId} ${actorId} ${key}`;
  await scope.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/** Leaves a mark under a key without a result, such as a cancel that came before its start. */
export async function rememberIdempotent(
  scope: OrgScope,
  mark: Omit<IdempotencyBegin, 'inputHash'>,
): Promise<void> {
  await scope.db
    .insert(idempotencyKeys)
    .values({ ...mark, inputHash: '', state: 'done', orgId: scope.orgId })
    .onConflictDoNothing();
}

/** Adds events to the outbox; a repeated event id is dropped. */
export async function appendOutbox(
  scope: OrgScope,
  events: readonly {
    readonly eventId: string;
    readonly name: string;
    readonly data: Record<string, unknown>;
  }[],
): Promise<void> {
  await scope.db
    .insert(outbox)
    .values(events.map((event) => ({ ...event, orgId: scope.orgId })))
    .onConflictDoNothing();
}

/** The database fills time and chain. */
export type NewAuditRow = Omit<typeof auditLog.$inferSelect, 'createdAt' | 'seq' | 'prevHash' | 'hash'>;

export async function insertAudit(scope: AnyScope, row: NewAuditRow): Promise<void> {
  await scope.db.insert(auditLog).values(row);
}
