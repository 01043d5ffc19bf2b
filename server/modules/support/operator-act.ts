import { firstOrganisationOf } from '../../../db/queries/accounts.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { recordSystemAudit } from '../../core/audit.ts';

/** Puts on record what an operator did to a person, with how many sessions it ended. Who is in no organisation has no chain. */
export async function recordOperatorAct(
  scope: SystemScope,
  {
    userId,
    operation,
    ended,
  }: { readonly userId: string; readonly operation: string; readonly ended: number },
): Promise<void> {
  const orgId = await firstOrganisationOf(scope, userId);
  if (orgId === null) return;
  await recordSystemAudit(
    scope,
    { name: 'operator' },
    { orgId, operation, subject: userId, detail: { ended } },
  );
}
