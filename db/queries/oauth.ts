import { and, eq, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema/identity.ts';
import { oauthClients, oauthSessionClients } from '../schema/oauth.ts';
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

/** Notes that a session signed in at a site, and gives the organisation its tokens speak for. */
export async function joinSessionToClient(
  scope: SystemScope,
  sessionId: string,
  clientId: string,
): Promise<string | null> {
  const rows = await scope.db
    .select({ orgId: sessions.orgId })
    .from(sessions)
    .where(eq(sessions.id, sessionId))
    .for('share');
  const orgId = rows[0]?.orgId ?? null;
  if (orgId !== null) {
    await scope.db.insert(oauthSessionClients).values({ sessionId, clientId }).onConflictDoNothing();
  }
  return orgId;
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
