import type { Principal } from '../core/actor.ts';
import type { AuthRoutesOptions } from '../http/auth-routes.ts';
import type { OriginGuard } from '../http/origin-guard.ts';
import type { RunForPage } from '../http/pages/options.ts';
import type { RunningIdentity } from '../modules/identity/create-identity.ts';
import { SESSION_FRESH_MS } from '../modules/identity/session-lifetimes.ts';
import { siteLogout } from '../modules/identity/site-logout.ts';
import type { Config } from './config.ts';
import { lazySignIn, type SignInParts } from './sign-in.ts';

interface Parts extends SignInParts {
  readonly guard: OriginGuard;
  readonly run: RunForPage;
}

/** What the sign-in's doors need of identity. */
export function signInDoors(parts: Parts): AuthRoutesOptions {
  const { config, database, identity, publicUrl, logger, limiter, guard } = parts;
  const { keyring, sessions, cookie } = identity;
  const door = {
    provider: lazySignIn(parts),
    guard,
    sessionOf: (header: string | null) => cookie.read(header),
    limiter,
    logger,
    resource: publicUrl,
  };
  const stored = siteLogout({ database, keyring, sessions, issuer: publicUrl });
  // The provider stores the configured sites when it is loaded: a page may be the first that asks about one.
  const sites: typeof stored = {
    ...stored,
    siteName: async (clientId) => {
      await door.provider();
      return stored.siteName(clientId);
    },
    afterLogout: async (query) => {
      if (query.has('client_id')) await door.provider();
      return stored.afterLogout(query);
    },
  };
  const memberOf = async (header: string | undefined) => {
    const session = cookie.read(header);
    const actor = await identity.principals.resolve({ token: null, session, app: 'global' });
    return actor.kind === 'member' ? actor : null;
  };
  const clearedCookie = () => cookie.clear();
  return {
    door,
    jwks: () => identity.jwks(),
    supabase: {
      exchange: identity.exchangeSupabase,
      guard,
      limiter,
      writeCookie: (token) => cookie.write(token),
    },
    endSession: {
      verifyHint: (idToken) => sites.verifyHint(idToken),
      sessionIdOf: async (header) => (await memberOf(header))?.sessionId ?? null,
      end: (hint, requestId) => sites.end(hint, requestId),
      afterLogout: (query) => sites.afterLogout(query),
      clearedCookie,
    },
    pages: {
      auth: door,
      guard,
      origin: new URL(publicUrl).origin,
      formTargets: formTargets(config),
      google: config.google !== null,
      sessionFreshMs: SESSION_FRESH_MS,
      run: parts.run,
      person: async (header) => {
        const member = await memberOf(header);
        return member === null ? null : personOf(identity, member);
      },
      signOut: async (header, requestId) => {
        const member = await memberOf(header);
        if (member !== null) await identity.signOut(member, { app: 'global', requestId });
      },
      clearedCookie,
      siteName: (clientId) => sites.siteName(clientId),
      afterLogout: (query) => sites.afterLogout(query),
    },
  };
}

async function personOf(identity: RunningIdentity, member: Principal) {
  const { email, displayName } = (await identity.profile(member)).user;
  return { email, displayName };
}

/** Browsers hold the redirects after a form to the same list as the form itself. */
function formTargets(config: Config): string[] {
  const sites = config.oidcClients.flatMap(({ redirectUris, postLogoutRedirectUris }) => [
    ...redirectUris,
    ...postLogoutRedirectUris,
  ]);
  return [...new Set([...config.allowedOrigins, ...sites.map((uri) => new URL(uri).origin)])];
}
