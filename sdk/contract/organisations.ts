// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { Tier } from './platform.ts';

export interface ChangeRoleInput {
  userId: UserId;
  role: 'admin' | 'manager' | 'rep' | 'viewer';
}

export interface CreateOrganisationInput {
  /** From 1 to 120 characters. */
  name: string;
}

export interface Invitation {
  id: string;
  email: string;
  role: 'owner' | 'admin' | 'manager' | 'rep' | 'viewer';
  /** User id. */
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
}

export interface InvitationOffer {
  organisationName: string;
  role: 'owner' | 'admin' | 'manager' | 'rep' | 'viewer';
  expiresAt: string;
}

export interface InvitationPage {
  items: Invitation[];
  nextCursor: string | null;
}

export interface InvitationRevoked {
  id: string;
  revoked: true;
}

export interface InvitationTokenInput {
  /** From the link in the e-mail. From 1 to 200 characters. */
  token: string;
}

export interface InviteMemberInput {
  /** At most 200 characters. */
  email: string;
  /** Default: "rep". */
  role?: 'admin' | 'manager' | 'rep' | 'viewer';
}

export type ListInvitationsInput =
  | {
    /** The `nextCursor` of the page before. At most 200 characters. */
    cursor?: string;
    /** From 1 to 100. Default: 25. */
    limit?: number;
  }
  | undefined;

export type ListMembersInput =
  | {
    /** The `nextCursor` of the page before. At most 200 characters. */
    cursor?: string;
    /** From 1 to 100. Default: 25. */
    limit?: number;
  }
  | undefined;

export interface Member {
  userId: string;
  displayName: string;
  email: string | null;
  role: 'owner' | 'admin' | 'manager' | 'rep' | 'viewer';
  joinedAt: string;
}

export interface MemberPage {
  items: Member[];
  nextCursor: string | null;
}

export interface MemberRemoved {
  userId: string;
  removed: true;
}

export type NoInput = Record<string, never> | undefined;

export interface Organisation {
  id: string;
  /** `personal`: the one everybody has; one member, ends with the account. */
  kind: 'personal' | 'team';
  name: string;
  tier: Tier;
  /** Your role in it. */
  role: 'owner' | 'admin' | 'manager' | 'rep' | 'viewer';
  /** Whether this session works in it now. */
  isActive: boolean;
  isSuspended: boolean;
}

export type OrganisationId = string;

export interface OrganisationLeft {
  left: true;
  /** For this session in another organisation of yours, the personal one first; null when you have none and are signed out. */
  accessToken: string | null;
}

export interface OrganisationList {
  items: Organisation[];
}

export interface RemoveMemberInput {
  userId: UserId;
}

export interface RenameOrganisationInput {
  /** From 1 to 120 characters. */
  name: string;
}

export interface RevokeInvitationInput {
  id: string;
}

export interface SwitchOrganisationInput {
  organisationId: OrganisationId;
}

export interface TransferOwnershipInput {
  /** A member; you become an admin. */
  userId: UserId;
}

export type UserId = string;
