import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { apiKeys } from '../schema/organisations.ts';
import type { OrgScope } from '../scope.ts';

export type StoredApiKey = Omit<typeof apiKeys.$inferSelect, 'orgId' | 'secretHash'>;

const listed = {
  id: apiKeys.id,
  name: apiKeys.name,
  createdBy: apiKeys.createdBy,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
};

export async function insertApiKey(
  scope: OrgScope,
  key: Pick<StoredApiKey, 'id' | 'name' | 'createdBy' | 'scopes' | 'expiresAt'> & { secretHash: string },
): Promise<StoredApiKey> {
  const rows = await scope.db
    .insert(apiKeys)
    .values({ ...key, orgId: scope.orgId })
    .returning(listed);
  const inserted = rows[0];
  if (inserted === undefined) throw new Error('an inserted key returned no row');
  return inserted;
}

/** How many keys of the organisation work now. */
export function countLiveApiKeys(scope: OrgScope): Promise<number> {
  const isLive = and(
    eq(apiKeys.orgId, scope.orgId),
    isNull(apiKeys.revokedAt),
    sql`${apiKeys.expiresAt} > now()`,
  );
  return scope.db.$count(apiKeys, isLive);
}

/** Keys of the organisation, revoked and expired ones included; latest first, after `cursor`. */
export async function listApiKeys(
  scope: OrgScope,
  query: { cursor: { at: string; id: string } | null; limit: number },
): Promise<StoredApiKey[]> {
  const { cursor } = query;
  return scope.db
    .select(listed)
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.orgId, scope.orgId),
        cursor === null
          ? undefined
          : sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${cursor.at}::timestamptz, ${cursor.id})`,
      ),
    )
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(query.limit);
}

/** Ends a key; false when it is unknown or was ended already. */
export async function revokeApiKey(scope: OrgScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.orgId, scope.orgId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return rows.length === 1;
}
