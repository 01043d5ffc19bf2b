import { APIError } from 'better-auth';
import { homeOf, storeHomeOrganisation } from '../../../db/queries/accounts.ts';
import { lockLiveSession } from '../../../db/queries/sessions.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { newId } from '../../core/ids.ts';
import { requireUsedOnce } from './reused-codes.ts';

/** Links in mail and Google may make a person without a name: then they are called as their mailbox, until they say otherwise. */
export function withName<T extends object>(user: T): T {
  const { name, email } = user as { name?: string; email?: string };
  return name?.trim() ? user : { ...user, name: email?.split('@')[0]?.slice(0, 120) || 'Personal' };
}

/** A person's own organisation and their membership as its owner, in the transaction that stores the person. */
export async function storeHome(scope: SystemScope, user: object): Promise<void> {
  const { id, name } = user as { id: string; name: string };
  await storeHomeOrganisation(scope, { orgId: newId('organisation'), userId: id, name });
}

/** The session's row with the organisation it opens in. Refuses people who are suspended, or belong to none. */
export async function prepareSession<T extends object>(scope: SystemScope, session: T): Promise<T> {
  const { userId } = session as { userId?: string };
  const home = userId === undefined ? null : await homeOf(scope, userId);
  if (home === null)
    throw new APIError('FORBIDDEN', { code: 'ACCOUNT_SUSPENDED', message: 'This account is suspended.' });
  return { ...session, orgId: home };
}

/** A refresh token is stored only for a code used once, and while its session lives; whoever ends the session at this moment waits, and then revokes it. */
export async function admitRefreshToken(scope: SystemScope, token: object): Promise<void> {
  const { sessionId, authorizationCodeId } = token as { sessionId?: string; authorizationCodeId?: string };
  await requireUsedOnce(scope, authorizationCodeId);
  if (sessionId === undefined || (await lockLiveSession(scope, sessionId))) return;
  throw new APIError('BAD_REQUEST', { error: 'invalid_grant', error_description: 'the session has ended' });
}
