import { v7 } from 'uuid';
import type { Database } from '../../../db/client.ts';
import { findOidcClient } from '../../../db/queries/oauth.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import type { Keyring } from './keyring.ts';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TOKEN_SECONDS = 120;
const DELIVERY_MS = 5_000;

/** That a session, which signed in at a site, has ended. */
export interface SiteSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly clientId: string;
}

export type LogOutSite = (ended: SiteSession) => Promise<{ delivered: boolean }>;

/**
 * Posts a logout token to a site (OpenID Connect Back-Channel Logout 1.0); a repetition gets a new token and is harmless.
 * False when the site is gone or takes none. Rejects with `server.unavailable` when it did not answer 2xx within 5 s.
 */
export function backChannelLogout(parts: {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly issuer: string;
  readonly clock: Clock;
}): LogOutSite {
  const { database, keyring, issuer, clock } = parts;
  return async ({ sessionId, userId, clientId }) => {
    const client = await withSystemScope(database, 'read', (scope) => findOidcClient(scope, clientId));
    const url = client?.logoutUri ?? null;
    if (url === null) return { delivered: false };
    const issuedAt = Math.floor(clock.now() / 1000);
    const claims = { iss: issuer, aud: clientId, sub: userId, sid: sessionId, jti: v7() };
    const times = { iat: issuedAt, exp: issuedAt + TOKEN_SECONDS };
    const token = await keyring.sign(
      { ...claims, ...times, events: { [LOGOUT_EVENT]: {} } },
      { typ: 'logout+jwt' },
    );
    await deliver(url, token);
    return { delivered: true };
  };
}

async function deliver(url: string, token: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
      redirect: 'error',
      signal: AbortSignal.timeout(DELIVERY_MS),
    });
    await response.body?.cancel();
  } catch (cause) {
    throw new Failure('server.unavailable', { cause });
  }
  if (!response.ok) {
    throw new Failure('server.unavailable', { cause: new Error(`the site answered ${response.status}`) });
  }
}
