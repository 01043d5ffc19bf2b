import { and, eq, gt, inArray, isNotNull, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema/identity.ts';
import { oauthClients, oauthSessionClients } from '../schema/oauth.ts';
import type { SystemScope } from '../scope.ts';

/** Which live session a cookie's token belongs to; null for none. */
export async function findSessionId(scope: SystemScope, token: string): Promise<string | null> {
  const rows = await scope.db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.token, token), live()));
  return rows[0]?.id ?? null;
}

function live(): SQL | undefined {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`));
}

/** Moves the end of a live session further away. */
export async function extendSession(scope: SystemScope, sessionId: string, expiresAt: Date): Promise<void> {
  await scope.db
    .update(sessions)
    .set({ expiresAt, updatedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), live()));
}

/** Moves the end of a session that was not ended; also of one that has expired. */
export async function prolongSession(scope: SystemScope, sessionId: string, expiresAt: Date): Promise<void> {
  await scope.db
    .update(sessions)
    .set({ expiresAt, updatedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt), lt(sessions.expiresAt, expiresAt)));
}

/** The live sessions of a person, the latest first. */
export async function listSessions(scope: SystemScope, userId: string) {
  return scope.db
    .select({
      id: sessions.id,
      app: sessions.app,
      ipAddress: sessions.ipAddress,
      userAgent: sessions.userAgent,
      createdAt: sessions.createdAt,
      expiresAt: sessions.expiresAt,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), live()))
    .orderBy(sql`${sessions.createdAt} desc`, sessions.id)
    .limit(100);
}

/**
 * Which sessions end: some by id or one of a person, with what was exchanged for the same Supabase sign-in; all of a
 * person (or all but one), with those in which they act for others; those in which somebody acts for others; those in
 * an organisation.
 */
export type SessionsToEnd =
  | { readonly sessionIds: readonly string[] }
  | { readonly userId: string; readonly sessionId?: string; readonly exceptSessionId?: string }
  | { readonly impersonatorId: string }
  | { readonly orgId: string };

/**
 * Ends sessions, in one transaction with all that must go with them: their refresh and access tokens are revoked,
 * every process is told at commit, and sites that share the sign-in get a logout event. Returns the ids that ended.
 */
export async function endSessions(scope: SystemScope, which: SessionsToEnd): Promise<string[]> {
  const living = scope.db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(isNull(sessions.revokedAt), isSome(which) ? await signInsOf(scope, which) : named(which)));
  const rows = await scope.db.execute<{ id: string }>(sql`select end_sessions(array${living}) as id`);
  return rows.map(({ id }) => id);
}

/**
 * Moves the sessions of all members of an organisation that ends into another organisation of theirs, and ends those of
 * members who have no other.
 */
export async function vacateOrganisation(scope: SystemScope, orgId: string): Promise<void> {
  await scope.db.execute(
    sql`select vacate_organisation(org_id, user_id) from memberships where org_id = ${orgId} order by user_id`,
  );
}

function isSome(which: SessionsToEnd): boolean {
  return 'sessionIds' in which || ('userId' in which && which.sessionId !== undefined);
}

/** The named sessions with those of the same Supabase sign-in. Its own row is locked first: an exchange at this moment holds it, and is seen afterwards. */
async function signInsOf(scope: SystemScope, which: SessionsToEnd): Promise<SQL | undefined> {
  const origin = sql`coalesce(${sessions.exchangedFor}, ${sessions.id})`;
  const origins = scope.db.select({ id: origin }).from(sessions).where(named(which));
  const rows = await scope.db
    .select({ id: sessions.id })
    .from(sessions)
    .where(inArray(sessions.id, origins))
    .orderBy(sessions.id)
    .for('update');
  const ids = rows.map(({ id }) => id);
  return or(named(which), inArray(sessions.id, ids), inArray(sessions.exchangedFor, ids));
}

function named(which: SessionsToEnd): SQL | undefined {
  if ('sessionIds' in which) return inArray(sessions.id, [...which.sessionIds]);
  if ('orgId' in which) return eq(sessions.orgId, which.orgId);
  if ('impersonatorId' in which) return eq(sessions.impersonatorId, which.impersonatorId);
  const { userId, sessionId, exceptSessionId } = which;
  if (sessionId !== undefined) return and(eq(sessions.userId, userId), eq(sessions.id, sessionId));
  return and(
    or(eq(sessions.userId, userId), eq(sessions.impersonatorId, userId)),
    exceptSessionId === undefined ? undefined : ne(sessions.id, exceptSessionId),
  );
}

/** Whether sites that want to hear of the end of a session share one of a person or in an organisation. */
export async function hasSitesToTell(
  scope: SystemScope,
  of: { readonly userId: string } | { readonly orgId: string },
): Promise<boolean> {
  const rows = await scope.db
    .select({ clientId: oauthClients.clientId })
    .from(oauthSessionClients)
    .innerJoin(sessions, eq(sessions.id, oauthSessionClients.sessionId))
    .innerJoin(oauthClients, eq(oauthClients.clientId, oauthSessionClients.clientId))
    .where(and(named(of), isNotNull(oauthClients.logoutUri)))
    .limit(1);
  return rows.length > 0;
}

/** Announcements of the last `seconds`, oldest first. Ids are given before commit, so a reader looks back further than its last. */
export async function recentPrincipalChanges(
  scope: SystemScope,
  seconds: number,
): Promise<{ id: number; payload: string }[]> {
  const rows = await scope.db.execute<{ id: string; payload: string }>(sql`
    select id, payload from principal_changes
    where created_at > now() - ${seconds} * interval '1 second' order by id`);
  return rows.map(({ id, payload }) => ({ id: Number(id), payload }));
}

/** Whether a session is live; it cannot be ended before this transaction ends. */
export async function lockLiveSession(scope: SystemScope, sessionId: string): Promise<boolean> {
  const rows = await scope.db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, sessionId), live()))
    .for('share');
  return rows.length === 1;
}
