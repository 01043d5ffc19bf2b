import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { endSessions } from '../../../db/queries/sessions.ts';
import { setPersonSuspended } from '../../../db/queries/staff.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { recordOperatorAct } from './operator-act.ts';

/**
 * Suspends a person or ends that, in this transaction: their sessions in every organisation end with their tokens and
 * sockets, their keys rest, and nobody signs in as them. Repeating it changes nothing. Returns the user id; null for
 * an unknown e-mail.
 */
export async function changePersonSuspension(
  scope: SystemScope,
  email: string,
  isSuspended: boolean,
): Promise<string | null> {
  const outcome = await setPersonSuspended(scope, { email: email.toLowerCase() }, isSuspended);
  if (outcome === null || !outcome.changed) return outcome?.userId ?? null;
  const { userId } = outcome;
  const ended = isSuspended ? await endSessions(scope, { userId }) : [];
  const kind = isSuspended ? 'revoked' : 'changed';
  await notifyPrincipalChange(scope, JSON.stringify({ kind, userId }));
  const operation = isSuspended ? 'support.suspendPerson' : 'support.restorePerson';
  await recordOperatorAct(scope, { userId, operation, ended: ended.length });
  return userId;
}
