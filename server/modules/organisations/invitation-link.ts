import type { Id } from '../../core/ids.ts';
import type { Ports } from '../../core/ports.ts';
import { invitationToken } from './organisations.rules.ts';

/** The link of an invitation and the token in it; made again from the ids whenever it is sent. */
export function invitationLink(
  ports: Pick<Ports, 'linkTokens' | 'invitationPage'>,
  invitation: { readonly orgId: Id<'organisation'>; readonly id: Id<'invitation'> },
): { readonly token: string; readonly url: string } {
  const proof = ports.linkTokens.make('invitation', [invitation.orgId, invitation.id]);
  const token = invitationToken(invitation, proof);
  return { token, url: `${ports.invitationPage}?token=${token}` };
}
