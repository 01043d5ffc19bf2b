import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { invitations } from '../schema/organisations.ts';
import type { OrgScope } from '../scope.ts';

export type InvitationRow = typeof invitations.$inferSelect;

function isOpen() {
  return and(
    isNull(invitations.acceptedAt),
    isNull(invitations.revokedAt),
    sql`${invitations.expiresAt} > now()`,
  );
}

export async function insertInvitation(
  scope: OrgScope,
  row: Pick<InvitationRow, 'id' | 'email' | 'role' | 'tokenHash' | 'invitedBy' | 'expiresAt'>,
): Promise<InvitationRow> {
  const rows = await scope.db
    .insert(invitations)
    .values({ ...row, orgId: scope.orgId })
    .returning();
  const inserted = rows[0];
  if (inserted === undefined) throw new Error('an inserted invitation returned no row');
  return inserted;
}

/** How many invitations of the organisation can be accepted now. */
export function countOpenInvitations(scope: OrgScope): Promise<number> {
  return scope.db.$count(invitations, and(eq(invitations.orgId, scope.orgId), isOpen()));
}

/** Invitations that are neither accepted nor revoked, expired ones included; latest first, after `cursor`. */
export async function listInvitations(
  scope: OrgScope,
  query: { cursor: { at: string; id: string } | null; limit: number },
): Promise<InvitationRow[]> {
  const { cursor } = query;
  return scope.db
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.orgId, scope.orgId),
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
        cursor === null
          ? undefined
          : sql`(${invitations.createdAt}, ${invitations.id}) < (${cursor.at}::timestamptz, ${cursor.id})`,
      ),
    )
    .orderBy(desc(invitations.createdAt), desc(invitations.id))
    .limit(query.limit);
}

export async function findInvitation(scope: OrgScope, id: string): Promise<InvitationRow | null> {
  const rows = await scope.db
    .select()
    .from(invitations)
    .where(and(eq(invitations.orgId, scope.orgId), eq(invitations.id, id)));
  return rows[0] ?? null;
}

interface InvitationProof {
  readonly id: string;
  readonly tokenHash: string;
}

/** The invitation with this token. */
export async function findInvitationByToken(
  scope: OrgScope,
  invitation: InvitationProof,
): Promise<InvitationRow | null> {
  return (await withToken(scope, invitation))[0] ?? null;
}

/** The same, held until the transaction ends. */
export async function lockInvitationByToken(
  scope: OrgScope,
  invitation: InvitationProof,
): Promise<InvitationRow | null> {
  return (await withToken(scope, invitation).for('update'))[0] ?? null;
}

function withToken(scope: OrgScope, invitation: InvitationProof) {
  return scope.db
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.orgId, scope.orgId),
        eq(invitations.id, invitation.id),
        eq(invitations.tokenHash, invitation.tokenHash),
      ),
    );
}

export async function markAccepted(scope: OrgScope, id: string, userId: string): Promise<void> {
  await scope.db
    .update(invitations)
    .set({ acceptedAt: sql`now()`, acceptedBy: userId })
    .where(and(eq(invitations.orgId, scope.orgId), eq(invitations.id, id)));
}

/** Ends the open invitations of an address, but for one; a new invitation replaces older ones. */
export async function revokeInvitationsOf(scope: OrgScope, email: string): Promise<void> {
  await scope.db
    .update(invitations)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(invitations.orgId, scope.orgId), eq(invitations.email, email), isOpen()));
}

/** Ends an invitation; false when it is unknown, accepted or revoked. */
export async function revokeInvitation(scope: OrgScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(invitations)
    .set({ revokedAt: sql`now()` })
    .where(
      and(
        eq(invitations.orgId, scope.orgId),
        eq(invitations.id, id),
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
      ),
    )
    .returning({ id: invitations.id });
  return rows.length === 1;
}
