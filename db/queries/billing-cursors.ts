import { eq, sql } from 'drizzle-orm';
import { billingCursors } from '../schema/billing.ts';
import type { SystemScope } from '../scope.ts';

/** How far a walk over the vendor has come. */
export interface BillingCursor {
  readonly position: string;
  readonly report: Record<string, unknown>;
}

export async function findBillingCursor(scope: SystemScope, name: string): Promise<BillingCursor | null> {
  const rows = await scope.db
    .select({ position: billingCursors.position, report: billingCursors.report })
    .from(billingCursors)
    .where(eq(billingCursors.name, name));
  return rows[0] ?? null;
}

/** Moves a cursor on from where its walker found it; false when another walker moved it meanwhile. */
export async function moveBillingCursor(
  scope: SystemScope,
  name: string,
  { from, to }: { from: BillingCursor | null; to: BillingCursor },
): Promise<boolean> {
  const rows = await scope.db
    .insert(billingCursors)
    .values({ name, ...to })
    .onConflictDoUpdate({
      target: billingCursors.name,
      set: { ...to, updatedAt: sql`now()` },
      setWhere:
        from === null
          ? sql`false`
          : sql`${billingCursors.position} = ${from.position} and ${billingCursors.report} = ${JSON.stringify(from.report)}::jsonb`,
    })
    .returning({ name: billingCursors.name });
  return rows.length === 1;
}
