import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { auditHeads, auditLog } from '../schema/operations.ts';
import type { SystemScope } from '../scope.ts';

export interface ChainHead {
  readonly orgId: string;
  readonly seq: number;
  readonly hash: string;
}

/** One link as stored, and the hash that its content gives. */
export interface ChainLink {
  readonly seq: number;
  readonly id: string;
  readonly prevHash: string | null;
  readonly hash: string | null;
  readonly computed: string | null;
}

/** Where chains should end, in the order of organisations, after `afterOrgId`. */
export async function listHeads(scope: SystemScope, afterOrgId: string, limit: number): Promise<ChainHead[]> {
  return scope.db
    .select({ orgId: auditHeads.orgId, seq: auditHeads.seq, hash: auditHeads.hash })
    .from(auditHeads)
    .where(gt(auditHeads.orgId, afterOrgId))
    .orderBy(asc(auditHeads.orgId))
    .limit(limit);
}

/** Links of a chain after `afterSeq`, in order. */
export async function listLinks(
  scope: SystemScope,
  after: { readonly orgId: string; readonly seq: number; readonly limit: number },
): Promise<ChainLink[]> {
  return scope.db
    .select({
      // From the chain's own column: drizzle's number type would hide a seq that is none.
      seq: sql<number>`${auditLog.seq}`.mapWith(Number),
      id: auditLog.id,
      prevHash: auditLog.prevHash,
      hash: auditLog.hash,
      computed: sql<string | null>`audit_hash(${auditLog})`,
    })
    .from(auditLog)
    .where(and(eq(auditLog.orgId, after.orgId), gt(auditLog.seq, after.seq)))
    .orderBy(asc(auditLog.seq))
    .limit(after.limit);
}

/** Rows that claim a class without a place in the chain, or a place without a class or a head; at most 100. */
export async function listStrays(scope: SystemScope): Promise<{ orgId: string; id: string }[]> {
  const hasHead = sql`exists (select from ${auditHeads} where ${auditHeads.orgId} = ${auditLog.orgId})`;
  return scope.db
    .select({ orgId: auditLog.orgId, id: auditLog.id })
    .from(auditLog)
    .where(
      sql`(${auditLog.actClass} is null) <> (${auditLog.seq} is null) or (${auditLog.seq} is not null and not ${hasHead})`,
    )
    .limit(100);
}
