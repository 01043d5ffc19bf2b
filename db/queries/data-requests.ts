import { and, asc, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import { memberships, organisations, users } from '../schema/identity.ts';
import { dataExportParts, dataRequests } from '../schema/personal-data.ts';
import type { SystemScope } from '../scope.ts';

export type DataRequestRow = typeof dataRequests.$inferSelect;

/** Stores a request; null when one of this kind and subject is under way. */
export async function insertDataRequest(
  scope: SystemScope,
  row: Pick<DataRequestRow, 'id' | 'kind' | 'subject' | 'subjectId' | 'requestedBy' | 'totalSteps' | 'dueAt'>,
): Promise<DataRequestRow | null> {
  const rows = await scope.db.insert(dataRequests).values(row).onConflictDoNothing().returning();
  return rows[0] ?? null;
}

export async function findDataRequest(scope: SystemScope, id: string): Promise<DataRequestRow | null> {
  const rows = await scope.db.select().from(dataRequests).where(eq(dataRequests.id, id));
  return rows[0] ?? null;
}

/** Whether whoever asked for an export may have it now: a person who is not suspended; of an organisation's, its owner. */
export async function mayStillHave(
  scope: SystemScope,
  { subject, subjectId, requestedBy }: Pick<DataRequestRow, 'subject' | 'subjectId' | 'requestedBy'>,
): Promise<boolean> {
  const isActive = and(eq(users.id, requestedBy), isNull(users.suspendedAt));
  if (subject === 'person') {
    const rows = await scope.db.select({ id: users.id }).from(users).where(isActive);
    return rows.length === 1 && subjectId === requestedBy;
  }
  const rows = await scope.db
    .select({ id: users.id })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(
      and(
        isActive,
        eq(memberships.orgId, subjectId),
        eq(memberships.role, 'owner'),
        isNull(organisations.suspendedAt),
      ),
    );
  return rows.length === 1;
}

/** The latest requests about a subject. */
export function listDataRequests(scope: SystemScope, subjectId: string): Promise<DataRequestRow[]> {
  return scope.db
    .select()
    .from(dataRequests)
    .where(eq(dataRequests.subjectId, subjectId))
    .orderBy(desc(dataRequests.createdAt), desc(dataRequests.id))
    .limit(50);
}

const grown = sql`${dataRequests.seq} + 1`;

/** Moves a request from one of `from` to another status; false when it is in none of them. */
export async function moveDataRequest(
  scope: SystemScope,
  id: string,
  move: { readonly from: readonly DataRequestRow['status'][]; readonly to: DataRequestRow['status'] },
): Promise<boolean> {
  const ended = move.to === 'done' || move.to === 'cancelled' ? { endedAt: sql`now()` } : {};
  const rows = await scope.db
    .update(dataRequests)
    .set({ status: move.to, seq: grown, ...ended })
    .where(and(eq(dataRequests.id, id), inArray(dataRequests.status, [...move.from])))
    .returning({ id: dataRequests.id });
  return rows.length === 1;
}

/** Notes that the steps up to `doneSteps` are done; a repetition changes nothing. */
export async function noteProgress(scope: SystemScope, id: string, doneSteps: number): Promise<void> {
  await scope.db
    .update(dataRequests)
    .set({ doneSteps, seq: grown })
    .where(and(eq(dataRequests.id, id), lt(dataRequests.doneSteps, doneSteps)));
}

export async function setExportExpiry(scope: SystemScope, id: string, expiresAt: Date): Promise<void> {
  await scope.db.update(dataRequests).set({ expiresAt }).where(eq(dataRequests.id, id));
}

/** What stays of an erasure: that there was one. Other requests about the subject go. */
export async function forgetRequestsOf(scope: SystemScope, subjectId: string, keptId: string): Promise<void> {
  await scope.db
    .delete(dataRequests)
    .where(
      sql`(${dataRequests.subjectId} = ${subjectId} or ${dataRequests.requestedBy} = ${subjectId}) and ${dataRequests.id} <> ${keptId}`,
    );
  await scope.db
    .update(dataRequests)
    .set({ subjectId: 'erased', requestedBy: 'erased', seq: grown })
    .where(eq(dataRequests.id, keptId));
}

/** Pieces of an export in the order of tables, after `after`. */
export function listExportParts(
  scope: SystemScope,
  requestId: string,
  after: { readonly tableName: string; readonly part: number },
): Promise<(typeof dataExportParts.$inferSelect)[]> {
  return scope.db
    .select()
    .from(dataExportParts)
    .where(
      and(
        eq(dataExportParts.requestId, requestId),
        sql`(${dataExportParts.tableName}, ${dataExportParts.part}) > (${after.tableName}, ${after.part})`,
      ),
    )
    .orderBy(asc(dataExportParts.tableName), asc(dataExportParts.part))
    .limit(4);
}

/** Removes requests with their exports past expiry; returns how many. */
export async function deleteExpiredExports(scope: SystemScope, now: Date): Promise<number> {
  const rows = await scope.db
    .delete(dataRequests)
    .where(lt(dataRequests.expiresAt, now))
    .returning({ id: dataRequests.id });
  return rows.length;
}

export interface OwnedOrganisation {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

/** Organisations whose owner the person is, the personal one included. */
export function listOwnedOrganisations(scope: SystemScope, userId: string): Promise<OwnedOrganisation[]> {
  return scope.db
    .select({ id: organisations.id, kind: organisations.kind, name: organisations.name })
    .from(memberships)
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(and(eq(memberships.userId, userId), eq(memberships.role, 'owner')));
}

export async function findEmail(scope: SystemScope, userId: string): Promise<string | null> {
  const rows = await scope.db.select({ email: users.email }).from(users).where(eq(users.id, userId));
  return rows[0]?.email ?? null;
}

/** What a person knows themselves by: the e-mail address, else the display name; null for nobody. */
export async function findOwnName(scope: SystemScope, userId: string): Promise<string | null> {
  const rows = await scope.db
    .select({ name: sql<string>`coalesce(${users.email}, ${users.displayName})` })
    .from(users)
    .where(eq(users.id, userId));
  return rows[0]?.name ?? null;
}

/** Whether a subscription of these organisations would still be charged. */
export async function hasLiveSubscription(scope: SystemScope, orgIds: readonly string[]): Promise<boolean> {
  if (orgIds.length === 0) return false;
  const list = sql.join(
    orgIds.map((id) => sql`${id}`),
    sql`, `,
  );
  const rows = await scope.db.execute(
    sql`select 1 from subscriptions where org_id in (${list}) and status not in ('canceled', 'incomplete_expired') limit 1`,
  );
  return rows.length > 0;
}
