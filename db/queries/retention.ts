import { lt, sql } from 'drizzle-orm';
import { idempotencyKeys, limitWindows } from '../schema/operations.ts';
import type { SystemScope } from '../scope.ts';

/** Makes the run log's partitions of the coming days and drops those whose last row is older than `keepHours`. */
export async function maintainRunLog(
  scope: SystemScope,
  keepHours = 24,
): Promise<{ made: number; dropped: number }> {
  const rows = await scope.db.execute<{ made: number; dropped: number }>(
    sql`select made, dropped from maintain_run_log(${keepHours} * interval '1 hour')`,
  );
  return { made: rows[0]?.made ?? 0, dropped: rows[0]?.dropped ?? 0 };
}

/** Removes idempotency keys past their expiry; returns how many. */
export async function deleteExpiredKeys(scope: SystemScope): Promise<number> {
  const rows = await scope.db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.expiresAt, sql`now()`))
    .returning({ key: idempotencyKeys.key });
  return rows.length;
}

/** Removes counters of windows that began before `before`; returns how many. */
export async function deleteLimitWindows(scope: SystemScope, before: Date): Promise<number> {
  const rows = await scope.db
    .delete(limitWindows)
    .where(lt(limitWindows.windowStart, before))
    .returning({ name: limitWindows.name });
  return rows.length;
}
