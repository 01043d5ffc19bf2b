import { and, desc, eq, sql } from 'drizzle-orm';
import { auditLog } from '../schema/operations.ts';
import type { OrgScope } from '../scope.ts';

export type AuditRow = typeof auditLog.$inferSelect;

/** What was done in the organisation, latest first, after `cursor`. */
export async function listAudit(
  scope: OrgScope,
  query: { cursor: { at: string; id: string } | null; limit: number },
): Promise<AuditRow[]> {
  const { cursor } = query;
  return scope.db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.orgId, scope.orgId),
        cursor === null
          ? undefined
          : sql`(${auditLog.createdAt}, ${auditLog.id}) < (${cursor.at}::timestamptz, ${cursor.id})`,
      ),
    )
    .orderBy(desc(auditLog.createdAt), desc(auditLog.id))
    .limit(query.limit);
}
