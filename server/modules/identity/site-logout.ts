import { type CompactVerifyResult, type CryptoKey, compactVerify, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import type { Database } from '../../../db/client.ts';
import { findOidcClient } from '../../../db/queries/oauth.ts';
import { endSessions } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { recordSystemAudit } from '../../core/audit.ts';
import type { Keyring } from './keyring.ts';
import type { SessionPrincipals } from './session-principals.ts';

const Hint = z.object({ iss: z.string(), aud: z.string(), sub: z.string(), sid: z.string() });

interface SiteLogout {
  /** What an ID token of ours says, though it may have expired: it is a hint, not a proof of presence. Null for anything else. */
  verifyHint(idToken: string): Promise<{ sessionId: string; clientId: string } | null>;
  /** Ends the session a site has proved, everywhere. */
  end(hint: { sessionId: string; clientId: string }, requestId: string): Promise<void>;
  /** The address a site has registered for after sign-out, with its state; null for any other. */
  afterLogout(query: URLSearchParams): Promise<string | null>;
  siteName(clientId: string): Promise<string | null>;
}

/** What sites may do about sessions, by what the keyring proves and what they have registered. */
export function siteLogout(parts: {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly sessions: SessionPrincipals;
  readonly issuer: string;
}): SiteLogout {
  const { database, keyring, sessions, issuer } = parts;
  const clientOf = (clientId: string) =>
    withSystemScope(database, 'read', (scope) => findOidcClient(scope, clientId));
  return {
    verifyHint: (idToken) => verifiedHint(keyring, issuer, idToken),
    async end({ sessionId, clientId }, requestId) {
      const row = await sessions.session(sessionId);
      if (row === undefined) return;
      await withSystemScope(database, 'write', async (scope) => {
        await endSessions(scope, { sessionIds: [sessionId] });
        const act = {
          orgId: row.orgId,
          operation: 'identity.signOut',
          subject: sessionId,
          detail: { clientId },
        };
        await recordSystemAudit(scope, { name: 'identity', requestId }, act);
      });
      sessions.apply({ kind: 'revoked', sessionId });
    },
    async afterLogout(query) {
      const client = await clientOf(query.get('client_id') ?? '');
      const wanted = query.get('post_logout_redirect_uri');
      if (client === null || wanted === null || !client.postLogoutRedirectUris?.includes(wanted)) return null;
      const url = new URL(wanted);
      const state = query.get('state');
      if (state !== null) url.searchParams.set('state', state);
      return url.href;
    },
    siteName: async (clientId) => (await clientOf(clientId))?.name ?? null,
  };
}

async function verifiedHint(keyring: Keyring, issuer: string, idToken: string) {
  const kid = kidOf(idToken);
  const key = kid === undefined ? null : await keyring.verificationKey(kid);
  const proved = key === null ? null : await verified(idToken, key);
  // An access token says the same things, and is no ID token.
  const { typ } = proved?.protectedHeader ?? {};
  if (proved === null || typ === 'at+jwt' || typ === 'logout+jwt') return null;
  const claims = Hint.safeParse(JSON.parse(new TextDecoder().decode(proved.payload)));
  if (!claims.success || claims.data.iss !== issuer) return null;
  return { sessionId: claims.data.sid, clientId: claims.data.aud };
}

function kidOf(idToken: string): string | undefined {
  try {
    return decodeProtectedHeader(idToken).kid;
  } catch {
    return undefined; // what is not a token proves nothing
  }
}

async function verified(idToken: string, key: CryptoKey): Promise<CompactVerifyResult | null> {
  try {
    return await compactVerify(idToken, key, { algorithms: ['ES256'] });
  } catch (error) {
    if (error instanceof errors.JOSEError) return null; // not signed by us, or not in one piece
    throw error;
  }
}
