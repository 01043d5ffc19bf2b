import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Database } from '../../../db/client.ts';
import {
  ensureLink,
  findLinkedUser,
  findUserByEmail,
  hasSecondFactor,
  homeOf,
  userExists,
} from '../../../db/queries/accounts.ts';
import { ensureAccount, ensureSession } from '../../../db/queries/identity.ts';
import { prolongSession } from '../../../db/queries/sessions.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { Failure } from '../../core/failure.ts';
import type { TokenClaims } from './access-tokens.ts';
import { SESSION_TTL_MS } from './session-lifetimes.ts';
import type { SupabaseIdentity } from './supabase-tokens.ts';

/**
 * The account and session of a verified Supabase user, made on first sight. The session is derived from Supabase's own,
 * so that every process arrives at the same row, and one that was signed out here stays so. Throws `auth.revoked` for a
 * person who may not sign in,
 * and `auth.second-factor-required` for one who has a second factor here that Supabase did not ask for either.
 */
export async function acceptSupabase(database: Database, identity: SupabaseIdentity): Promise<TokenClaims> {
  const { userId, sessionId } = await withSystemScope(database, 'write', (scope) =>
    supabaseSession(scope, identity),
  );
  return {
    userId: userId as TokenClaims['userId'],
    orgId: null,
    sessionId,
    app: 'global',
    expiresAt: identity.expiresAt,
  };
}

/** The derived session of a Supabase sign-in, whether it lives or has ended. */
export async function supabaseSession(
  scope: SystemScope,
  identity: SupabaseIdentity,
): Promise<{ userId: string; orgId: string; sessionId: `ses_${string}` }> {
  const sessionId =
    `ses_${digest(`supabase:${identity.subject}:${identity.sessionId ?? 'default'}`)}` as const;
  const account = await supabaseAccount(scope, identity);
  const expiresAt = new Date(identity.expiresAt + SESSION_TTL_MS);
  const derived = { id: sessionId, exchangedFor: sessionId, app: 'global', expiresAt };
  await ensureSession(scope, { ...derived, ...account });
  // It lasts as Supabase's does: no longer than its next token is away, unless it was ended here.
  await prolongSession(scope, sessionId, expiresAt);
  return { ...account, sessionId };
}

/** Whom a Supabase user is here, and in which organisation their session opens. */
async function supabaseAccount(
  scope: SystemScope,
  identity: SupabaseIdentity,
): Promise<{ userId: string; orgId: string }> {
  const external = { providerId: 'supabase', accountId: identity.subject.toLowerCase() };
  const userId = (await findLinkedUser(scope, external)) ?? (await userFor(scope, identity));
  if (!identity.usedSecondFactor && (await hasSecondFactor(scope, userId)))
    throw new Failure('auth.second-factor-required');
  await ensureLink(scope, { ...external, id: v7(), userId });
  const orgId = await homeOf(scope, userId);
  if (orgId === null) throw new Failure('auth.revoked');
  return { userId, orgId };
}

/**
 * By subject: the user keeps its UUID. By e-mail only where both sides have proved it; otherwise whoever registers an
 * address first could wait there for its owner.
 */
async function userFor(scope: SystemScope, identity: SupabaseIdentity): Promise<string> {
  const hex = identity.subject.replaceAll('-', '').toLowerCase();
  const userId = `usr_${hex}`;
  if (await userExists(scope, userId)) return userId;
  const email = identity.emailVerified ? (identity.email?.toLowerCase() ?? null) : null;
  const holder = email === null ? null : await findUserByEmail(scope, email);
  if (holder?.emailVerified === true) return holder.id;
  const displayName = identity.displayName ?? identity.email ?? 'Member';
  await ensureAccount(scope, {
    orgId: `org_${hex}`,
    userId,
    organisationName: displayName,
    organisationKind: 'personal',
    tier: 'repx0',
    email: holder === null ? email : null,
    emailVerified: holder === null && email !== null,
    displayName,
    role: 'owner',
  });
  return userId;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
