import { z } from 'zod';
import { roles } from '../../core/actor.ts';
import { idPattern } from '../../core/ids.ts';
import { PageInput } from '../../core/page.ts';
import { tiers } from '../../core/tiers.ts';

export const OrganisationId = z.string().regex(idPattern('organisation'), 'must be an organisation id');
export const UserId = z.string().regex(idPattern('user'), 'must be a user id');
const InvitationId = z.string().regex(idPattern('invitation'), 'must be an invitation id');
const Name = z.string().trim().min(1).max(120);
/** Ownership is transferred, never given. */
const assignableRoles = ['admin', 'manager', 'rep', 'viewer'] as const;

export const NoInput = z.object({}).optional();

export const OrganisationView = z
  .object({
    id: z.string(),
    kind: z
      .enum(['personal', 'team'])
      .describe('`personal`: the one everybody has; one member, ends with the account.'),
    name: z.string(),
    tier: z.enum(tiers),
    role: z.enum(roles).describe('Your role in it.'),
    isActive: z.boolean().describe('Whether this session works in it now.'),
    isSuspended: z.boolean(),
  })
  .meta({ id: 'Organisation' });
export type OrganisationView = z.output<typeof OrganisationView>;
export const OrganisationList = z
  .object({ items: z.array(OrganisationView) })
  .meta({ id: 'OrganisationList' });

export const CreateOrganisationInput = z.object({ name: Name });
export const RenameOrganisationInput = z.object({ name: Name });
export const SwitchOrganisationInput = z.object({ organisationId: OrganisationId });

export const MemberView = z
  .object({
    userId: z.string(),
    displayName: z.string(),
    email: z.string().nullable(),
    role: z.enum(roles),
    joinedAt: z.iso.datetime(),
  })
  .meta({ id: 'Member' });
export type MemberView = z.output<typeof MemberView>;
export const ListMembersInput = PageInput.prefault({});
export const MemberPage = z
  .object({ items: z.array(MemberView), nextCursor: z.string().nullable() })
  .meta({ id: 'MemberPage' });

export const ChangeRoleInput = z.object({ userId: UserId, role: z.enum(assignableRoles) });
export const RemoveMemberInput = z.object({ userId: UserId });
export const MemberRemoved = z
  .object({ userId: z.string(), removed: z.literal(true) })
  .meta({ id: 'MemberRemoved' });
export const TransferOwnershipInput = z.object({
  userId: UserId.describe('A member; you become an admin.'),
});
export const OrganisationLeft = z
  .object({
    left: z.literal(true),
    accessToken: z
      .string()
      .nullable()
      .describe(
        'For this session in another organisation of yours, the personal one first; null when you have none and are signed out.',
      ),
  })
  .meta({ id: 'OrganisationLeft' });

export const InviteMemberInput = z.object({
  email: z.email().max(200),
  role: z.enum(assignableRoles).default('rep'),
});
export const InvitationView = z
  .object({
    id: z.string(),
    email: z.string(),
    role: z.enum(roles),
    invitedBy: z.string().describe('User id.'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });
export type InvitationView = z.output<typeof InvitationView>;
export const ListInvitationsInput = PageInput.prefault({});
export const InvitationPage = z
  .object({ items: z.array(InvitationView), nextCursor: z.string().nullable() })
  .meta({ id: 'InvitationPage' });
export const RevokeInvitationInput = z.object({ id: InvitationId });
export const InvitationRevoked = z
  .object({ id: z.string(), revoked: z.literal(true) })
  .meta({ id: 'InvitationRevoked' });
export const InvitationTokenInput = z.object({
  token: z.string().min(1).max(200).describe('From the link in the e-mail.'),
});
export const OfferView = z
  .object({ organisationName: z.string(), role: z.enum(roles), expiresAt: z.iso.datetime() })
  .meta({ id: 'InvitationOffer' });
