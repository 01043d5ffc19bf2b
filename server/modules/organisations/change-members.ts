import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import {
  endMembership,
  findMember,
  listMembers as listRows,
  lockOrganisation,
  type MemberRow,
  setRole,
} from '../../../db/queries/organisations.ts';
import { memberOf, principalOf } from '../../core/authorise.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { operation, unscopedOperation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import type { PrincipalChange } from '../identity/principals.ts';
import {
  ChangeRoleInput,
  ListMembersInput,
  MemberPage,
  MemberRemoved,
  MemberView,
  NoInput,
  OrganisationLeft,
  RemoveMemberInput,
  TransferOwnershipInput,
} from './organisations.contract.ts';
import { requireNotOwner, toMemberView } from './organisations.rules.ts';

/** The members of the organisation, who joined first first. */
export const listMembers = operation(
  {
    name: 'organisations.listMembers',
    summary: 'The members of your organisation.',
    kind: 'query',
    needs: 'member:read',
    input: ListMembersInput,
    output: MemberPage,
  },
  async (call, input) => {
    const rows = await listRows(call.scope, {
      cursor: instantCursor(input.cursor),
      limit: input.limit + 1,
    });
    const page = pageOf(rows, input.limit, (row) => [row.createdAt.toISOString(), row.userId]);
    return { ...page, items: page.items.map(toMemberView) };
  },
);

/** Gives a member another role, in force everywhere within 1 s. The owner's changes by transfer only. */
export const changeRole = operation(
  {
    name: 'organisations.changeRole',
    summary: 'Gives a member another role.',
    kind: 'mutation',
    needs: 'member:write',
    input: ChangeRoleInput,
    output: MemberView,
  },
  async (call, { userId, role }) => {
    const member = await lockedMember(call, userId);
    requireNotOwner(member);
    await setRole(call.scope, userId, role);
    await announce(call, { kind: 'changed', orgId: call.scope.orgId, userId });
    call.audit(userId, { from: member.role, to: role });
    return toMemberView({ ...member, role });
  },
);

/**
 * Ends a membership with the person's sockets and API keys in the organisation; not the owner's. The person stays signed
 * in, in another organisation of theirs; who has none is signed out everywhere.
 */
export const removeMember = operation(
  {
    name: 'organisations.removeMember',
    summary: 'Removes a member; their access to your organisation ends at once.',
    kind: 'mutation',
    needs: 'member:write',
    input: RemoveMemberInput,
    output: MemberRemoved,
  },
  async (call, { userId }) => {
    const member = await lockedMember(call, userId);
    requireNotOwner(member);
    await endMembership(call.scope, userId);
    call.audit(userId, { role: member.role });
    return { userId, removed: true as const };
  },
);

/** Ends the caller's own membership as a removal does; the session goes on elsewhere, for which the token is. Owners transfer first. */
export const leaveOrganisation = unscopedOperation(
  {
    name: 'organisations.leave',
    summary: 'Leaves the organisation you work in.',
    kind: 'mutation',
    needs: 'membership:write',
    input: NoInput,
    output: OrganisationLeft,
  },
  async (call) => {
    const member = memberOf(call.actor);
    const next = await call.inScope('write', async (scoped) => {
      const { role } = await lockedMember(scoped, member.userId);
      requireNotOwner({ role });
      scoped.audit(member.userId, { role });
      return endMembership(scoped.scope, member.userId);
    });
    // The session is there already; this is its token.
    const { identity } = call.ports;
    const token =
      next === null ? null : await identity.switchOrganisation(member, next as `org_${string}`, call);
    return { left: true as const, accessToken: token?.accessToken ?? null };
  },
);

/** Makes another member the owner and the caller an admin, in one step: there is always exactly one owner. */
export const transferOwnership = operation(
  {
    name: 'organisations.transferOwnership',
    summary: 'Makes another member the owner; you become an admin.',
    kind: 'mutation',
    needs: 'organisation:transfer',
    input: TransferOwnershipInput,
    output: MemberView,
  },
  async (call, { userId }) => {
    const owner = principalOf(call.actor);
    const next = await lockedMember(call, userId);
    // Under the lock: of two transfers at once the second finds that the caller is the owner no more.
    if ((await memberHere(call, owner.userId)).role !== 'owner') throw new Failure('auth.not-allowed');
    requireNotOwner(next);
    await setRole(call.scope, owner.userId, 'admin');
    await setRole(call.scope, userId, 'owner');
    await announce(call, { kind: 'changed', orgId: owner.orgId, userId: owner.userId });
    await announce(call, { kind: 'changed', orgId: owner.orgId, userId });
    call.audit(userId, { from: owner.userId });
    return toMemberView({ ...next, role: 'owner' });
  },
);

async function memberHere(call: ScopedCall, userId: string): Promise<MemberRow> {
  const member = await findMember(call.scope, userId);
  if (member === null) throw new Failure('member.not-found');
  return member;
}

/** A member, with all changes of members held back until this one is done. */
async function lockedMember(call: ScopedCall, userId: string): Promise<MemberRow> {
  if ((await lockOrganisation(call.scope)) === null) throw new Failure('organisation.not-found');
  return memberHere(call, userId);
}

/** At commit, to every process. */
function announce(call: ScopedCall, change: PrincipalChange): Promise<void> {
  return notifyPrincipalChange(call.scope, JSON.stringify(change));
}
