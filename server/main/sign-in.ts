import type { Database } from '../../db/client.ts';
import type { Logger } from '../core/observe.ts';
import { admitMail } from '../http/auth-limits.ts';
import type { AuthProvider } from '../integrations/auth/port.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import type { RunningIdentity } from '../modules/identity/create-identity.ts';
import type { WaitedMail } from '../modules/identity/held-mail.ts';
import { ACCESS_TOKEN_TTL_MS } from '../modules/identity/keyring.ts';
import { passwordRule } from '../modules/identity/password-rule.ts';
import { SESSION_FRESH_MS, SESSION_TTL_MS } from '../modules/identity/session-lifetimes.ts';
import { signInMail } from '../modules/identity/sign-in-mail.ts';
import type { Config } from './config.ts';
import { firstPartyClients } from './oidc-clients.ts';

export interface SignInParts {
  readonly config: Config;
  readonly database: Database;
  readonly identity: RunningIdentity;
  readonly publicUrl: string;
  readonly logger: Logger;
  readonly mail: WaitedMail;
  readonly limiter: RateLimiter;
  readonly onLateWork: ((work: Promise<void>) => void) | undefined;
}

/** The identity provider, loaded by the first request for it: its libraries stay off the way to a start. */
export function lazySignIn(parts: SignInParts): () => Promise<AuthProvider> {
  let loading: Promise<AuthProvider> | null = null;
  return () => {
    loading ??= load(parts).catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

async function load(parts: SignInParts): Promise<AuthProvider> {
  const { config, database, identity, publicUrl, logger } = parts;
  const { createBetterAuth } = await import('../integrations/auth/better-auth.ts');
  return createBetterAuth({
    database,
    baseUrl: publicUrl,
    secret: identity.cookieSecret,
    trustedOrigins: config.allowedOrigins,
    cookie: { secure: publicUrl.startsWith('https:'), domain: config.cookieDomain },
    passkeyDomain: config.cookieDomain?.slice(1) ?? new URL(publicUrl).hostname,
    sessionTtlMs: SESSION_TTL_MS,
    sessionFreshMs: SESSION_FRESH_MS,
    accessTokenTtlMs: ACCESS_TOKEN_TTL_MS,
    keys: () => identity.keyring.providerKeys(),
    mail: signInMail(parts.mail, publicUrl),
    admitMail: (email) => admitMail(parts.limiter, email),
    passwordRule,
    google: config.google,
    clients: [...firstPartyClients(config.allowedOrigins), ...config.oidcClients],
    logger,
    background: (work) => {
      const failed = (error: unknown) => logger.error({ err: error }, 'work after a sign-in answer failed');
      parts.onLateWork?.(work.then(() => {}, failed));
    },
  });
}
