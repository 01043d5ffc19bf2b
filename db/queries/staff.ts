import { and, eq } from 'drizzle-orm';
import { users } from '../schema/identity.ts';
import { platformStaff } from '../schema/organisations.ts';
import type { SystemScope } from '../scope.ts';

/** Makes the user with this verified e-mail staff, or ends it; null when there is none. */
export async function setStaff(scope: SystemScope, email: string, isStaff: boolean): Promise<string | null> {
  const rows = await scope.db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, email), eq(users.emailVerified, true)));
  const userId = rows[0]?.id;
  if (userId === undefined) return null;
  if (isStaff) await scope.db.insert(platformStaff).values({ userId }).onConflictDoNothing();
  else await scope.db.delete(platformStaff).where(eq(platformStaff.userId, userId));
  return userId;
}
