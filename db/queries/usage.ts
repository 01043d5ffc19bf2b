import { sql } from 'drizzle-orm';
import { usageAttempts } from '../schema/usage.ts';
import type { OrgScope } from '../scope.ts';

export type NewUsageAttempt = Omit<typeof usageAttempts.$inferSelect, 'orgId' | 'createdAt'>;

/**
 * Records what an attempt used, once. An estimate made by someone else than its producer is replaced by the
 * producer's own record; a reported record is never changed.
 */
export async function recordAttempts(scope: OrgScope, attempts: readonly NewUsageAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  const { runId, orgId, attempt, createdAt, ...measured } = usageAttempts;
  const replaced = Object.fromEntries(
    Object.entries(measured)
      .filter(([name]) => name in (attempts[0] ?? {}))
      .map(([name, column]) => [name, sql.raw(`excluded.${(column as { name: string }).name}`)]),
  );
  await scope.db
    .insert(usageAttempts)
    .values(attempts.map((one) => ({ ...one, orgId: scope.orgId })))
    .onConflictDoUpdate({
      target: [orgId, runId, attempt],
      set: replaced,
      setWhere: sql`${usageAttempts.source} = 'estimated'`,
    });
}
