import { mutation, query, router } from '../../rpc/trpc.ts';
import { acceptInvitation, getInvitation } from './accept-invitation.ts';
import {
  changeRole,
  leaveOrganisation,
  listMembers,
  removeMember,
  transferOwnership,
} from './change-members.ts';
import { inviteMember, listInvitations, revokeInvitation } from './invitations.ts';
import {
  createOrganisation,
  getOrganisation,
  listOrganisations,
  renameOrganisation,
  switchOrganisation,
} from './organisation-operations.ts';

export const organisationsRouter = router({
  list: query(listOrganisations),
  get: query(getOrganisation),
  create: mutation(createOrganisation),
  rename: mutation(renameOrganisation),
  switch: mutation(switchOrganisation),
  leave: mutation(leaveOrganisation),
  listMembers: query(listMembers),
  changeRole: mutation(changeRole),
  removeMember: mutation(removeMember),
  transferOwnership: mutation(transferOwnership),
  invite: mutation(inviteMember),
  listInvitations: query(listInvitations),
  revokeInvitation: mutation(revokeInvitation),
  getInvitation: query(getInvitation),
  acceptInvitation: mutation(acceptInvitation),
});
