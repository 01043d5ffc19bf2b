import { and, eq, gt, sql } from 'drizzle-orm';
import { usageBalances, usageEntries, usageWatches, usageWindows } from '../schema/usage.ts';
import type { OrgScope } from '../scope.ts';

export interface CountedUnits {
  readonly meter: string;
  readonly used: number;
  readonly held: number;
}

export interface UsageCounts {
  /** Of the current UTC day and month; a meter without a row has used nothing. */
  readonly day: readonly CountedUnits[];
  readonly month: readonly CountedUnits[];
  /** Prepaid units that are neither used nor held. */
  readonly prepaid: readonly { readonly meter: string; readonly left: number }[];
  readonly now: number;
}

/** What the organisation has used and holds in the current windows, by the database's clock, and what it bought in a mode. */
export async function readUsage(scope: OrgScope, livemode: boolean): Promise<UsageCounts> {
  const start = (kind: 'day' | 'month') => sql`date_trunc(${kind}, now(), 'UTC')`;
  const [windows, prepaid, [clock]] = await Promise.all([
    scope.db
      .select({
        meter: usageWindows.meter,
        used: usageWindows.used,
        held: usageWindows.held,
        isDay: sql<boolean>`${usageWindows.windowStart} = ${start('day')}`,
        isMonth: sql<boolean>`${usageWindows.windowStart} = ${start('month')}`,
      })
      .from(usageWindows)
      .where(
        and(
          eq(usageWindows.orgId, scope.orgId),
          sql`${usageWindows.windowStart} in (${start('day')}, ${start('month')})`,
        ),
      ),
    scope.db
      .select({
        meter: usageBalances.meter,
        left: sql<number>`(${usageBalances.granted} - ${usageBalances.used} - ${usageBalances.held})::float8`,
      })
      .from(usageBalances)
      .where(and(eq(usageBalances.orgId, scope.orgId), eq(usageBalances.livemode, livemode))),
    scope.db.execute(sql`select (extract(epoch from now()) * 1000)::float8 as now`),
  ]);
  return {
    day: windows.filter(({ isDay }) => isDay),
    month: windows.filter(({ isMonth }) => isMonth),
    prepaid: prepaid.map(({ meter, left }) => ({ meter, left: Number(left) })),
    now: Number(clock?.now),
  };
}

/** Units of a meter that counted towards `subject` in the last `windowMs`. */
export async function usedBySubject(
  scope: OrgScope,
  query: { meter: string; subject: string; windowMs: number },
): Promise<number> {
  const rows = await scope.db
    .select({ used: sql<string>`coalesce(sum(${usageEntries.quantity}), 0)` })
    .from(usageEntries)
    .where(
      and(
        eq(usageEntries.orgId, scope.orgId),
        eq(usageEntries.meter, query.meter),
        eq(usageEntries.subject, query.subject),
        gt(usageEntries.occurredAt, sql`now() - ${query.windowMs} * interval '1 millisecond'`),
      ),
    );
  return Number(rows[0]?.used ?? 0);
}

/** Asks for announcements of this organisation's usage for the next `ms`. */
export async function watchUsage(scope: OrgScope, ms: number): Promise<void> {
  const watchedUntil = sql`now() + ${ms} * interval '1 millisecond'`;
  await scope.db
    .insert(usageWatches)
    .values({ orgId: scope.orgId, watchedUntil })
    .onConflictDoUpdate({
      target: usageWatches.orgId,
      set: { watchedUntil: sql`greatest(${usageWatches.watchedUntil}, excluded.watched_until)` },
    });
}
