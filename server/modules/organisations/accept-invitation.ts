import type { InvitationRow } from '../../../db/queries/invitations.ts';
import {
  findInvitationByToken,
  lockInvitationByToken,
  markAccepted,
} from '../../../db/queries/invitations.ts';
import {
  findMember,
  findOrganisation,
  findVerifiedEmail,
  insertMembership,
} from '../../../db/queries/organisations.ts';
import { memberOf } from '../../core/authorise.ts';
import type { ScopedCall, UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { hashToken } from '../../core/link-tokens.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { inOrganisation, openScope } from '../../core/scoped.ts';
import { roleOf } from '../identity/session-principal.ts';
import { InvitationTokenInput, OfferView, OrganisationView } from './organisations.contract.ts';
import { parseInvitationToken, requireAcceptable, toOrganisationView } from './organisations.rules.ts';

/** What an invitation offers to the caller's own, verified address. */
export const getInvitation = unscopedOperation(
  {
    name: 'organisations.getInvitation',
    summary:
      'What the invitation of this token offers you: organisation and role. Fails as accepting it would.',
    kind: 'query',
    needs: 'membership:write',
    input: InvitationTokenInput,
    output: OfferView,
  },
  (call, { token }) =>
    atInvitation(call, token, { name: 'organisations.getInvitation', access: 'read' }, async (there) => {
      const { scope, invitation, userId } = there;
      const organisation = await findOrganisation(scope);
      if (organisation === null) throw new Failure('organisation.not-found');
      if ((await findMember(scope, userId)) !== null) throw new Failure('member.exists');
      return {
        organisationName: organisation.name,
        role: roleOf(invitation.role),
        expiresAt: invitation.expiresAt.toISOString(),
      };
    }),
);

/** Joins the organisation of an invitation to the caller's own, verified address; the session stays where it is. */
export const acceptInvitation = unscopedOperation(
  {
    name: 'organisations.acceptInvitation',
    summary: 'Joins the organisation that invited your e-mail address.',
    kind: 'mutation',
    needs: 'membership:write',
    input: InvitationTokenInput,
    output: OrganisationView,
  },
  (call, { token }) =>
    atInvitation(call, token, { name: 'organisations.acceptInvitation', access: 'write' }, async (there) => {
      const { scope, invitation, userId } = there;
      if (!(await insertMembership(scope, { userId, role: invitation.role })))
        throw new Failure('member.exists');
      await markAccepted(scope, invitation.id, userId);
      there.audit(invitation.id, { userId, role: invitation.role });
      const [organisation, joined] = await Promise.all([findOrganisation(scope), findMember(scope, userId)]);
      if (organisation === null || joined === null) throw new Failure('organisation.not-found');
      return toOrganisationView({ ...organisation, role: joined.role }, memberOf(call.actor));
    }),
);

interface There extends ScopedCall {
  readonly invitation: InvitationRow;
  readonly userId: string;
}

/** Runs `body` in the organisation of an invitation that the caller may accept; throws why they may not. */
async function atInvitation<T>(
  call: UnscopedCall,
  token: string,
  act: { readonly name: string; readonly access: 'read' | 'write' },
  body: (there: There) => Promise<T>,
): Promise<T> {
  const { userId } = memberOf(call.actor);
  const named = parseInvitationToken(token);
  if (named === null) throw new Failure('invitation.not-found');
  const email = await call.inScope('read', ({ scope }) => findVerifiedEmail(scope, userId));
  // The token's own organisation; only the hash of the whole token proves that there is anything to do there.
  const there = inOrganisation(call, named.orgId);
  return openScope(there, act.name, act.access, async (scoped) => {
    const find = act.access === 'write' ? lockInvitationByToken : findInvitationByToken;
    const invitation = await find(scoped.scope, { id: named.id, tokenHash: hashToken(token) });
    if (invitation === null) throw new Failure('invitation.not-found');
    requireAcceptable(invitation, { email, now: call.ports.clock.now() });
    return body({ ...scoped, invitation, userId });
  });
}
