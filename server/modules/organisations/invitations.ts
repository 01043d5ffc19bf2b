import {
  countOpenInvitations,
  findInvitation,
  insertInvitation,
  listInvitations as listRows,
  lockInvitationByToken,
  markAccepted,
  revokeInvitationsOf,
  revokeInvitation as revokeRow,
} from '../../../db/queries/invitations.ts';
import {
  findMember,
  findMemberByEmail,
  findOrganisation,
  findVerifiedEmail,
  insertMembership,
  lockOrganisation,
} from '../../../db/queries/organisations.ts';
import { memberOf, principalOf } from '../../core/authorise.ts';
import type { Call } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import { hashToken } from '../../core/link-tokens.ts';
import { operation, unscopedOperation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import { inOrganisation, openScope } from '../../core/scoped.ts';
import { accountKey } from '../../integrations/limits/address.ts';
import { limitRules } from '../../integrations/limits/rules.ts';
import { invitationLink } from './invitation-link.ts';
import {
  AcceptInvitationInput,
  InvitationPage,
  InvitationRevoked,
  InvitationView,
  InviteMemberInput,
  ListInvitationsInput,
  OrganisationView,
  RevokeInvitationInput,
} from './organisations.contract.ts';
import {
  INVITATION_TTL_MS,
  MAX_OPEN_INVITATIONS,
  parseInvitationToken,
  requireAcceptable,
  toInvitationView,
  toOrganisationView,
} from './organisations.rules.ts';

/**
 * Offers a membership by e-mail for 7 days; it replaces an open invitation of the same address. The mail is sent by a job.
 * Limited by who invites and by address.
 */
export const inviteMember = operation(
  {
    name: 'organisations.invite',
    summary: 'Invites somebody by e-mail; the link works once, for 7 days, for that address.',
    kind: 'mutation',
    needs: 'member:write',
    input: InviteMemberInput,
    output: InvitationView,
    admit: admitInvitation,
  },
  async (call, input) => {
    const email = input.email.toLowerCase();
    const { orgId, userId } = principalOf(call.actor);
    const organisation = await lockOrganisation(call.scope);
    if (organisation?.kind !== 'team') throw new Failure('organisation.is-personal');
    if ((await findMemberByEmail(call.scope, email)) !== null) throw new Failure('member.exists');
    await revokeInvitationsOf(call.scope, email);
    if ((await countOpenInvitations(call.scope)) >= MAX_OPEN_INVITATIONS)
      throw new Failure('invitation.too-many');
    const id = newId('invitation');
    const row = await insertInvitation(call.scope, {
      id,
      email,
      role: input.role,
      tokenHash: hashToken(invitationLink(call.ports, { orgId, id }).token),
      invitedBy: userId,
      expiresAt: new Date(call.ports.clock.now() + INVITATION_TTL_MS),
    });
    call.audit(id, { role: input.role });
    call.effects.record('organisations/member.invited', { orgId, invitationId: id }, `invited:${id}`);
    return toInvitationView(row);
  },
);

/** Invitations nobody has accepted yet, latest first; expired ones stay in sight until they are revoked. */
export const listInvitations = operation(
  {
    name: 'organisations.listInvitations',
    summary: 'The open invitations of your organisation.',
    kind: 'query',
    needs: 'member:write',
    input: ListInvitationsInput,
    output: InvitationPage,
  },
  async (call, input) => {
    const rows = await listRows(call.scope, {
      cursor: instantCursor(input.cursor),
      limit: input.limit + 1,
    });
    const page = pageOf(rows, input.limit, (row) => [row.createdAt.toISOString(), row.id]);
    return { ...page, items: page.items.map(toInvitationView) };
  },
);

/** Takes an invitation back; its link no longer works. */
export const revokeInvitation = operation(
  {
    name: 'organisations.revokeInvitation',
    summary: 'Takes an invitation back.',
    kind: 'mutation',
    needs: 'member:write',
    input: RevokeInvitationInput,
    output: InvitationRevoked,
  },
  async (call, { id }) => {
    if (!(await revokeRow(call.scope, id))) {
      const isKnown = (await findInvitation(call.scope, id)) !== null;
      throw new Failure(isKnown ? 'invitation.used' : 'invitation.not-found');
    }
    call.audit(id);
    return { id, revoked: true as const };
  },
);

/** Joins the organisation of an invitation to the caller's own, verified address; the session stays where it is. */
export const acceptInvitation = unscopedOperation(
  {
    name: 'organisations.acceptInvitation',
    summary: 'Joins the organisation that invited your e-mail address.',
    kind: 'mutation',
    needs: 'membership:write',
    input: AcceptInvitationInput,
    output: OrganisationView,
  },
  async (call, { token }) => {
    const member = memberOf(call.actor);
    const named = parseInvitationToken(token);
    if (named === null) throw new Failure('invitation.not-found');
    const email = await call.inScope('read', ({ scope }) => findVerifiedEmail(scope, member.userId));
    // The token's own organisation; only the hash of the whole token proves that there is anything to do there.
    const there = inOrganisation(call, named.orgId);
    return openScope(there, 'organisations.acceptInvitation', 'write', async (scoped) => {
      const { scope } = scoped;
      const invitation = await lockInvitationByToken(scope, { id: named.id, tokenHash: hashToken(token) });
      if (invitation === null) throw new Failure('invitation.not-found');
      requireAcceptable(invitation, { email, now: call.ports.clock.now() });
      if (!(await insertMembership(scope, { userId: member.userId, role: invitation.role })))
        throw new Failure('member.exists');
      await markAccepted(scope, invitation.id, member.userId);
      scoped.audit(invitation.id, { userId: member.userId, role: invitation.role });
      const [organisation, joined] = await Promise.all([
        findOrganisation(scope),
        findMember(scope, member.userId),
      ]);
      if (organisation === null || joined === null) throw new Failure('organisation.not-found');
      return toOrganisationView({ ...organisation, role: joined.role }, member);
    });
  },
);

/** Counts an invitation by its sender first, so that who has spent that budget does not spend those of others. */
async function admitInvitation(call: Call, { email }: { readonly email: string }): Promise<void> {
  const sender = `user:${principalOf(call.actor).userId}`;
  for (const request of [
    { rule: limitRules.invitations, subject: sender },
    { rule: limitRules.invitationMail, subject: accountKey(email) },
  ]) {
    const { allowed, retryAfterMs } = await call.ports.limiter.consume(request);
    if (!allowed) throw new Failure('request.rate-limited', { retryAfterMs });
  }
}
