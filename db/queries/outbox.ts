import { and, asc, inArray, isNull, lt, lte, sql } from 'drizzle-orm';
import { outbox } from '../schema/operations.ts';
import type { SystemScope } from '../scope.ts';

const sent = {
  id: outbox.id,
  orgId: outbox.orgId,
  eventId: outbox.eventId,
  name: outbox.name,
  data: outbox.data,
  attempts: outbox.attempts,
  createdAt: outbox.createdAt,
};
export type OutboxRow = Pick<typeof outbox.$inferSelect, keyof typeof sent>;

/** Adds an event of the platform, which belongs to no organisation; a repeated event id is dropped. */
export async function appendSystemOutbox(
  scope: SystemScope,
  event: Pick<typeof outbox.$inferInsert, 'eventId' | 'name' | 'data'>,
): Promise<void> {
  await scope.db.insert(outbox).values(event).onConflictDoNothing();
}

/**
 * Takes up to `limit` events that are due, oldest first, without waiting for rows another relay holds. They are due
 * again after `holdMs`, should this relay die before it marks them.
 */
export async function claimOutbox(
  scope: SystemScope,
  claim: { limit: number; holdMs: number },
): Promise<OutboxRow[]> {
  const due = scope.db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(isNull(outbox.sentAt), lte(outbox.nextAttemptAt, sql`now()`)))
    .orderBy(asc(outbox.nextAttemptAt), asc(outbox.id))
    .limit(claim.limit)
    .for('update', { skipLocked: true });
  const rows = await scope.db
    .update(outbox)
    .set({
      attempts: sql`${outbox.attempts} + 1`,
      nextAttemptAt: sql`now() + ${claim.holdMs} * interval '1 millisecond'`,
    })
    .where(inArray(outbox.id, due))
    .returning(sent);
  return rows.sort((a, b) => a.id - b.id);
}

export async function markOutboxSent(scope: SystemScope, ids: readonly number[]): Promise<void> {
  await scope.db
    .update(outbox)
    .set({ sentAt: sql`now()`, lastError: null })
    .where(inArray(outbox.id, [...ids]));
}

/** Leaves events for another attempt after `retryAfterMs`. */
export async function markOutboxFailed(
  scope: SystemScope,
  failure: { ids: readonly number[]; error: string; retryAfterMs: number },
): Promise<void> {
  await scope.db
    .update(outbox)
    .set({
      lastError: failure.error.slice(0, 500),
      nextAttemptAt: sql`now() + ${failure.retryAfterMs} * interval '1 millisecond'`,
    })
    .where(inArray(outbox.id, [...failure.ids]));
}

/** Takes events out of the relay's hands for good; a person may set `next_attempt_at` to try them again. */
export async function parkOutbox(
  scope: SystemScope,
  parking: { ids: readonly number[]; error: string },
): Promise<void> {
  await scope.db
    .update(outbox)
    .set({ lastError: parking.error.slice(0, 500), nextAttemptAt: sql`'infinity'` })
    .where(inArray(outbox.id, [...parking.ids]));
}

/** How far the relay is behind: events waiting, the age of the oldest of them in ms, and events parked. */
export async function outboxBacklog(
  scope: SystemScope,
): Promise<{ waiting: number; oldestMs: number; parked: number }> {
  const waits = sql`${outbox.nextAttemptAt} < 'infinity'`;
  const rows = await scope.db
    .select({
      waiting: sql<number>`(count(*) filter (where ${waits}))::int`,
      oldestMs: sql<number>`coalesce(extract(epoch from now() - min(${outbox.createdAt}) filter (where ${waits})) * 1000, 0)::float8`,
      parked: sql<number>`(count(*) filter (where not ${waits}))::int`,
    })
    .from(outbox)
    .where(isNull(outbox.sentAt));
  return rows[0] ?? { waiting: 0, oldestMs: 0, parked: 0 };
}

/** Removes events sent more than `olderThanMs` ago; returns how many. */
export async function deleteSentOutbox(scope: SystemScope, olderThanMs: number): Promise<number> {
  const rows = await scope.db
    .delete(outbox)
    .where(lt(outbox.sentAt, sql`now() - ${olderThanMs} * interval '1 millisecond'`))
    .returning({ id: outbox.id });
  return rows.length;
}
