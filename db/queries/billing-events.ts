import { and, eq, inArray, lt, lte, ne, or, sql } from 'drizzle-orm';
import { billingEvents } from '../schema/billing.ts';
import { outbox } from '../schema/operations.ts';
import type { SystemScope } from '../scope.ts';

/** How long a process may work on an event before another may take it. */
const LEASE_MS = 60_000;
/** The wait before the second attempt; doubles up to an hour. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;

export type BillingEventRow = typeof billingEvents.$inferSelect;
type NewBillingEvent = Pick<BillingEventRow, 'id' | 'type' | 'payload' | 'customerId'> & {
  readonly livemode: boolean;
};

/**
 * Stores a delivery and the event that starts its processing, both or neither; false when it was stored before. An
 * `outcome` says that it concerns nobody: then it is done.
 */
export async function receiveBillingEvent(
  scope: SystemScope,
  { livemode, ...event }: NewBillingEvent,
  outcome: string | null,
): Promise<boolean> {
  // A fetch with a higher number is issued after this, and so asks after what the event tells of has happened.
  const fetchesBefore = sql`coalesce((select c.fetch_issued from billing_customers c
    where c.customer_id = ${event.customerId} and c.livemode = ${livemode}), 0)`;
  const rows = await scope.db
    .insert(billingEvents)
    .values({
      ...event,
      fetchesBefore,
      ...(outcome === null ? {} : { state: 'done', outcome, doneAt: sql`now()` }),
    })
    .onConflictDoNothing()
    .returning({ id: billingEvents.id });
  if (rows.length === 0) return false;
  if (outcome === null) {
    const data = { eventId: event.id, customer: event.customerId ?? event.id };
    await scope.db
      .insert(outbox)
      .values({ eventId: `billing.event:${event.id}`, name: 'billing/event.received', data })
      .onConflictDoNothing();
  }
  return true;
}

export type ClaimedBillingEvent = Pick<BillingEventRow, 'id' | 'payload' | 'attempts'> & {
  /** Whether a fetch of its customer that was issued after the event came has been applied, and no duplicate is owed its end. */
  readonly isCovered: boolean;
};

/** Takes an event that is not done and that nobody works on; null for any other. */
export async function claimBillingEvent(
  scope: SystemScope,
  { id, livemode }: { id: string; livemode: boolean },
): Promise<ClaimedBillingEvent | null> {
  const rows = await scope.db
    .update(billingEvents)
    .set({
      state: 'processing',
      attempts: sql`${billingEvents.attempts} + 1`,
      leaseUntil: sql`now() + ${LEASE_MS} * interval '1 millisecond'`,
    })
    .where(
      and(
        eq(billingEvents.id, id),
        or(
          inArray(billingEvents.state, ['received', 'failed']),
          and(eq(billingEvents.state, 'processing'), lt(billingEvents.leaseUntil, sql`now()`)),
        ),
      ),
    )
    .returning({
      id: billingEvents.id,
      payload: billingEvents.payload,
      attempts: billingEvents.attempts,
      isCovered: sql<boolean>`exists (select from billing_customers c
        where c.customer_id = billing_events.customer_id and c.livemode = ${livemode}
        and c.fetch_applied > billing_events.fetches_before and not exists (select from billing_effects f
          where f.org_id = c.org_id and f.livemode = c.livemode and f.kind in ('cancel-duplicate', 'keep-when-paid') and f.done_at is null))`,
    });
  return rows[0] ?? null;
}

/** Ends an event with what became of it; only for the attempt that holds it. */
export async function finishBillingEvent(
  scope: SystemScope,
  done: { id: string; attempts: number; outcome: string },
): Promise<void> {
  await scope.db
    .update(billingEvents)
    .set({ state: 'done', outcome: done.outcome, doneAt: sql`now()`, leaseUntil: null, lastError: null })
    .where(heldBy(done));
}

/** Leaves an event for a later attempt, after a wait that grows with their number. */
export async function failBillingEvent(
  scope: SystemScope,
  failed: { id: string; attempts: number; error: string },
): Promise<void> {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failed.attempts - 1, 20), LONGEST_WAIT_MS);
  await scope.db
    .update(billingEvents)
    .set({
      state: 'failed',
      leaseUntil: null,
      lastError: failed.error.slice(0, 500),
      nextAttemptAt: sql`now() + ${wait} * interval '1 millisecond'`,
    })
    .where(heldBy(failed));
}

function heldBy({ id, attempts }: { id: string; attempts: number }) {
  return and(
    eq(billingEvents.id, id),
    eq(billingEvents.state, 'processing'),
    eq(billingEvents.attempts, attempts),
  );
}

/** Events that wait for an attempt: failed ones whose time has come, and those whose job or process was lost. */
export async function listStaleBillingEvents(
  scope: SystemScope,
  stale: { olderThanMs: number; limit: number },
): Promise<string[]> {
  const rows = await scope.db
    .select({ id: billingEvents.id })
    .from(billingEvents)
    .where(
      and(
        ne(billingEvents.state, 'done'),
        lte(billingEvents.nextAttemptAt, sql`now()`),
        or(
          eq(billingEvents.state, 'failed'),
          and(
            eq(billingEvents.state, 'received'),
            lt(billingEvents.receivedAt, sql`now() - ${stale.olderThanMs} * interval '1 millisecond'`),
          ),
          and(eq(billingEvents.state, 'processing'), lt(billingEvents.leaseUntil, sql`now()`)),
        ),
      ),
    )
    .orderBy(billingEvents.nextAttemptAt, sql`${billingEvents.id} collate "C"`)
    .limit(stale.limit);
  return rows.map((row) => row.id);
}
