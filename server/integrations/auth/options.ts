import type { Database } from '../../../db/client.ts';
import type { Logger } from '../../core/observe.ts';
import type { OidcClient } from './clients.ts';
import type { AuthMail, PasswordRule, ProviderKey } from './port.ts';

export interface AuthProviderOptions {
  readonly database: Database;
  /** The public URL, issuer of every token, without a trailing slash. */
  readonly baseUrl: string;
  /** Signs cookies and seals what is kept for a moment; at least 32 characters. */
  readonly secret: string;
  /** Exact origins that may call with a cookie, and that a link may lead back to. */
  readonly trustedOrigins: readonly string[];
  readonly cookie: { readonly secure: boolean; readonly domain: string | null };
  /** The domain passkeys are bound to: the one that all apps share. */
  readonly passkeyDomain: string;
  readonly sessionTtlMs: number;
  /** How long after a sign-in a passkey may be added. */
  readonly sessionFreshMs: number;
  readonly accessTokenTtlMs: number;
  /** The keys of our own access tokens: the provider signs with the same, and verifies without asking over HTTP. */
  keys(): Promise<readonly ProviderKey[]>;
  readonly mail: AuthMail;
  /** Whether one more mail may go to this address; asked where no door has counted it. */
  admitMail(email: string): Promise<boolean>;
  readonly passwordRule: PasswordRule;
  readonly google: { readonly clientId: string; readonly clientSecret: string } | null;
  readonly clients: readonly OidcClient[];
  readonly logger: Logger;
  /** Takes work that the answer need not wait for; must see to its failure. */
  background(work: Promise<unknown>): void;
}
