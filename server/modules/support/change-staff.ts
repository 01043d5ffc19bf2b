import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { endSessions } from '../../../db/queries/sessions.ts';
import { setStaff } from '../../../db/queries/staff.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { recordOperatorAct } from './operator-act.ts';

/**
 * Makes a person staff of the platform or ends that, in this transaction: with the right end the sessions in which they
 * act for others. Repeating it changes nothing. Returns the user id; null where no user has proved this e-mail.
 */
export async function changeStaff(
  scope: SystemScope,
  email: string,
  isStaff: boolean,
): Promise<string | null> {
  const outcome = await setStaff(scope, email.toLowerCase(), isStaff);
  if (outcome === null || !outcome.changed) return outcome?.userId ?? null;
  const { userId } = outcome;
  const ended = isStaff ? [] : await endSessions(scope, { impersonatorId: userId });
  await notifyPrincipalChange(scope, JSON.stringify({ kind: 'changed', userId }));
  const operation = isStaff ? 'support.grantStaff' : 'support.revokeStaff';
  await recordOperatorAct(scope, { userId, operation, ended: ended.length });
  return userId;
}
