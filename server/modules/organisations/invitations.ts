import {
  countOpenInvitations,
  findInvitation,
  insertInvitation,
  listInvitations as listRows,
  revokeInvitationsOf,
  revokeInvitation as revokeRow,
} from '../../../db/queries/invitations.ts';
import { findMemberByEmail, lockOrganisation } from '../../../db/queries/organisations.ts';
import { principalOf } from '../../core/authorise.ts';
import type { Call } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import { hashToken } from '../../core/link-tokens.ts';
import { operation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import { accountKey } from '../../integrations/limits/address.ts';
import { limitRules } from '../../integrations/limits/rules.ts';
import { spend } from '../../integrations/limits/spend.ts';
import { invitationLink } from './invitation-link.ts';
import {
  InvitationPage,
  InvitationRevoked,
  InvitationView,
  InviteMemberInput,
  ListInvitationsInput,
  RevokeInvitationInput,
} from './organisations.contract.ts';
import { INVITATION_TTL_MS, MAX_OPEN_INVITATIONS, toInvitationView } from './organisations.rules.ts';

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

/** Counts an invitation by its sender first, so that who has spent that budget does not spend those of others. */
async function admitInvitation(call: Call, { email }: { readonly email: string }): Promise<void> {
  const { limiter } = call.ports;
  await spend(limiter, { rule: limitRules.invitations, subject: `user:${principalOf(call.actor).userId}` });
  await spend(limiter, { rule: limitRules.invitationMail, subject: accountKey(email) });
}
