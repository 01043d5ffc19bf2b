import { and, eq, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema/identity.ts';
import { oauthAccessTokens, oauthClients, oauthRefreshTokens, oauthSessionClients } from '../schema/oauth.ts';
import { outbox } from '../schema/operations.ts';
import type { SystemScope } from '../scope.ts';
import { notifyPrincipalChange } from './identity.ts';

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

/** Which sessions end: some by id, those of a person (in one organisation, only one, all but one), or those of an organisation. */
export type SessionsToEnd =
  | { readonly sessionIds: readonly string[] }
  | {
      readonly userId: string;
      readonly orgId?: string;
      readonly sessionId?: string;
      readonly exceptSessionId?: string;
    }
  | { readonly orgId: string };

/**
 * Ends sessions, in one transaction with all that must go with them: their refresh and access tokens are revoked,
 * every process is told at commit, and sites that share the sign-in get a logout event. Returns the ids that ended.
 */
export async function endSessions(scope: SystemScope, which: SessionsToEnd): Promise<string[]> {
  const ended = await scope.db
    .update(sessions)
    .set({ revokedAt: sql`now()`, updatedAt: sql`now()` })
    .where(and(isNull(sessions.revokedAt), named(which)))
    .returning({ id: sessions.id, userId: sessions.userId, orgId: sessions.orgId });
  if (ended.length === 0) return [];
  const ids = ended.map(({ id }) => id);
  await revokeTokens(scope, ids);
  await recordLogouts(scope, ids);
  for (const { id } of ended) {
    await notifyPrincipalChange(scope, JSON.stringify({ kind: 'revoked', sessionId: id }));
  }
  return ids;
}

function named(which: SessionsToEnd): SQL | undefined {
  if ('sessionIds' in which) return inArray(sessions.id, [...which.sessionIds]);
  if (!('userId' in which)) return eq(sessions.orgId, which.orgId);
  return and(
    eq(sessions.userId, which.userId),
    which.orgId === undefined ? undefined : eq(sessions.orgId, which.orgId),
    which.sessionId === undefined ? undefined : eq(sessions.id, which.sessionId),
    which.exceptSessionId === undefined ? undefined : sql`${sessions.id} <> ${which.exceptSessionId}`,
  );
}

/** Also those with `offline_access`, and the kept answer of a rotation: after sign-out nothing may be renewed. */
async function revokeTokens(scope: SystemScope, sessionIds: string[]): Promise<void> {
  await scope.db
    .update(oauthRefreshTokens)
    .set({ revoked: sql`now()`, rotationReplayResponse: null, rotationReplayExpiresAt: null })
    .where(
      and(
        inArray(oauthRefreshTokens.sessionId, sessionIds),
        sql`(${oauthRefreshTokens.revoked} is null or ${oauthRefreshTokens.rotationReplayResponse} is not null)`,
      ),
    );
  await scope.db
    .update(oauthAccessTokens)
    .set({ revoked: sql`now()` })
    .where(and(inArray(oauthAccessTokens.sessionId, sessionIds), isNull(oauthAccessTokens.revoked)));
}

/** One event a session and site that wants to hear of it: each is delivered, and repeated, on its own. */
async function recordLogouts(scope: SystemScope, sessionIds: string[]): Promise<void> {
  const told = await scope.db
    .select({
      sessionId: oauthSessionClients.sessionId,
      clientId: oauthSessionClients.clientId,
      userId: sessions.userId,
      orgId: sessions.orgId,
    })
    .from(oauthSessionClients)
    .innerJoin(sessions, eq(sessions.id, oauthSessionClients.sessionId))
    .innerJoin(oauthClients, eq(oauthClients.clientId, oauthSessionClients.clientId))
    .where(
      and(inArray(oauthSessionClients.sessionId, sessionIds), sql`${oauthClients.logoutUri} is not null`),
    );
  if (told.length === 0) return;
  const events = told.map(({ orgId, ...data }) => ({
    orgId,
    eventId: `logout-${data.sessionId}-${data.clientId}`,
    name: 'identity/session.ended',
    data,
  }));
  await scope.db.insert(outbox).values(events).onConflictDoNothing();
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
