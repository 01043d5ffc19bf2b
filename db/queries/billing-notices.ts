import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { billingEffects, entitlements, subscriptions } from '../schema/billing.ts';
import { memberships, organisations, users } from '../schema/identity.ts';
import { outbox } from '../schema/operations.ts';
import type { AnyScope, SystemScope } from '../scope.ts';

/** A subscription in a state that people may have to be told of. */
export interface NoticeCandidate {
  readonly orgId: string;
  readonly snapshot: Record<string, unknown>;
}

/**
 * Current subscriptions of a mode with a late payment, a trial, or an end that is to come, that is not longer ago than
 * `endedSince`, or after which phone numbers may still be held.
 */
export function listNoticeCandidates(
  scope: SystemScope,
  {
    livemode,
    endedSince,
    after,
    limit,
  }: { livemode: boolean; endedSince: Date; after: string; limit: number },
): Promise<NoticeCandidate[]> {
  const at = (field: string) => sql`(${subscriptions.snapshot} ->> ${field})::float8`;
  const since = endedSince.getTime();
  return scope.db
    .select({ orgId: subscriptions.orgId, snapshot: subscriptions.snapshot })
    .from(subscriptions)
    .leftJoin(entitlements, eq(entitlements.orgId, subscriptions.orgId))
    .where(
      and(
        eq(subscriptions.isCurrent, true),
        eq(subscriptions.livemode, livemode),
        gt(subscriptions.orgId, after),
        sql`case ${subscriptions.status}
          when 'canceled' then greatest(${at('endedAt')}, ${at('paidThrough')}) >= ${since} or ${entitlements.mayHoldNumbers}
          else ${subscriptions.status} in ('past_due', 'unpaid', 'trialing', 'paused')
            or ${at('cancelAt')} is not null or (${subscriptions.snapshot} -> 'cancelAtPeriodEnd')::boolean end`,
      ),
    )
    .orderBy(asc(subscriptions.orgId))
    .limit(limit);
}

/** Notes that an organisation's numbers went back: it holds none until it may have some again. */
export async function noteNumbersReleased(scope: SystemScope, orgId: string): Promise<void> {
  await scope.db.update(entitlements).set({ mayHoldNumbers: false }).where(eq(entitlements.orgId, orgId));
}

/** Which of these keys an organisation's ledger of effects holds. */
export async function listKnownEffects(
  scope: SystemScope,
  orgId: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await scope.db
    .select({ key: billingEffects.key })
    .from(billingEffects)
    .where(and(eq(billingEffects.orgId, orgId), inArray(billingEffects.key, [...keys])));
  return new Set(rows.map((row) => row.key));
}

export interface NoticedMilestone {
  readonly key: string;
  readonly livemode: boolean;
  readonly kind: string;
  readonly detail: Record<string, unknown>;
}

/** Notes that a milestone was acted on, once for ever; false when it was before. */
export async function noteMilestone(
  scope: SystemScope,
  orgId: string,
  milestone: NoticedMilestone,
): Promise<boolean> {
  const rows = await scope.db
    .insert(billingEffects)
    .values({ ...milestone, orgId, doneAt: sql`now()` })
    .onConflictDoNothing()
    .returning({ key: billingEffects.key });
  return rows.length === 1;
}

/** Events of an organisation, sent after commit; a repeated event id is dropped. */
export async function tell(
  scope: SystemScope,
  orgId: string,
  event: { eventId: string; name: string; data: Record<string, unknown> },
): Promise<void> {
  await scope.db
    .insert(outbox)
    .values({ ...event, orgId })
    .onConflictDoNothing();
}

/** Who is told about money: owner and admins with an address, of an organisation that is not suspended. */
export async function listBillingContacts(scope: AnyScope, orgId: string): Promise<string[]> {
  const rows = await scope.db
    .select({ userId: memberships.userId })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(
      and(
        eq(memberships.orgId, orgId),
        inArray(memberships.role, ['owner', 'admin']),
        isNotNull(users.email),
        isNull(users.suspendedAt),
        isNull(organisations.suspendedAt),
      ),
    )
    .orderBy(asc(memberships.userId));
  return rows.map((row) => row.userId);
}

/** Where a notice goes, and of which organisation it speaks; null when that person is no contact any more. */
export async function findBillingContact(
  scope: AnyScope,
  orgId: string,
  userId: string,
): Promise<{ email: string; organisation: string } | null> {
  const rows = await scope.db
    .select({ email: users.email, organisation: organisations.name })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(
      and(
        eq(memberships.orgId, orgId),
        eq(memberships.userId, userId),
        inArray(memberships.role, ['owner', 'admin']),
      ),
    );
  const [row] = rows;
  return row === undefined || row.email === null
    ? null
    : { email: row.email, organisation: row.organisation };
}

/** Notes a notice that is to be sent. */
export async function noteNotice(scope: SystemScope, orgId: string, notice: NoticedMilestone): Promise<void> {
  await scope.db
    .insert(billingEffects)
    .values({ ...notice, orgId })
    .onConflictDoNothing();
}

export async function findNotice(
  scope: SystemScope,
  orgId: string,
  key: string,
): Promise<{ detail: Record<string, unknown>; doneAt: Date | null } | null> {
  const rows = await scope.db
    .select({ detail: billingEffects.detail, doneAt: billingEffects.doneAt })
    .from(billingEffects)
    .where(and(eq(billingEffects.orgId, orgId), eq(billingEffects.key, key)));
  return rows[0] ?? null;
}

export async function finishNotice(scope: SystemScope, orgId: string, key: string): Promise<void> {
  await scope.db
    .update(billingEffects)
    .set({ doneAt: sql`now()` })
    .where(and(eq(billingEffects.orgId, orgId), eq(billingEffects.key, key)));
}
