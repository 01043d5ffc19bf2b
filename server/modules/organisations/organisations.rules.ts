import type { InvitationRow } from '../../../db/queries/invitations.ts';
import type { MemberRow, OwnOrganisationRow } from '../../../db/queries/organisations.ts';
import type { Principal } from '../../core/actor.ts';
import { Failure } from '../../core/failure.ts';
import type { Id } from '../../core/ids.ts';
import { roleOf, tierOf } from '../identity/session-principal.ts';
import type { InvitationView, MemberView, OrganisationView } from './organisations.contract.ts';

export const INVITATION_TTL_MS = 7 * 24 * 60 * 60 * 1000;
/** Invitations of one organisation that can be accepted at a time; our own figure, against use as a mailer. */
export const MAX_OPEN_INVITATIONS = 100;

/** What may become of a member by others: nothing, for the owner. */
export function requireNotOwner(member: Pick<MemberRow, 'role'>): void {
  if (member.role === 'owner') throw new Failure('member.is-owner');
}

/** Whether an invitation can be accepted by who holds this verified address; throws why not. */
export function requireAcceptable(
  invitation: Pick<InvitationRow, 'email' | 'acceptedAt' | 'revokedAt' | 'expiresAt'>,
  by: { readonly email: string | null; readonly now: number },
): void {
  if (invitation.acceptedAt !== null || invitation.revokedAt !== null) throw new Failure('invitation.used');
  if (invitation.expiresAt.getTime() <= by.now) throw new Failure('invitation.expired');
  if (by.email?.toLowerCase() !== invitation.email) throw new Failure('invitation.wrong-address');
}

interface InvitationName {
  readonly orgId: Id<'organisation'>;
  readonly id: Id<'invitation'>;
}

const TOKEN = /^([0-9a-f]{32})\.([0-9a-f]{32})\.[A-Za-z0-9_-]{43}$/;

/** The token of an invitation: it names organisation and invitation, `proof` is its secret part. */
export function invitationToken({ orgId, id }: InvitationName, proof: string): string {
  return `${orgId.slice('org_'.length)}.${id.slice('inv_'.length)}.${proof}`;
}

/** What a token names; null for text that is no token. It proves nothing by itself. */
export function parseInvitationToken(token: string): InvitationName | null {
  const [, org, id] = TOKEN.exec(token) ?? [];
  return org === undefined || id === undefined ? null : { orgId: `org_${org}`, id: `inv_${id}` };
}

export function toOrganisationView(row: OwnOrganisationRow, principal: Principal): OrganisationView {
  return {
    id: row.id,
    kind: row.kind === 'personal' ? 'personal' : 'team',
    name: row.name,
    tier: tierOf(row.tier),
    role: roleOf(row.role),
    isActive: row.id === principal.orgId,
    isSuspended: row.suspendedAt !== null,
  };
}

export function toMemberView(row: MemberRow): MemberView {
  return {
    userId: row.userId,
    displayName: row.displayName,
    email: row.email,
    role: roleOf(row.role),
    joinedAt: row.createdAt.toISOString(),
  };
}

export function toInvitationView(row: InvitationRow): InvitationView {
  return {
    id: row.id,
    email: row.email,
    role: roleOf(row.role),
    invitedBy: row.invitedBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
