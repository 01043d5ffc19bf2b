import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Database } from '../../../db/client.ts';
import {
  ensureAccount,
  ensureSession,
  findAccountByEmail,
  findApiKey,
  findSession,
  isMember,
  moveSession,
  notifyPrincipalChange,
  revokeSession,
  touchApiKey,
} from '../../../db/queries/identity.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Actor } from '../../core/actor.ts';
import { type CallOrigin, recordAudit } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import type { Logger } from '../../core/observe.ts';
import { type AccessToken, signAccessToken, type TokenClaims, verifyAccessToken } from './access-tokens.ts';
import type { Identity, OpenedSession } from './identity.ts';
import { postgresKeyStore } from './key-store.ts';
import { Keyring } from './keyring.ts';
import type { PrincipalChange } from './principals.ts';
import { GUEST_SESSION_TTL_MS, SESSION_TTL_MS } from './session-lifetimes.ts';
import { SessionPrincipals } from './session-principals.ts';
import { acceptSupabase } from './supabase-accounts.ts';
import { type SupabaseOptions, supabaseVerifier } from './supabase-tokens.ts';

export interface IdentityOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The `iss` of our tokens: the public URL. */
  readonly issuer: string;
  /** Seals the signing keys in the database. */
  readonly secret: string;
  readonly developmentSignIn: boolean;
  readonly supabase: SupabaseOptions | null;
}

/** Identity as a process runs it, with what the composition root must feed and may rotate. */
export interface RunningIdentity extends Identity {
  readonly sessions: SessionPrincipals;
  readonly keyring: Keyring;
}

/** Opens the keyring and wires tokens, sessions and principals. */
export async function createIdentity(options: IdentityOptions): Promise<RunningIdentity> {
  const { database, clock, issuer } = options;
  const keyring = new Keyring({ store: postgresKeyStore(database), secret: options.secret, clock });
  await keyring.open();
  const sessions = new SessionPrincipals({
    read: (sessionId) => withSystemScope(database, 'read', (scope) => findSession(scope, sessionId)),
    readKey: (keyId) => withSystemScope(database, 'read', (scope) => findApiKey(scope, keyId)),
    onKeyUsed: keyUses(options),
    clock,
    verify: tokenVerifier(options, keyring),
  });
  const issue = (session: { id: string; userId: string; orgId: string; app: string }) =>
    signAccessToken(keyring, issuer, session, clock);
  const announce = (change: PrincipalChange) =>
    withSystemScope(database, 'write', (scope) => notifyPrincipalChange(scope, JSON.stringify(change)));

  return {
    principals: sessions,
    sessions,
    keyring,
    developmentSignIn: options.developmentSignIn,
    announce,
    jwks: () => keyring.jwks(),
    async startGuest(origin) {
      const { app } = origin;
      const session = { id: newId('session'), orgId: newId('organisation'), userId: newId('user'), app };
      await withSystemScope(database, 'write', async (scope) => {
        const { orgId, userId } = session;
        await ensureAccount(scope, {
          orgId,
          userId,
          organisationName: 'Guest',
          organisationKind: 'guest',
          tier: 'repx0',
          email: null,
          displayName: 'Guest',
          role: 'rep',
        });
        await ensureSession(scope, { ...session, expiresAt: new Date(clock.now() + GUEST_SESSION_TTL_MS) });
        await auditOpened(scope, origin, { ...session, operation: 'identity.startGuest' });
      });
      return opened(session, await issue(session));
    },
    async openSession(email, origin) {
      const session = await withSystemScope(database, 'write', async (scope) => {
        const account = await findAccountByEmail(scope, email);
        if (account === null) return null;
        const made = { id: newId('session'), ...account, app: origin.app };
        await ensureSession(scope, { ...made, expiresAt: new Date(clock.now() + SESSION_TTL_MS) });
        await auditOpened(scope, origin, { ...made, operation: 'identity.signInForDevelopment' });
        return made;
      });
      return session === null ? null : opened(session, await issue(session));
    },
    async renew(principal) {
      const row = await sessions.session(principal.sessionId);
      return row === undefined ? null : issue({ id: row.sessionId, ...row });
    },
    async switchOrganisation(member, orgId, origin) {
      const change = { kind: 'changed', sessionId: member.sessionId } as const;
      const row = await withSystemScope(database, 'write', async (scope) => {
        const moved = await moveSession(scope, { ...member, orgId });
        if (moved === null) return null;
        const act = { orgId, operation: 'organisations.switch', subject: member.sessionId, detail: {} };
        await recordAudit(scope, { ...origin, actor: member }, act);
        await notifyPrincipalChange(scope, JSON.stringify(change));
        return moved;
      });
      if (row === null) return null;
      sessions.apply(change);
      return issue({ id: member.sessionId, userId: member.userId, orgId, app: row.app });
    },
    async impersonate(target, { staff, reason, until }, origin) {
      const session = { id: newId('session'), ...target, app: origin.app };
      const made = await withSystemScope(database, 'write', async (scope) => {
        if (!(await isMember(scope, target))) return false;
        await ensureSession(scope, { ...session, impersonatorId: staff.userId, expiresAt: until });
        const detail = { userId: target.userId, reason, until: until.toISOString() };
        const act = { orgId: target.orgId, operation: 'support.impersonate', subject: session.id, detail };
        await recordAudit(scope, { ...origin, actor: staff }, act);
        return true;
      });
      return made ? opened(session, await issue(session)) : null;
    },
    async signOut(principal, origin) {
      const { sessionId, orgId } = principal;
      await withSystemScope(database, 'write', async (scope) => {
        await revokeSession(scope, sessionId);
        const act = { orgId, operation: 'identity.signOut', subject: sessionId, detail: {} };
        await recordAudit(scope, { ...origin, actor: principal }, act);
        await notifyPrincipalChange(
          scope,
          JSON.stringify({ kind: 'revoked', sessionId } satisfies PrincipalChange),
        );
      });
      sessions.apply({ kind: 'revoked', sessionId });
    },
    async profile(principal) {
      const row =
        principal.kind === 'api-key'
          ? await sessions.key(principal.keyId)
          : await sessions.session(principal.sessionId);
      if (row === undefined) throw new Failure('auth.revoked');
      return { email: row.email, displayName: row.displayName, organisationName: row.organisationName };
    },
  };
}

/** In the name of identity itself: the caller had none yet. */
function auditOpened(
  scope: SystemScope,
  { app, requestId }: CallOrigin,
  opened: { id: string; orgId: string; userId: string; operation: string },
): Promise<void> {
  const { id, orgId, userId, operation } = opened;
  const actor: Actor = { kind: 'system', orgId: orgId as OpenedSession['orgId'], name: 'identity' };
  const act = { orgId, operation, subject: id, detail: { userId } };
  return recordAudit(scope, { actor, app, requestId }, act);
}

function opened(session: { id: string; orgId: string; userId: string }, token: AccessToken): OpenedSession {
  return {
    ...token,
    sessionId: session.id as OpenedSession['sessionId'],
    orgId: session.orgId as OpenedSession['orgId'],
    userId: session.userId as OpenedSession['userId'],
  };
}

/** Stores when a key was last used: at most once a minute and process, and the database holds the minute for all. */
function keyUses({ database, clock, logger }: IdentityOptions): (keyId: string) => void {
  const noted = new LRUCache<string, number>({ max: 20_000 });
  return (keyId) => {
    const now = clock.now();
    if (now - (noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    noted.set(keyId, now);
    // The call does not wait for it, and its answer does not depend on it.
    withSystemScope(database, 'write', (scope) => touchApiKey(scope, keyId)).catch((error: unknown) =>
      logger.warn({ err: error, keyId }, 'use of a key not noted'),
    );
  };
}

/** Own tokens by their issuer; everything else goes to Supabase when it is configured. */
function tokenVerifier(options: IdentityOptions, keyring: Keyring): (token: string) => Promise<TokenClaims> {
  const { supabase, issuer, clock, database } = options;
  const verifySupabase = supabase === null ? null : supabaseVerifier(supabase);
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
