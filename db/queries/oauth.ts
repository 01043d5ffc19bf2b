import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema/identity.ts';
import { oauthClients, oauthRefreshTokens, oauthResources, oauthSessionClients } from '../schema/oauth.ts';
import type { SystemScope } from '../scope.ts';
import { notifyPrincipalChange } from './identity.ts';

export type OidcClientRow = Omit<typeof oauthClients.$inferInsert, 'id' | 'createdAt' | 'updatedAt'>;

/** Stores clients of the configuration; what it says replaces what was stored under the same client id. */
export async function ensureOidcClients(
  scope: SystemScope,
  clients: readonly OidcClientRow[],
): Promise<void> {
  for (const client of clients) {
    await scope.db
      .insert(oauthClients)
      .values({ ...client, id: client.clientId, createdAt: sql`now()`, updatedAt: sql`now()` })
      .onConflictDoUpdate({ target: oauthClients.clientId, set: { ...client, updatedAt: sql`now()` } });
  }
}

/** Stores the resource that tokens are for; a process that does so at the same moment is waited for. */
export async function ensureOidcResource(scope: SystemScope, identifier: string): Promise<void> {
  await scope.db
    .insert(oauthResources)
    .values({ id: identifier, identifier, name: identifier, createdAt: sql`now()`, updatedAt: sql`now()` })
    .onConflictDoNothing();
}

/** Notes that a session signed in at a site; the organisation its tokens speak for, and whether it is the first time. */
export async function joinSessionToClient(
  scope: SystemScope,
  sessionId: string,
  clientId: string,
): Promise<{ orgId: string; userId: string; isFirst: boolean } | null> {
  const rows = await scope.db
    .select({ orgId: sessions.orgId, userId: sessions.userId })
    .from(sessions)
    .where(eq(sessions.id, sessionId))
    .for('share');
  const session = rows[0];
  if (session === undefined) return null;
  const joined = await scope.db
    .insert(oauthSessionClients)
    .values({ sessionId, clientId })
    .onConflictDoNothing()
    .returning({ clientId: oauthSessionClients.clientId });
  return { ...session, isFirst: joined.length === 1 };
}

/**
 * Notes that access tokens which a person's living sessions have by now must be renewed, where these have a refresh token
 * of the site. Returns the sessions.
 */
export async function outdateTokensOf(
  scope: SystemScope,
  at: { readonly userId: string; readonly clientId: string },
): Promise<{ sessionId: string; orgId: string }[]> {
  const { userId, clientId, sessionId } = oauthRefreshTokens;
  const having = scope.db
    .select({ sessionId })
    .from(oauthRefreshTokens)
    .where(and(eq(userId, at.userId), eq(clientId, at.clientId)));
  // Not now(): a rotation may have issued its tokens while this transaction waited for it.
  const outdated = await scope.db
    .update(sessions)
    .set({ tokensSince: sql`clock_timestamp()` })
    .where(and(inArray(sessions.id, having), isNull(sessions.revokedAt)))
    .returning({ sessionId: sessions.id, orgId: sessions.orgId });
  for (const session of outdated)
    await notifyPrincipalChange(scope, JSON.stringify({ kind: 'changed', sessionId: session.sessionId }));
  return outdated;
}

/** The site of this client id; null for one that is unknown or turned off. */
export async function findOidcClient(scope: SystemScope, clientId: string) {
  const rows = await scope.db
    .select()
    .from(oauthClients)
    .where(and(eq(oauthClients.clientId, clientId), isNotTrue(oauthClients.disabled)));
  return rows[0] ?? null;
}

function isNotTrue(column: typeof oauthClients.disabled): SQL {
  return sql`${column} is not true`;
}
