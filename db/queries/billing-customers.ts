import { and, asc, count, eq, gt, isNotNull, isNull, lt, notInArray, or, sql } from 'drizzle-orm';
import { billingCustomers, subscriptions } from '../schema/billing.ts';
import { organisations } from '../schema/identity.ts';
import type { AnyScope, SystemScope } from '../scope.ts';
import type { FetchTicket } from './billing-fetches.ts';

/** The customer of an organisation that is not deleted; null before its first checkout. */
export async function findBillingCustomer(
  scope: AnyScope,
  orgId: string,
  livemode: boolean,
): Promise<string | null> {
  const rows = await scope.db
    .select({ customerId: billingCustomers.customerId })
    .from(billingCustomers)
    .where(
      and(
        eq(billingCustomers.orgId, orgId),
        eq(billingCustomers.livemode, livemode),
        isNull(billingCustomers.deletedAt),
      ),
    );
  return rows[0]?.customerId ?? null;
}

/** How many customers an organisation had that were deleted. */
export async function countDeletedCustomers(
  scope: AnyScope,
  orgId: string,
  livemode: boolean,
): Promise<number> {
  const rows = await scope.db
    .select({ deleted: count() })
    .from(billingCustomers)
    .where(
      and(
        eq(billingCustomers.orgId, orgId),
        eq(billingCustomers.livemode, livemode),
        isNotNull(billingCustomers.deletedAt),
      ),
    );
  return rows[0]?.deleted ?? 0;
}

/**
 * Maps a customer to an organisation, unless either is mapped already or there is no such organisation. Resolves the
 * organisation's customer as it is then; null without one.
 */
export async function mapBillingCustomer(
  scope: SystemScope,
  mapping: { orgId: string; customerId: string; livemode: boolean },
): Promise<string | null> {
  const { orgId, customerId, livemode } = mapping;
  await scope.db.execute(sql`
    insert into billing_customers (org_id, customer_id, livemode)
    select id, ${customerId}, ${livemode} from organisations where id = ${orgId} and kind <> 'guest'
    on conflict do nothing`);
  return findBillingCustomer(scope, orgId, livemode);
}

/** Lets one transaction at a time decide what an organisation has: its subscription, and the rights that follow. */
export async function lockRights(scope: SystemScope, orgId: string): Promise<void> {
  await scope.db.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`billing.rights ${orgId}`}, 0))`,
  );
}

/** Gives a call its turn to change a customer's plan, until the instant resolved; null while another one has it. */
export async function claimPlanChange(
  scope: SystemScope,
  customer: { customerId: string; livemode: boolean },
  leaseMs: number,
): Promise<Date | null> {
  const rows = await scope.db
    .update(billingCustomers)
    // Whole milliseconds, as a Date has them, so that the end of this turn can be told from that of the next.
    .set({
      changingUntil: sql`date_trunc('milliseconds', clock_timestamp()) + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(
      and(
        eq(billingCustomers.customerId, customer.customerId),
        eq(billingCustomers.livemode, customer.livemode),
        or(isNull(billingCustomers.changingUntil), lt(billingCustomers.changingUntil, sql`now()`)),
      ),
    )
    .returning({ until: billingCustomers.changingUntil });
  return rows[0]?.until ?? null;
}

export async function endPlanChange(
  scope: SystemScope,
  customer: { customerId: string; livemode: boolean },
  until: Date,
): Promise<void> {
  await scope.db
    .update(billingCustomers)
    .set({ changingUntil: null })
    .where(
      and(
        eq(billingCustomers.customerId, customer.customerId),
        eq(billingCustomers.livemode, customer.livemode),
        eq(billingCustomers.changingUntil, until),
      ),
    );
}

export interface SubscriptionRecord {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly tier: string | null;
  readonly cycle: string | null;
  readonly snapshot: object;
}

export interface StoredSubscription {
  readonly id: string;
  readonly isCurrent: boolean;
  readonly snapshot: Record<string, unknown>;
  /** Whether its customer is known to be deleted. */
  readonly isOfDeleted: boolean;
}

/** What is stored of an organisation's subscriptions in a mode. */
export async function listStoredSubscriptions(
  scope: SystemScope,
  { orgId, livemode }: Pick<FetchTicket, 'orgId' | 'livemode'>,
): Promise<StoredSubscription[]> {
  return scope.db
    .select({
      id: subscriptions.id,
      isCurrent: subscriptions.isCurrent,
      snapshot: subscriptions.snapshot,
      isOfDeleted: sql<boolean>`${billingCustomers.deletedAt} is not null`,
    })
    .from(subscriptions)
    .leftJoin(
      billingCustomers,
      and(
        eq(billingCustomers.orgId, subscriptions.orgId),
        eq(billingCustomers.customerId, subscriptions.customerId),
        eq(billingCustomers.livemode, subscriptions.livemode),
      ),
    )
    .where(and(eq(subscriptions.orgId, orgId), eq(subscriptions.livemode, livemode)));
}

/** Forgets what is stored of a customer's subscriptions but those: the vendor has no others. */
export async function dropSubscriptions(
  scope: SystemScope,
  { orgId, customerId, livemode }: FetchTicket,
  but: readonly string[],
): Promise<void> {
  await scope.db
    .delete(subscriptions)
    .where(
      and(
        eq(subscriptions.orgId, orgId),
        eq(subscriptions.customerId, customerId),
        eq(subscriptions.livemode, livemode),
        notInArray(subscriptions.id, [...but]),
      ),
    );
}

/** Stores what was fetched of an organisation's subscriptions, and which of all of them in the mode has the say. */
export async function storeSubscriptions(
  scope: SystemScope,
  { orgId, livemode }: Pick<FetchTicket, 'orgId' | 'livemode'>,
  { records, currentId }: { records: readonly SubscriptionRecord[]; currentId: string | null },
): Promise<void> {
  // First nobody is current: at no instant may two be.
  await scope.db
    .update(subscriptions)
    .set({ isCurrent: false })
    .where(and(eq(subscriptions.orgId, orgId), eq(subscriptions.livemode, livemode)));
  for (const { snapshot, ...record } of records) {
    const values = { ...record, livemode, snapshot: { ...snapshot } };
    await scope.db
      .insert(subscriptions)
      .values({ ...values, orgId })
      .onConflictDoUpdate({ target: subscriptions.id, set: { ...values, updatedAt: sql`now()` } });
  }
  if (currentId === null) return;
  await scope.db
    .update(subscriptions)
    .set({ isCurrent: true })
    .where(and(eq(subscriptions.orgId, orgId), eq(subscriptions.id, currentId)));
}

/** The name under which an organisation is known to the payment vendor. */
export async function organisationName(scope: AnyScope, orgId: string): Promise<string> {
  const rows = await scope.db
    .select({ name: organisations.name })
    .from(organisations)
    .where(eq(organisations.id, orgId));
  return rows[0]?.name ?? '';
}

/** Customers of ours after `after` that no fetch has applied since `since`, in order of their ids. */
export async function listUncheckedCustomers(
  scope: SystemScope,
  page: { livemode: boolean; since: Date; after: string; limit: number },
): Promise<string[]> {
  const rows = await scope.db
    .select({ customerId: billingCustomers.customerId })
    .from(billingCustomers)
    .where(
      and(
        eq(billingCustomers.livemode, page.livemode),
        isNull(billingCustomers.deletedAt),
        gt(billingCustomers.customerId, page.after),
        or(isNull(billingCustomers.checkedAt), lt(billingCustomers.checkedAt, page.since)),
      ),
    )
    .orderBy(asc(billingCustomers.customerId))
    .limit(page.limit);
  return rows.map((row) => row.customerId);
}
