import { createHash } from 'node:crypto';
import type { Database } from '../../../db/client.ts';
import { ensureAccount, ensureSession } from '../../../db/queries/identity.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { TokenClaims } from './access-tokens.ts';
import { SESSION_TTL_MS } from './session-lifetimes.ts';
import type { SupabaseIdentity } from './supabase-tokens.ts';

/**
 * The account and session of a verified Supabase user, made on first sight: the user keeps its UUID, its personal
 * organisation and session are derived from it, so that every process arrives at the same rows.
 */
export async function acceptSupabase(database: Database, identity: SupabaseIdentity): Promise<TokenClaims> {
  const hex = identity.subject.replaceAll('-', '').toLowerCase();
  const userId = `usr_${hex}` as const;
  const orgId = `org_${hex}` as const;
  const sessionId =
    `ses_${digest(`supabase:${identity.subject}:${identity.sessionId ?? 'default'}`)}` as const;
  const displayName = identity.displayName ?? identity.email ?? 'Member';
  await withSystemScope(database, 'write', async (scope) => {
    await ensureAccount(scope, {
      orgId,
      userId,
      organisationName: displayName,
      organisationKind: 'personal',
      tier: 'repx0',
      // An e-mail is linked only once it is verified (identity issue); the subject alone names the account.
      email: null,
      displayName,
      role: 'owner',
    });
    const expiresAt = new Date(identity.expiresAt + SESSION_TTL_MS);
    await ensureSession(scope, { id: sessionId, orgId, userId, app: 'global', expiresAt });
  });
  return { userId, orgId: null, sessionId, app: 'global', expiresAt: identity.expiresAt };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
