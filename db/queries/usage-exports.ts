import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { usageExports } from '../schema/usage-exports.ts';
import type { SystemScope } from '../scope.ts';

export type UsageExport = typeof usageExports.$inferSelect;

const open = sql`x.state in ('pending', 'unknown', 'suspect')`;
/** Windows of customers of a mode. */
export const isOfMode = (livemode: boolean) =>
  sql`exists (select from billing_customers c where c.org_id = ${usageExports.orgId}
    and c.customer_id = ${usageExports.customerId} and c.livemode = ${livemode})`;
const attempted = inArray(usageExports.state, ['unknown', 'suspect']);

/**
 * Takes windows that are due for `leaseMs`, oldest hour first; never one whose earlier sequence is still open, so that
 * the vendor's count of an hour can be read without doubt.
 */
export async function claimExports(
  scope: SystemScope,
  { livemode, now, leaseMs, limit }: { livemode: boolean; now: Date; leaseMs: number; limit: number },
): Promise<UsageExport[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  return scope.db
    .update(usageExports)
    .set({ leaseUntil: new Date(now.getTime() + leaseMs) })
    .where(
      sql`(${usageExports.orgId}, ${usageExports.id}) in (
        select x.org_id, x.id from usage_exports x
        where ${open} and exists (select from billing_customers c where c.org_id = x.org_id
            and c.customer_id = x.customer_id and c.livemode = ${livemode}) and x.next_attempt_at <= ${at} and (x.lease_until is null or x.lease_until <= ${at})
          and not exists (select from usage_exports y where y.customer_id = x.customer_id and y.meter = x.meter
            and y.hour = x.hour and y.sequence < x.sequence and y.state in ('pending', 'unknown', 'suspect'))
        order by x.hour, x.id limit ${limit} for update of x skip locked)`,
    )
    .returning();
}

/** What a holder of a window writes; refused (false) when it lost the window to another meanwhile. */
export type ExportChange = Partial<
  Pick<
    UsageExport,
    | 'state'
    | 'identifier'
    | 'sendQuantity'
    | 'resends'
    | 'firstAttemptAt'
    | 'attempts'
    | 'leaseUntil'
    | 'nextAttemptAt'
    | 'confirmedAt'
    | 'reason'
  >
>;

/** Changes windows as their holder saw them last. Resolves the ids that were changed. */
export async function changeExports(
  scope: SystemScope,
  held: readonly UsageExport[],
  change: ExportChange,
): Promise<string[]> {
  if (held.length === 0) return [];
  const rows = await scope.db
    .update(usageExports)
    .set(change)
    .where(or(...held.map(asHeld)))
    .returning({ id: usageExports.id });
  return rows.map((row) => row.id);
}

function asHeld(window: UsageExport) {
  return and(
    eq(usageExports.orgId, window.orgId),
    eq(usageExports.id, window.id),
    eq(usageExports.state, window.state),
    window.leaseUntil === null
      ? sql`${usageExports.leaseUntil} is null`
      : eq(usageExports.leaseUntil, window.leaseUntil),
  );
}

/** Units of the same customer, meter and hour: known to have arrived, and of siblings whose arrival is unknown. */
export async function unitsBeside(
  scope: SystemScope,
  { orgId, customerId, meter, hour, id }: UsageExport,
): Promise<{ confirmed: number; doubtful: number }> {
  const units = (state: ReturnType<typeof sql>) =>
    sql<number>`coalesce(sum(${usageExports.quantity}) filter (where ${state}), 0)::float8`;
  const rows = await scope.db
    .select({
      confirmed: units(sql`${eq(usageExports.state, 'confirmed')}`),
      doubtful: units(sql`${attempted}`),
    })
    .from(usageExports)
    .where(
      and(
        eq(usageExports.orgId, orgId),
        eq(usageExports.customerId, customerId),
        eq(usageExports.meter, meter),
        eq(usageExports.hour, hour),
        sql`${usageExports.id} <> ${id}`,
      ),
    );
  return rows[0] ?? { confirmed: 0, doubtful: 0 };
}

/** Parks the windows an error report names; resolves the ids of those it concerned. */
export async function parkReported(
  scope: SystemScope,
  dropped: { identifier: string; code: string },
): Promise<string[]> {
  const rows = await scope.db
    .update(usageExports)
    .set({ state: 'parked', reason: `vendor: ${dropped.code}`, leaseUntil: null })
    .where(
      and(
        eq(usageExports.identifier, dropped.identifier),
        inArray(usageExports.state, ['unknown', 'suspect', 'confirmed']),
      ),
    )
    .returning({ id: usageExports.id });
  return rows.map((row) => row.id);
}

/** Windows that wait for a person, oldest hour first; at most 1,000. */
export function listParkedExports(scope: SystemScope, livemode: boolean): Promise<UsageExport[]> {
  return scope.db
    .select()
    .from(usageExports)
    .where(and(eq(usageExports.state, 'parked'), isOfMode(livemode)))
    .orderBy(usageExports.hour, usageExports.id)
    .limit(1_000);
}

/** One of them; null when it does not wait. */
export async function findParkedExport(
  scope: SystemScope,
  id: string,
  livemode: boolean,
): Promise<UsageExport | null> {
  const rows = await scope.db
    .select()
    .from(usageExports)
    .where(and(eq(usageExports.id, id), eq(usageExports.state, 'parked'), isOfMode(livemode)));
  return rows[0] ?? null;
}

/** Doubts what was confirmed for a meter in a time in which the vendor dropped events without naming them all. */
export async function doubtConfirmed(
  scope: SystemScope,
  doubted: { livemode: boolean; meter: string; from: Date; to: Date; checkAt: Date },
): Promise<number> {
  const { livemode, meter, from, to, checkAt } = doubted;
  const rows = await scope.db
    .update(usageExports)
    .set({ state: 'suspect', confirmedAt: null, nextAttemptAt: checkAt })
    .where(
      and(
        isOfMode(livemode),
        eq(usageExports.meter, meter),
        eq(usageExports.state, 'confirmed'),
        sql`${usageExports.confirmedAt} between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz`,
      ),
    )
    .returning({ id: usageExports.id });
  return rows.length;
}
