import type { Principal } from '../core/actor.ts';
import { Failure } from '../core/failure.ts';
import type { PrincipalChange } from '../modules/identity/principals.ts';
import type { Connection } from './connection.ts';

/** Starts the clocks of a freshly resolved principal. Throws `auth.expired-token`. */
export function adopt(connection: Connection): void {
  const { principal, hub } = connection;
  if (principal === null) return;
  const now = hub.clock.now();
  if (principal.expiresAt <= now) throw new Failure('auth.expired-token');
  connection.nextRefreshAt = now + hub.limits.refreshMs;
}

/** Reads the principal's rights again while it is being resolved. Throws `auth.revoked`. */
export async function refreshed(connection: Connection): Promise<void> {
  const { principal, hub } = connection;
  if (principal === null) return;
  const fresh = await hub.options.principals.refresh(principal);
  if (fresh === null) throw new Failure('auth.revoked');
  connection.actor = fresh;
}

/** Whether a change names this principal: every id it gives must match. */
export function concerns(change: PrincipalChange, principal: Principal): boolean {
  const { sessionId, keyId, userId, orgId } = change;
  if (sessionId === undefined && keyId === undefined && userId === undefined && orgId === undefined)
    return false;
  return (
    (sessionId === undefined || (principal.kind !== 'api-key' && sessionId === principal.sessionId)) &&
    (keyId === undefined || (principal.kind === 'api-key' && keyId === principal.keyId)) &&
    (userId === undefined || userId === principal.userId) &&
    (orgId === undefined || orgId === principal.orgId)
  );
}

/** Acts on a revocation or change on one open socket. */
export function onPrincipalChange(connection: Connection, change: PrincipalChange): void {
  if (connection.phase === 'resolving') connection.stale = true;
  const { principal } = connection;
  if (principal === null || connection.phase !== 'open' || !concerns(change, principal)) return;
  if (change.kind === 'revoked') connection.close('unauthenticated', new Failure('auth.revoked'));
  else void refresh(connection, 'change');
}

/**
 * Re-reads the rights of an open socket. More rights or another tier: in place. Fewer rights or another organisation:
 * closed as resumable, so that every subscription is authorised again. Unknown after a change: closed (fails closed);
 * unknown at the routine re-read: kept until the next one, the token's expiry still holds.
 */
export async function refresh(connection: Connection, why: 'change' | 'routine'): Promise<void> {
  const { principal, hub } = connection;
  if (principal === null) return;
  if (connection.refreshing) {
    connection.stale ||= why === 'change';
    return;
  }
  connection.refreshing = true;
  connection.stale = false;
  connection.nextRefreshAt = hub.clock.now() + hub.limits.refreshMs;
  try {
    apply(connection, principal, await hub.options.principals.refresh(principal));
  } catch (error) {
    const { address, app } = connection;
    hub.options.logger.warn(
      { event: 'socket.refresh-failed', why, address, app, err: error },
      'rights unknown',
    );
    if (why === 'change')
      connection.close('unavailable', new Failure('server.unavailable', { cause: error }));
  } finally {
    connection.refreshing = false;
  }
  if (connection.stale && connection.phase === 'open') await refresh(connection, 'change');
}

function apply(connection: Connection, before: Principal, fresh: Principal | null): void {
  if (connection.phase !== 'open') return;
  if (fresh === null) {
    connection.close('unauthenticated', new Failure('auth.revoked'));
    return;
  }
  const lost = fresh.orgId !== before.orgId || [...before.scopes].some((scope) => !fresh.scopes.has(scope));
  if (lost)
    connection.close('rightsChanged', new Failure('auth.not-allowed', { message: 'Your rights changed.' }));
  else connection.actor = fresh;
}
