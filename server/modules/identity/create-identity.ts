import { decodeJwt } from 'jose';
import type { Database } from '../../../db/client.ts';
import { findApiKey, findSession, notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { extendSession, findSessionId } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import type { Logger } from '../../core/observe.ts';
import { signAccessToken, type TokenClaims, verifyAccessToken } from './access-tokens.ts';
import { keyUses } from './api-key-uses.ts';
import { backChannelLogout } from './back-channel-logout.ts';
import type { Identity } from './identity.ts';
import { postgresKeyStore } from './key-store.ts';
import { Keyring } from './keyring.ts';
import { memberSessions } from './member-sessions.ts';
import { type SessionFacts, sessionOpeners } from './open-sessions.ts';
import { ownSessions } from './own-sessions.ts';
import { secretFor } from './seal.ts';
import { sessionCookie } from './session-cookie.ts';
import { SESSION_EXTEND_MS, SESSION_TTL_MS } from './session-lifetimes.ts';
import { SessionPrincipals } from './session-principals.ts';
import { acceptSupabase } from './supabase-accounts.ts';
import { type ExchangeSupabase, supabaseExchange } from './supabase-exchange.ts';
import { type SupabaseOptions, supabaseVerifier, type VerifySupabase } from './supabase-tokens.ts';

export interface IdentityOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The `iss` of our tokens: the public URL. */
  readonly issuer: string;
  /** Seals the signing keys in the database; cookies are signed with one derived from it. */
  readonly secret: string;
  /** The parent domain of the session cookie; null keeps it to this host. */
  readonly cookieDomain: string | null;
  readonly developmentSignIn: boolean;
  readonly supabase: SupabaseOptions | null;
}

/** Identity as a process runs it, with what the composition root must feed and may rotate. */
export interface RunningIdentity extends Identity {
  readonly sessions: SessionPrincipals;
  readonly keyring: Keyring;
  /** Gives a session of ours for a Supabase access token. */
  readonly exchangeSupabase: ExchangeSupabase;
  /** Signs the cookies; shared with the identity provider. */
  readonly cookieSecret: string;
}

/** Opens the keyring and wires tokens, cookies, sessions and principals. */
export async function createIdentity(options: IdentityOptions): Promise<RunningIdentity> {
  const { database, clock, issuer } = options;
  const keyring = new Keyring({ store: postgresKeyStore(database), secret: options.secret, clock });
  await keyring.open();
  const verifySupabase = options.supabase === null ? null : supabaseVerifier(options.supabase);
  const sessions = new SessionPrincipals({
    read: (sessionId) => withSystemScope(database, 'read', (scope) => findSession(scope, sessionId)),
    sessionIdOf: (token) => withSystemScope(database, 'read', (scope) => findSessionId(scope, token)),
    readKey: (keyId) => withSystemScope(database, 'read', (scope) => findApiKey(scope, keyId)),
    onKeyUsed: keyUses(options),
    clock,
    verify: tokenVerifier(options, { keyring, verifySupabase }),
  });
  const issue = (session: SessionFacts) => signAccessToken(keyring, issuer, session, clock);
  const cookieSecret = secretFor(options.secret, 'cookies');
  const secure = issuer.startsWith('https:');
  return {
    principals: sessions,
    sessions,
    keyring,
    cookieSecret,
    cookie: sessionCookie({
      secret: cookieSecret,
      secure,
      domain: options.cookieDomain,
      ttlMs: SESSION_TTL_MS,
    }),
    developmentSignIn: options.developmentSignIn,
    announce: (change) =>
      withSystemScope(database, 'write', (scope) => notifyPrincipalChange(scope, JSON.stringify(change))),
    jwks: () => keyring.jwks(),
    logOutSite: backChannelLogout({ database, keyring, issuer, clock }),
    exchangeSupabase: supabaseExchange({ database, clock, verify: verifySupabase, issue }),
    ...sessionOpeners({ database, clock, issue }),
    ...memberSessions({ database, sessions, issue }),
    ...ownSessions(database, sessions),
    async renew(principal) {
      const { sessionId: id, userId, orgId, app } = principal;
      const row = await sessions.session(id);
      if (row === undefined) return null;
      const extended = clock.now() + SESSION_TTL_MS;
      const isOwn = principal.kind === 'member' && row.impersonatorId === null;
      if (isOwn && row.expiresAt.getTime() < extended - SESSION_EXTEND_MS) {
        await withSystemScope(database, 'write', (scope) => extendSession(scope, id, new Date(extended)));
      }
      return issue({ id, userId, orgId, app });
    },
    async profile(principal) {
      const row =
        principal.kind === 'api-key'
          ? await sessions.key(principal.keyId)
          : await sessions.session(principal.sessionId);
      if (row === undefined) throw new Failure('auth.revoked');
      const { email, emailVerified, displayName, image: avatarUrl, organisationName } = row;
      return { user: { email, emailVerified, displayName, avatarUrl }, organisationName };
    },
  };
}

/** Own tokens by their issuer; everything else goes to Supabase when it is configured. */
function tokenVerifier(
  { issuer, clock, database }: IdentityOptions,
  by: { readonly keyring: Keyring; readonly verifySupabase: VerifySupabase | null },
): (token: string) => Promise<TokenClaims> {
  const { keyring, verifySupabase } = by;
  return async (token) => {
    if (verifySupabase === null || issuerOf(token) === issuer)
      return verifyAccessToken(keyring, issuer, token, clock);
    return acceptSupabase(database, await verifySupabase(token, clock));
  };
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw new Failure('auth.invalid-token', { cause: error });
  }
}
