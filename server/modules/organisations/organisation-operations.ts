import { createHash } from 'node:crypto';
import {
  findMember,
  findOrganisation,
  insertOrganisation,
  listOrganisationsOf,
  renameOrganisation as renameRow,
} from '../../../db/queries/organisations.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Principal } from '../../core/actor.ts';
import { memberOf, principalOf } from '../../core/authorise.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { answerOnce } from '../../core/idempotency.ts';
import { type Id, newId } from '../../core/ids.ts';
import { operation, unscopedOperation } from '../../core/operation.ts';
import { inOrganisation, openScope } from '../../core/scoped.ts';
import { limitRules } from '../../integrations/limits/rules.ts';
import { spend } from '../../integrations/limits/spend.ts';
import { AccessTokenView } from '../identity/identity.contract.ts';
import {
  CreateOrganisationInput,
  NoInput,
  OrganisationList,
  OrganisationView,
  RenameOrganisationInput,
  SwitchOrganisationInput,
} from './organisations.contract.ts';
import { toOrganisationView } from './organisations.rules.ts';

/** Every organisation of the person behind the session, whichever is active. */
export const listOrganisations = unscopedOperation(
  {
    name: 'organisations.list',
    summary: 'The organisations you are a member of.',
    kind: 'query',
    needs: 'membership:read',
    input: NoInput,
    output: OrganisationList,
  },
  async (call) => {
    const member = memberOf(call.actor);
    const rows = await withSystemScope(call.ports.database, 'read', (scope) =>
      listOrganisationsOf(scope, member.userId),
    );
    return { items: rows.map((row) => toOrganisationView(row, member)) };
  },
);

/** The organisation the call works in. */
export const getOrganisation = operation(
  {
    name: 'organisations.get',
    summary: 'The organisation you work in now.',
    kind: 'query',
    needs: 'organisation:read',
    input: NoInput,
    output: OrganisationView,
  },
  (call) => activeOrganisation(call, principalOf(call.actor)),
);

const creation = {
  name: 'organisations.create',
  summary: 'Creates an organisation that you own.',
  kind: 'mutation',
  needs: 'membership:write',
  input: CreateOrganisationInput,
  output: OrganisationView,
} as const;

/**
 * Makes a team of which the caller is the owner; the session stays where it is. Limited by person. The organisation of
 * an idempotency key is made once: its id follows from the key, whose row is in it.
 */
export const createOrganisation = unscopedOperation(creation, async (call, input) => {
  const { idempotencyKey: key } = call;
  const { userId, orgId: active } = memberOf(call.actor);
  const subject = `user:${userId}`;
  await spend(call.ports.limiter, { rule: limitRules.newOrganisations, subject });
  const there = inOrganisation(call, key === null ? newId('organisation') : idOfKey(userId, key));
  return openScope(there, creation.name, 'write', async (scoped) => {
    const isNew = await insertOrganisation(scoped.scope, { name: input.name, ownerId: userId });
    const act = async () => {
      if (!isNew) throw new Failure('idempotency.conflict'); // a key of long ago
      scoped.audit(scoped.scope.orgId);
      const view = await activeOrganisation(scoped, principalOf(scoped.actor));
      return { ...view, isActive: view.id === active };
    };
    return key === null ? act() : answerOnce(scoped, creation, { key, input }, act);
  });
});

function idOfKey(userId: string, key: string): Id<'organisation'> {
  const digest = createHash('sha256').update(`${creation.name} ${userId} ${key}`).digest('hex');
  return `org_${digest.slice(0, 32)}`;
}

/** Gives the organisation another name. */
export const renameOrganisation = operation(
  {
    name: 'organisations.rename',
    summary: 'Gives your organisation another name.',
    kind: 'mutation',
    needs: 'organisation:write',
    input: RenameOrganisationInput,
    output: OrganisationView,
  },
  async (call, { name }) => {
    const principal = principalOf(call.actor);
    await renameRow(call.scope, name);
    call.audit(principal.orgId);
    call.afterCommit(() => call.ports.identity.announce({ kind: 'changed', orgId: principal.orgId }));
    return activeOrganisation(call, principal);
  },
);

/** Puts the session into another organisation of the person; open sockets of the session connect again. */
export const switchOrganisation = unscopedOperation(
  {
    name: 'organisations.switch',
    summary: 'Works in another of your organisations from now on; use the new token.',
    kind: 'mutation',
    needs: 'membership:write',
    input: SwitchOrganisationInput,
    output: AccessTokenView,
  },
  async (call, { organisationId }) => {
    const orgId = organisationId as `org_${string}`;
    const token = await call.ports.identity.switchOrganisation(memberOf(call.actor), orgId, call);
    if (token === null) throw new Failure('organisation.not-found');
    return { accessToken: token.accessToken, expiresAt: new Date(token.expiresAt).toISOString() };
  },
);

async function activeOrganisation(call: ScopedCall, principal: Principal): Promise<OrganisationView> {
  const [row, member] = await Promise.all([
    findOrganisation(call.scope),
    findMember(call.scope, principal.userId),
  ]);
  if (row === null || member === null) throw new Failure('organisation.not-found');
  return toOrganisationView({ ...row, role: member.role }, principal);
}
