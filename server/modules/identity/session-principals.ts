import { LRUCache } from 'lru-cache';
import type { ApiKeyRow, SessionRow } from '../../../db/queries/identity.ts';
import type { Actor, Principal } from '../../core/actor.ts';
import type { AppId } from '../../core/apps.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { type TokenClaims, tokenKey } from './access-tokens.ts';
import { AnnouncementTrust } from './announcement-trust.ts';
import { isApiKey, keyPrincipal, matchesSecret, parseApiKey, planHasKeys } from './api-key-tokens.ts';
import type { Credential, PrincipalChange, Principals } from './principals.ts';
import { RightsCache } from './rights-cache.ts';
import { isOutdated, sessionPrincipal } from './session-principal.ts';

const MAX_CACHED = 20_000;

/** Proves a token; throws `auth.expired-token`, `auth.invalid-token` or `server.unavailable`. */
export type TokenVerifier = (token: string) => Promise<TokenClaims>;

export interface SessionPrincipalsOptions {
  /** The row of a live session as it is now; null when it is gone. */
  readonly read: (sessionId: string) => Promise<SessionRow | null>;
  /** Which live session a cookie's token belongs to; null for none. */
  readonly sessionIdOf: (token: string) => Promise<string | null>;
  /** The row of a key that is neither expired nor revoked; null when it is gone. */
  readonly readKey: (keyId: string) => Promise<ApiKeyRow | null>;
  /** Told of each use of a key. */
  readonly onKeyUsed: (keyId: string) => void;
  readonly verify: TokenVerifier;
  readonly clock: Clock;
}

/**
 * Principals from access tokens and cookies with their session rows, and from API keys. A token is verified once and
 * remembered by its hash; rights come from the row, remembered for 30 s and forgotten at once when a change of the
 * session, key, user or organisation is announced. Where one may have been missed for more than 1 s, `trust` has the
 * announcements looked at before anything remembered is used.
 */
export class SessionPrincipals implements Principals {
  readonly #options: SessionPrincipalsOptions;
  readonly #claims = new LRUCache<string, TokenClaims>({ max: MAX_CACHED });
  readonly #sessions: RightsCache<SessionRow & { credentialId: string }>;
  readonly #keys: RightsCache<ApiKeyRow & { credentialId: string }>;
  readonly #idsByCookie = new LRUCache<string, string>({ max: MAX_CACHED });
  readonly #listeners = new Set<(change: PrincipalChange) => void>();
  readonly trust = new AnnouncementTrust();

  constructor(options: SessionPrincipalsOptions) {
    this.#options = options;
    this.#sessions = new RightsCache(async (id) => withCredential(id, await options.read(id)), this.trust);
    this.#keys = new RightsCache(async (id) => withCredential(id, await options.readKey(id)), this.trust);
  }

  async resolve({ token, session = null, app }: Credential): Promise<Actor> {
    if (token === null) return (await this.#byCookie(session, app)) ?? { kind: 'anonymous', app };
    if (isApiKey(token)) return this.#resolveKey(token, app);
    const claims = await this.#claimsOf(token);
    return sessionPrincipal(await this.#rowFor(claims), claims);
  }

  async refresh(actor: Principal): Promise<Principal | null> {
    if (actor.kind === 'api-key') {
      const row = await this.#keys.get(actor.keyId);
      return row === undefined || !planHasKeys(row) ? null : keyPrincipal(row, actor.app);
    }
    const row = await this.#sessions.get(actor.sessionId);
    return row === undefined ? null : sessionPrincipal(row, actor);
  }

  /** The session's row as cached; undefined when it is gone. */
  session(sessionId: string): Promise<SessionRow | undefined> {
    return this.#sessions.get(sessionId);
  }

  /** The key's row as cached; undefined when it is gone. */
  key(keyId: string): Promise<ApiKeyRow | undefined> {
    return this.#keys.get(keyId);
  }

  /** Whether there is anything that an announcement could change. */
  get remembersAnyone(): boolean {
    return this.#sessions.size + this.#keys.size > 0;
  }

  onChange(listener: (change: PrincipalChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Acts on a change announced by any process. */
  apply(change: PrincipalChange): void {
    this.#sessions.apply(change);
    this.#keys.apply(change);
    for (const listener of this.#listeners) listener(change);
  }

  /** Forgets everything, after announcements may have been missed. */
  forgetAll(): void {
    this.#sessions.clear();
    this.#keys.clear();
  }

  /** Null for a cookie whose session is gone: a browser keeps sending it, and must still reach what is public. */
  async #byCookie(token: string | null, app: AppId): Promise<Principal | null> {
    if (token === null) return null;
    const key = tokenKey(token);
    const sessionId = this.#idsByCookie.get(key) ?? (await this.#options.sessionIdOf(token));
    if (sessionId === null) return null;
    this.#idsByCookie.set(key, sessionId);
    const row = await this.#sessions.get(sessionId);
    if (row === undefined || row.expiresAt.getTime() <= this.#options.clock.now()) return null;
    return sessionPrincipal(row, { app, expiresAt: row.expiresAt.getTime() });
  }

  /**
   * The row behind a token. One that names another organisation than the session is in was issued before a switch
   * (or this process has not heard of the switch yet): the row is read again, and an old token must be renewed.
   */
  async #rowFor(claims: TokenClaims): Promise<SessionRow> {
    let row = await this.#sessions.get(claims.sessionId);
    if (row !== undefined && !isIn(row, claims.orgId)) row = await this.#sessions.reread(claims.sessionId);
    if (row === undefined || row.userId !== claims.userId) throw new Failure('auth.revoked');
    if (row.expiresAt.getTime() <= this.#options.clock.now()) throw new Failure('auth.revoked');
    if (!isIn(row, claims.orgId)) throw new Failure('auth.expired-token');
    if (isOutdated(row, claims.expiresAt)) throw new Failure('auth.expired-token');
    return row;
  }

  async #resolveKey(token: string, app: AppId): Promise<Principal> {
    const { keyId, secret } = parseApiKey(token);
    const row = await this.#keys.get(keyId);
    if (row === undefined || !matchesSecret(row, secret)) throw new Failure('auth.invalid-token');
    if (row.expiresAt.getTime() <= this.#options.clock.now()) throw new Failure('auth.expired-token');
    this.#options.onKeyUsed(keyId);
    return keyPrincipal(row, app);
  }

  async #claimsOf(token: string): Promise<TokenClaims> {
    const key = tokenKey(token);
    const cached = this.#claims.get(key);
    if (cached !== undefined && cached.expiresAt > this.#options.clock.now()) return cached;
    const claims = await this.#options.verify(token);
    this.#claims.set(key, claims);
    return claims;
  }
}

function withCredential<Row>(credentialId: string, row: Row | null): (Row & { credentialId: string }) | null {
  return row === null ? null : { ...row, credentialId };
}

function isIn(row: SessionRow, orgId: string | null): boolean {
  return orgId === null || row.orgId === orgId;
}
