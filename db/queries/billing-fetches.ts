import { and, eq, sql } from 'drizzle-orm';
import { billingCustomers, subscriptions } from '../schema/billing.ts';
import type { SystemScope } from '../scope.ts';

type Settled = Readonly<Record<'paidThrough' | 'lastPaidAt' | 'currentPeriodEnd', number | null>>;

export interface FetchTicket {
  readonly orgId: string;
  readonly customerId: string;
  readonly livemode: boolean;
  /** Rises by one with each fetch of this customer. */
  readonly number: number;
  /** What was paid of subscriptions that ended in a period which is long over, by their ids. */
  readonly settled: ReadonlyMap<string, Settled>;
}

/** Numbers a fetch before it begins; null for a customer that is nobody's. */
export async function issueFetch(
  scope: SystemScope,
  { settledMs, ...customer }: { customerId: string; livemode: boolean; settledMs: number },
): Promise<FetchTicket | null> {
  const rows = await scope.db
    .update(billingCustomers)
    .set({ fetchIssued: sql`${billingCustomers.fetchIssued} + 1` })
    .where(
      and(
        eq(billingCustomers.customerId, customer.customerId),
        eq(billingCustomers.livemode, customer.livemode),
      ),
    )
    .returning({ orgId: billingCustomers.orgId, number: billingCustomers.fetchIssued });
  const [row] = rows;
  if (row === undefined) return null;
  return { ...customer, ...row, settled: await listSettled(scope, { ...customer, ...row, settledMs }) };
}

async function listSettled(
  scope: SystemScope,
  of: Pick<FetchTicket, 'orgId' | 'customerId' | 'livemode'> & { readonly settledMs: number },
): Promise<FetchTicket['settled']> {
  const at = (field: keyof Settled) => sql<number | null>`(${subscriptions.snapshot} ->> ${field})::float8`;
  const rows = await scope.db
    .select({
      id: subscriptions.id,
      paidThrough: at('paidThrough'),
      lastPaidAt: at('lastPaidAt'),
      currentPeriodEnd: at('currentPeriodEnd'),
    })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.orgId, of.orgId),
        eq(subscriptions.customerId, of.customerId),
        eq(subscriptions.livemode, of.livemode),
        eq(subscriptions.status, 'canceled'),
        sql`${at('currentPeriodEnd')} < extract(epoch from now()) * 1000 - ${of.settledMs}::float8`,
      ),
    );
  return new Map(rows.map(({ id, ...payment }) => [id, payment]));
}

/**
 * Takes the customer's lock for the rest of the transaction and notes that fetch `number` is applied; false when a
 * later one was applied before, and then nothing of this one may be.
 */
export async function claimApplication(
  scope: SystemScope,
  { customerId, livemode, number }: FetchTicket,
  deleted: boolean,
): Promise<boolean> {
  const rows = await scope.db
    .update(billingCustomers)
    .set({
      fetchApplied: number,
      checkedAt: sql`now()`,
      deletedAt: deleted ? sql`coalesce(${billingCustomers.deletedAt}, now())` : null,
    })
    .where(
      and(
        eq(billingCustomers.customerId, customerId),
        eq(billingCustomers.livemode, livemode),
        sql`${billingCustomers.fetchApplied} < ${number}`,
      ),
    )
    .returning({ orgId: billingCustomers.orgId });
  return rows.length === 1;
}
