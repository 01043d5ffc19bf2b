import { LRUCache } from 'lru-cache';
import type { SessionRow } from '../../../db/queries/identity.ts';
import { type Actor, type Principal, roles } from '../../core/actor.ts';
import type { AppId } from '../../core/apps.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { tiers } from '../../core/tiers.ts';
import { type TokenClaims, tokenKey } from './access-tokens.ts';
import type { PrincipalChange, Principals } from './principals.ts';
import { guestScopes, scopesByRole } from './role-scopes.ts';

/** Rights are read again at the latest after this, should a notification be lost. */
const PRINCIPAL_TTL_MS = 30_000;
const MAX_CACHED = 20_000;

/** Proves a token; throws `auth.expired-token`, `auth.invalid-token` or `server.unavailable`. */
export type TokenVerifier = (token: string) => Promise<TokenClaims>;

/** The row of a live session as it is now; null when it is gone. */
export type SessionReader = (sessionId: string) => Promise<SessionRow | null>;

/**
 * Principals from access tokens and session rows. A token is verified once and remembered by its hash; rights come
 * from the session's row, remembered for 30 s and forgotten at once when a change of the session, user or
 * organisation is announced.
 */
export class SessionPrincipals implements Principals {
  readonly #read: SessionReader;
  readonly #verify: TokenVerifier;
  readonly #clock: Clock;
  readonly #claims = new LRUCache<string, TokenClaims>({ max: MAX_CACHED });
  readonly #sessions: LRUCache<string, SessionRow>;
  /** Changes announced while a row is being read: what was read may be from before them. */
  readonly #loading = new Set<PrincipalChange[]>();
  readonly #listeners = new Set<(change: PrincipalChange) => void>();

  constructor(options: { read: SessionReader; verify: TokenVerifier; clock: Clock }) {
    this.#read = options.read;
    this.#verify = options.verify;
    this.#clock = options.clock;
    this.#sessions = new LRUCache<string, SessionRow>({
      max: MAX_CACHED,
      ttl: PRINCIPAL_TTL_MS,
      ignoreFetchAbort: true,
      fetchMethod: (sessionId) => this.#load(sessionId),
    });
  }

  async resolve(credential: { token: string | null; app: AppId }): Promise<Actor> {
    if (credential.token === null) return { kind: 'anonymous', app: credential.app };
    const claims = await this.#claimsOf(credential.token);
    const row = await this.#sessions.fetch(claims.sessionId);
    if (row === undefined || row.orgId !== claims.orgId || row.userId !== claims.userId) {
      throw new Failure('auth.revoked');
    }
    return principalFrom(row, claims.expiresAt);
  }

  async refresh(actor: Principal): Promise<Principal | null> {
    const row = await this.#sessions.fetch(actor.sessionId);
    return row === undefined ? null : principalFrom(row, actor.expiresAt);
  }

  /** The session's row as cached; undefined when it is gone. */
  session(sessionId: string): Promise<SessionRow | undefined> {
    return this.#sessions.fetch(sessionId);
  }

  onChange(listener: (change: PrincipalChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Acts on a change announced by any process. */
  apply(change: PrincipalChange): void {
    for (const [sessionId, row] of this.#sessions.entries()) {
      if (concerns(change, row)) this.#sessions.delete(sessionId);
    }
    for (const missed of this.#loading) missed.push(change);
    for (const listener of this.#listeners) listener(change);
  }

  /** Forgets everything, after announcements may have been missed. */
  forgetAll(): void {
    this.#sessions.clear();
  }

  async #claimsOf(token: string): Promise<TokenClaims> {
    const key = tokenKey(token);
    const cached = this.#claims.get(key);
    if (cached !== undefined && cached.expiresAt > this.#clock.now()) return cached;
    const claims = await this.#verify(token);
    this.#claims.set(key, claims);
    return claims;
  }

  async #load(sessionId: string): Promise<SessionRow | undefined> {
    const missed: PrincipalChange[] = [];
    this.#loading.add(missed);
    try {
      for (;;) {
        const row = await this.#read(sessionId);
        if (row === null) return undefined;
        if (!missed.splice(0).some((change) => concerns(change, row))) return row;
      }
    } finally {
      this.#loading.delete(missed);
    }
  }
}

function concerns(change: PrincipalChange, row: SessionRow): boolean {
  return row.sessionId === change.sessionId || row.userId === change.userId || row.orgId === change.orgId;
}

function principalFrom(row: SessionRow, expiresAt: number): Principal {
  const base = {
    orgId: row.orgId as `org_${string}`,
    userId: row.userId as `usr_${string}`,
    sessionId: row.sessionId as `ses_${string}`,
    app: row.app as AppId,
    tier: tiers.find((tier) => tier === row.tier) ?? 'repx0',
    expiresAt,
  };
  if (row.organisationKind === 'guest') return { ...base, kind: 'guest', scopes: guestScopes };
  const role = roles.find((name) => name === row.role) ?? 'viewer';
  return { ...base, kind: 'member', role, scopes: scopesByRole[role] };
}
