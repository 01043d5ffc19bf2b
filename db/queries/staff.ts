import { and, eq, isNull, sql } from 'drizzle-orm';
import { users } from '../schema/identity.ts';
import { platformStaff } from '../schema/organisations.ts';
import type { SystemScope } from '../scope.ts';

/** Makes the user with this verified e-mail staff, or ends it; whether that changed anything. Null when there is none. */
export async function setStaff(
  scope: SystemScope,
  email: string,
  isStaff: boolean,
): Promise<{ userId: string; changed: boolean } | null> {
  const rows = await scope.db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, email), eq(users.emailVerified, true)));
  const userId = rows[0]?.id;
  if (userId === undefined) return null;
  const { userId: column } = platformStaff;
  const changed = isStaff
    ? await scope.db.insert(platformStaff).values({ userId }).onConflictDoNothing().returning({ column })
    : await scope.db.delete(platformStaff).where(eq(column, userId)).returning({ column });
  return { userId, changed: changed.length > 0 };
}

/** Whether the person is staff and not suspended; neither changes before this transaction ends. */
export async function lockStaff(scope: SystemScope, userId: string): Promise<boolean> {
  const rows = await scope.db
    .select({ userId: users.id })
    .from(platformStaff)
    .innerJoin(users, eq(users.id, platformStaff.userId))
    .where(and(eq(platformStaff.userId, userId), isNull(users.suspendedAt)))
    .for('share');
  return rows.length === 1;
}

/** Suspends a user, or ends it; whether that changed anything. Null when there is none. */
export async function setPersonSuspended(
  scope: SystemScope,
  who: { readonly email: string } | { readonly userId: string },
  isSuspended: boolean,
): Promise<{ userId: string; changed: boolean } | null> {
  const rows = await scope.db
    .select({ userId: users.id, suspendedAt: users.suspendedAt })
    .from(users)
    .where('email' in who ? eq(users.email, who.email) : eq(users.id, who.userId))
    .for('update');
  const row = rows[0];
  if (row === undefined) return null;
  const { userId, suspendedAt } = row;
  if ((suspendedAt !== null) === isSuspended) return { userId, changed: false };
  const at = isSuspended ? sql`now()` : null;
  await scope.db.update(users).set({ suspendedAt: at }).where(eq(users.id, userId));
  return { userId, changed: true };
}
