import { z } from 'zod';
import { findInvitation } from '../../../db/queries/invitations.ts';
import { findOrganisation } from '../../../db/queries/organisations.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { invitationLink } from './invitation-link.ts';

/** Mails an invitation that is still open. For jobs: repeating it sends the same link again. */
export const sendInvitation = unscopedOperation(
  {
    name: 'organisations.sendInvitation',
    summary: 'Mails an invitation.',
    kind: 'mutation',
    needs: 'member:write',
    input: z.object({ invitationId: z.string() }),
    output: z.object({ invitationId: z.string(), sent: z.boolean() }),
  },
  async (call, { invitationId }) => {
    const { invitation, organisation } = await call.inScope('read', async ({ scope }) => ({
      invitation: await findInvitation(scope, invitationId),
      organisation: await findOrganisation(scope),
    }));
    if (invitation === null || organisation === null) return { invitationId, sent: false };
    if (invitation.acceptedAt !== null || invitation.revokedAt !== null) return { invitationId, sent: false };
    const { url } = invitationLink(call.ports, {
      orgId: invitation.orgId as `org_${string}`,
      id: invitation.id as `inv_${string}`,
    });
    await call.ports.email.send({
      id: `invitation:${invitation.id}`,
      to: invitation.email,
      subject: `You are invited to ${organisation.name} on RepSpheres`,
      text: [
        `You are invited to join ${organisation.name} on RepSpheres as ${invitation.role}.`,
        `Open this link, signed in with this e-mail address, before ${invitation.expiresAt.toUTCString()}:`,
        url,
        'If you did not expect this, ignore it: nothing happens without you.',
      ].join('\n\n'),
    });
    return { invitationId, sent: true };
  },
);
