import { isNull, sql } from 'drizzle-orm';
import { signingKeys } from '../schema/identity.ts';
import type { SystemScope } from '../scope.ts';

export type SigningKeyRow = typeof signingKeys.$inferSelect;

/** Keys that verify now or will sign soon. */
export async function listSigningKeys(scope: SystemScope): Promise<SigningKeyRow[]> {
  return scope.db
    .select()
    .from(signingKeys)
    .where(sql`${signingKeys.retiresAt} is null or ${signingKeys.retiresAt} > now()`);
}

/** Serialises changes of the key set between processes until the transaction ends. */
export async function lockSigningKeys(scope: SystemScope): Promise<void> {
  await scope.db.execute(sql`select pg_advisory_xact_lock(hashtext('repspheres.signing_keys'))`);
}

export async function insertSigningKey(
  scope: SystemScope,
  key: Omit<SigningKeyRow, 'createdAt' | 'retiresAt'>,
): Promise<void> {
  await scope.db.insert(signingKeys).values(key);
}

/** Sets when every key that has no end yet stops verifying. */
export async function retireSigningKeys(scope: SystemScope, retiresAt: Date): Promise<void> {
  await scope.db.update(signingKeys).set({ retiresAt }).where(isNull(signingKeys.retiresAt));
}
