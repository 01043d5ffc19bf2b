import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { accounts, verifications } from '../schema/auth.ts';
import { memberships, organisations, sessions, users } from '../schema/identity.ts';
import type { SystemScope } from '../scope.ts';

/** A person's own organisation, with them as its owner. */
export async function storeHomeOrganisation(
  scope: SystemScope,
  home: { readonly orgId: string; readonly userId: string; readonly name: string },
): Promise<void> {
  const { orgId, userId, name } = home;
  await scope.db.insert(organisations).values({ id: orgId, kind: 'personal', name });
  await scope.db.insert(memberships).values({ orgId, userId, role: 'owner' });
}

/** Where a new session of the person opens: where the last one was, else in the organisation joined first; null for nobody who may sign in. */
export async function homeOf(scope: SystemScope, userId: string): Promise<string | null> {
  const rows = await scope.db
    .select({ orgId: memberships.orgId })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .leftJoin(
      sessions,
      and(
        eq(sessions.orgId, memberships.orgId),
        eq(sessions.userId, memberships.userId),
        isNull(sessions.impersonatorId),
      ),
    )
    .where(and(eq(memberships.userId, userId), isNull(users.suspendedAt), isNull(organisations.suspendedAt)))
    .groupBy(memberships.orgId, memberships.createdAt)
    .orderBy(sql`max(${sessions.createdAt}) desc nulls last`, memberships.createdAt, memberships.orgId)
    .limit(1);
  return rows[0]?.orgId ?? null;
}

/** The organisation that a person joined first: their own, unless they left it; null for none. Also of who is suspended. */
export async function firstOrganisationOf(scope: SystemScope, userId: string): Promise<string | null> {
  const rows = await scope.db
    .select({ orgId: memberships.orgId })
    .from(memberships)
    .where(eq(memberships.userId, userId))
    .orderBy(memberships.createdAt, memberships.orgId)
    .limit(1);
  return rows[0]?.orgId ?? null;
}

export async function hasSecondFactor(scope: SystemScope, userId: string): Promise<boolean> {
  const rows = await scope.db
    .select({ isOn: users.twoFactorEnabled })
    .from(users)
    .where(eq(users.id, userId));
  return rows[0]?.isOn === true;
}

/** Replaces a stored password hash by one of the same password. */
export async function replacePasswordHash(scope: SystemScope, hash: string, fresh: string): Promise<void> {
  await scope.db
    .update(accounts)
    .set({ password: fresh, updatedAt: sql`now()` })
    .where(eq(accounts.password, hash));
}

/** Whether a bcrypt hash is left among the passwords, as an import stores them; answered by an index of those alone. */
export async function hasImportedHashes(scope: SystemScope): Promise<boolean> {
  const rows = await scope.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(sql`${accounts.password} like '$2%'`)
    .limit(1);
  return rows.length > 0;
}

/** A proof of identity outside of ours: the provider's name and its id of the person. */
export interface ExternalIdentity {
  readonly providerId: string;
  readonly accountId: string;
}

/** Whom an external identity belongs to; null for nobody. */
export async function findLinkedUser(scope: SystemScope, external: ExternalIdentity): Promise<string | null> {
  const rows = await scope.db
    .select({ userId: accounts.userId })
    .from(accounts)
    .where(and(eq(accounts.providerId, external.providerId), eq(accounts.accountId, external.accountId)));
  return rows[0]?.userId ?? null;
}

/** Stores a way to sign in; one that exists under this provider and id stays as it is. */
export async function ensureLink(
  scope: SystemScope,
  link: ExternalIdentity & { readonly id: string; readonly userId: string; readonly password?: string },
): Promise<boolean> {
  const rows = await scope.db
    .insert(accounts)
    .values(link)
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  return rows.length === 1;
}

/** Who holds an e-mail address, and whether they have proved that it is theirs. */
export async function findUserByEmail(
  scope: SystemScope,
  email: string,
): Promise<{ id: string; emailVerified: boolean } | null> {
  const rows = await scope.db
    .select({ id: users.id, emailVerified: users.emailVerified })
    .from(users)
    .where(eq(users.email, email));
  return rows[0] ?? null;
}

export async function userExists(scope: SystemScope, userId: string): Promise<boolean> {
  const rows = await scope.db.select({ id: users.id }).from(users).where(eq(users.id, userId));
  return rows.length === 1;
}

/**
 * Notes that a proof which stays right for a while was used; false when it was before. One that comes again at the same
 * moment waits for the first.
 */
export async function spendProof(
  scope: SystemScope,
  proof: { readonly id: string; readonly userId: string; readonly expiresAt: Date },
): Promise<boolean> {
  const { id, userId, expiresAt } = proof;
  const rows = await scope.db
    .insert(verifications)
    .values({ id, identifier: id, value: userId, expiresAt })
    .onConflictDoUpdate({
      target: verifications.id,
      set: { expiresAt },
      setWhere: lt(verifications.expiresAt, sql`now()`),
    })
    .returning({ id: verifications.id });
  return rows.length === 1;
}
