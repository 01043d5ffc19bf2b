import { and, asc, eq, ne, sql } from 'drizzle-orm';
import { memberships, organisations, users } from '../schema/identity.ts';
import type { OrgScope, SystemScope } from '../scope.ts';

export type OrganisationRow = typeof organisations.$inferSelect;

export interface MemberRow {
  readonly userId: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly role: string;
  readonly createdAt: Date;
}

const member = {
  userId: users.id,
  email: users.email,
  displayName: users.displayName,
  role: memberships.role,
  createdAt: memberships.createdAt,
};

export async function findOrganisation(scope: OrgScope): Promise<OrganisationRow | null> {
  const rows = await scope.db.select().from(organisations).where(eq(organisations.id, scope.orgId));
  return rows[0] ?? null;
}

/** The organisation, with changes of its members held back until this transaction ends. */
export async function lockOrganisation(scope: OrgScope): Promise<OrganisationRow | null> {
  const rows = await scope.db
    .select()
    .from(organisations)
    .where(eq(organisations.id, scope.orgId))
    .for('update');
  return rows[0] ?? null;
}

/** Stores the organisation of this scope with its owner; false when it is there already. */
export async function insertOrganisation(
  scope: OrgScope,
  team: { readonly name: string; readonly ownerId: string },
): Promise<boolean> {
  // Written out: drizzle names every column, also those that a tenant may not write.
  const inserted = await scope.db.execute(
    sql`insert into organisations (id, kind, name) values (${scope.orgId}, 'team', ${team.name})
      on conflict do nothing returning id`,
  );
  if (inserted.length === 0) return false;
  await insertMembership(scope, { userId: team.ownerId, role: 'owner' });
  return true;
}

export async function renameOrganisation(scope: OrgScope, name: string): Promise<void> {
  await scope.db.update(organisations).set({ name }).where(eq(organisations.id, scope.orgId));
}

export interface OwnOrganisationRow {
  readonly id: string;
  readonly kind: OrganisationRow['kind'];
  readonly name: string;
  readonly tier: string;
  readonly role: string;
  readonly suspendedAt: Date | null;
}

/** Every organisation the person is a member of, joined first first. */
export async function listOrganisationsOf(scope: SystemScope, userId: string): Promise<OwnOrganisationRow[]> {
  return scope.db
    .select({
      id: organisations.id,
      kind: organisations.kind,
      name: organisations.name,
      tier: organisations.tier,
      role: memberships.role,
      suspendedAt: organisations.suspendedAt,
    })
    .from(memberships)
    .innerJoin(organisations, eq(organisations.id, memberships.orgId))
    .where(and(eq(memberships.userId, userId), ne(organisations.kind, 'guest')))
    .orderBy(asc(memberships.createdAt), asc(organisations.id))
    .limit(200);
}

/** Members in the order of joining, after `cursor`. */
export async function listMembers(
  scope: OrgScope,
  query: { cursor: { at: string; id: string } | null; limit: number },
): Promise<MemberRow[]> {
  const { cursor } = query;
  return scope.db
    .select(member)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.orgId, scope.orgId),
        cursor === null
          ? undefined
          : sql`(${memberships.createdAt}, ${memberships.userId}) > (${cursor.at}::timestamptz, ${cursor.id})`,
      ),
    )
    .orderBy(asc(memberships.createdAt), asc(memberships.userId))
    .limit(query.limit);
}

export async function findMember(scope: OrgScope, userId: string): Promise<MemberRow | null> {
  const rows = await scope.db
    .select(member)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.orgId, scope.orgId), eq(memberships.userId, userId)));
  return rows[0] ?? null;
}

export async function findMemberByEmail(scope: OrgScope, email: string): Promise<MemberRow | null> {
  const rows = await scope.db
    .select(member)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.orgId, scope.orgId), eq(users.email, email)));
  return rows[0] ?? null;
}

/** The e-mail of a person of this organisation, once verified; null otherwise. */
export async function findVerifiedEmail(scope: OrgScope, userId: string): Promise<string | null> {
  const rows = await scope.db
    .select({ email: users.email, emailVerified: users.emailVerified })
    .from(users)
    .where(eq(users.id, userId));
  return rows[0]?.emailVerified === true ? rows[0].email : null;
}

/** False when the person is a member already. */
export async function insertMembership(
  scope: OrgScope,
  row: { readonly userId: string; readonly role: string },
): Promise<boolean> {
  const rows = await scope.db
    .insert(memberships)
    .values({ ...row, orgId: scope.orgId })
    .onConflictDoNothing({ target: [memberships.orgId, memberships.userId] })
    .returning({ userId: memberships.userId });
  return rows.length === 1;
}

export async function setRole(scope: OrgScope, userId: string, role: string): Promise<void> {
  await scope.db
    .update(memberships)
    .set({ role })
    .where(and(eq(memberships.orgId, scope.orgId), eq(memberships.userId, userId)));
}

/**
 * Ends a membership with the person's API keys in the organisation. Their sessions there go on in another organisation of
 * theirs, which is returned; null where they have none, and the sessions have ended.
 */
export async function endMembership(scope: OrgScope, userId: string): Promise<string | null> {
  const rows = await scope.db.execute<{ next: string | null }>(sql`select end_membership(${userId}) as next`);
  return rows[0]?.next ?? null;
}

/** Suspends or releases an organisation. */
export async function setSuspended(
  scope: SystemScope,
  orgId: string,
  isSuspended: boolean,
): Promise<'changed' | 'unchanged' | 'unknown'> {
  const rows = await scope.db
    .select({ suspendedAt: organisations.suspendedAt })
    .from(organisations)
    .where(eq(organisations.id, orgId))
    .for('update');
  const row = rows[0];
  if (row === undefined) return 'unknown';
  if ((row.suspendedAt !== null) === isSuspended) return 'unchanged';
  await scope.db
    .update(organisations)
    .set({ suspendedAt: isSuspended ? sql`now()` : null })
    .where(eq(organisations.id, orgId));
  return 'changed';
}

/** An organisation by id, for work of the platform. */
export async function findOrganisationById(scope: SystemScope, id: string): Promise<OrganisationRow | null> {
  const rows = await scope.db.select().from(organisations).where(eq(organisations.id, id));
  return rows[0] ?? null;
}
