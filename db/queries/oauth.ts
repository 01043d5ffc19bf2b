import { and, eq, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema/identity.ts';
import { oauthClients, oauthResources, oauthSessionClients } from '../schema/oauth.ts';
import type { SystemScope } from '../scope.ts';

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
