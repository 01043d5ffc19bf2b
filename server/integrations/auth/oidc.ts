import { oauthProvider } from '@better-auth/oauth-provider';
import { APIError } from 'better-auth';
import type { Database } from '../../../db/client.ts';
import { joinSessionToClient } from '../../../db/queries/oauth.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { recordAct } from './acts.ts';
import { oidcScopes } from './clients.ts';
import type { AuthProviderOptions } from './options.ts';
import { exchangedCode, requireUsedOnce } from './reused-codes.ts';

const REFRESH_SECONDS = 30 * 24 * 60 * 60;
/** A repetition of a rotation within this time, by a client that lost the answer, gets the same one. */
const REFRESH_GRACE_SECONDS = 10;
const CODE_SECONDS = 60;

/** OpenID Connect for other sites: code with PKCE, rotating refresh, tokens that our own doors accept. */
export function oidcProvider(options: AuthProviderOptions) {
  const { database, baseUrl, accessTokenTtlMs } = options;
  return oauthProvider({
    loginPage: '/auth/sign-in',
    consentPage: '/auth/consent',
    signup: { page: '/auth/sign-up' },
    scopes: [...oidcScopes],
    resources: [baseUrl],
    // There is one resource, this server, and every site may ask for it.
    enforcePerClientResources: false,
    grantTypes: ['authorization_code', 'refresh_token'],
    codeExpiresIn: CODE_SECONDS,
    accessTokenExpiresIn: accessTokenTtlMs / 1000,
    idTokenExpiresIn: accessTokenTtlMs / 1000,
    refreshTokenExpiresIn: REFRESH_SECONDS,
    refreshTokenReuseInterval: REFRESH_GRACE_SECONDS,
    allowDynamicClientRegistration: false,
    clientPrivileges: () => false,
    resourcePrivileges: () => false,
    extensions: [
      {
        claims: {
          async accessToken({ client, sessionId, metadata }) {
            const orgId =
              sessionId === undefined ? null : await signInToSite(database, sessionId, client.clientId);
            if (orgId === null) throw new APIError('BAD_REQUEST', { error: 'invalid_grant' });
            // A site of somebody else was allowed to know who the person is, not to act as them: without these two claims
            // its token is good for `userinfo`, and refused at every door of ours.
            return client.skipConsent ? { org: orgId, app: metadata?.app } : {};
          },
        },
      },
    ],
  });
}

/** The organisation that a site's tokens speak for, with the session's first sign-in there on record; null for no session. */
function signInToSite(database: Database, sessionId: string, clientId: string): Promise<string | null> {
  return withSystemScope(database, 'write', async (scope) => {
    await requireUsedOnce(scope, exchangedCode());
    const joined = await joinSessionToClient(scope, sessionId, clientId);
    if (joined === null) return null;
    const { orgId, userId, isFirst } = joined;
    const act = { operation: 'identity.signInToSite', userId, orgId, subject: sessionId } as const;
    if (isFirst) await recordAct(scope, { ...act, detail: { clientId } });
    return orgId;
  });
}
