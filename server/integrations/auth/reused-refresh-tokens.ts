import type { Where } from 'better-auth';
import { outdateTokensOf } from '../../../db/queries/oauth.ts';
import { lockLiveSession } from '../../../db/queries/sessions.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { recordAct } from './acts.ts';

/*
 * A refresh token that comes again after its grace is in two hands. The library deletes those that the person has at the
 * site; here the access tokens that the sessions of these have by then are refused too.
 */

/** Acts on a reuse, which the library tells by the deletion of all that a person has at a site. */
export async function refuseReusedRefresh(scope: SystemScope, model: string, where: Where[]): Promise<void> {
  const userId = where.find(({ field }) => field === 'userId')?.value;
  const clientId = where.find(({ field }) => field === 'clientId')?.value;
  if (model !== 'oauthRefreshToken' || typeof userId !== 'string' || typeof clientId !== 'string') return;
  for (const { sessionId, orgId } of await outdateTokensOf(scope, { userId, clientId }))
    await recordAct(scope, {
      operation: 'identity.refuseRefresh',
      userId,
      orgId,
      subject: sessionId,
      detail: { clientId },
    });
}

/** The refresh token, unless its session has ended: that one is used late, not stolen, and costs no other session its tokens. */
export async function refreshTokenOf<T>(scope: SystemScope, row: T | null): Promise<T | null> {
  const { sessionId } = (row ?? {}) as { sessionId?: string | null }; // a column of the table
  return typeof sessionId !== 'string' || (await lockLiveSession(scope, sessionId)) ? row : null;
}
