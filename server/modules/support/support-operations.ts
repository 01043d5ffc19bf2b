import type { z } from 'zod';
import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { setSuspended } from '../../../db/queries/organisations.ts';
import { endSessions } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { recordAudit } from '../../core/audit.ts';
import { memberOf } from '../../core/authorise.ts';
import type { Call } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import {
  ImpersonateInput,
  ImpersonationView,
  OrganisationSuspension,
  SuspendOrganisationInput,
} from './support.contract.ts';

/**
 * A session as a member, for at most an hour. Everything asked in it is on record with both identities; it cannot
 * touch memberships, ownership, keys, or a person's or organisation's data, and is ended like any session.
 */
export const impersonate = unscopedOperation(
  {
    name: 'support.impersonate',
    summary: 'Acts as a member, with a reason and for a limited time; staff only.',
    kind: 'mutation',
    needs: 'support:write',
    input: ImpersonateInput,
    output: ImpersonationView,
  },
  async (call, input) => {
    const until = new Date(call.ports.clock.now() + input.minutes * 60_000);
    const session = await call.ports.identity.impersonate(
      { orgId: input.organisationId as `org_${string}`, userId: input.userId as `usr_${string}` },
      { staff: memberOf(call.actor), reason: input.reason, until },
      call,
    );
    if (session === null) throw new Failure('support.not-found');
    return {
      accessToken: session.accessToken,
      sessionId: session.sessionId,
      endsAt: until.toISOString(),
    };
  },
);

/** Ends all sessions in an organisation, with their tokens and sockets, within 1 s, and rests its keys; its data stay. */
export const suspendOrganisation = unscopedOperation(
  {
    name: 'support.suspendOrganisation',
    summary: 'Suspends an organisation; staff only.',
    kind: 'mutation',
    needs: 'support:write',
    input: SuspendOrganisationInput,
    output: OrganisationSuspension,
  },
  (call, input) => changeSuspension(call, input, true),
);

/** Gives an organisation its access back: members sign in again, its keys go on. */
export const unsuspendOrganisation = unscopedOperation(
  {
    name: 'support.unsuspendOrganisation',
    summary: 'Ends the suspension of an organisation; staff only.',
    kind: 'mutation',
    needs: 'support:write',
    input: SuspendOrganisationInput,
    output: OrganisationSuspension,
  },
  (call, input) => changeSuspension(call, input, false),
);

/** Repeating it changes nothing; an unknown organisation is told. */
async function changeSuspension(
  call: Call,
  input: z.output<typeof SuspendOrganisationInput>,
  isSuspended: boolean,
): Promise<z.output<typeof OrganisationSuspension>> {
  const { organisationId: orgId, reason } = input;
  const operation = isSuspended ? 'support.suspendOrganisation' : 'support.unsuspendOrganisation';
  await withSystemScope(call.ports.database, 'write', async (scope) => {
    const outcome = await setSuspended(scope, orgId, isSuspended);
    if (outcome === 'unknown') throw new Failure('organisation.not-found');
    if (outcome === 'unchanged') return;
    if (isSuspended) await endSessions(scope, { orgId });
    await recordAudit(scope, call, { orgId, operation, subject: orgId, detail: { reason } });
    const kind = isSuspended ? 'revoked' : 'changed';
    await notifyPrincipalChange(scope, JSON.stringify({ kind, orgId }));
  });
  return { organisationId: orgId, isSuspended };
}
