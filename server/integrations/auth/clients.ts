import { createHash } from 'node:crypto';
import type { OidcClientRow } from '../../../db/queries/oauth.ts';
import type { AppId } from '../../core/apps.ts';

/** A site that signs people in here. */
export interface OidcClient {
  readonly clientId: string;
  readonly name: string;
  /** The app whose name its sessions and usage carry. */
  readonly app: AppId;
  /** Ours: people are not asked for consent, and its tokens act as the person. One of others only learns who they are. */
  readonly firstParty: boolean;
  /** Exact; a code goes nowhere else. */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Where logout tokens are posted; null for a site that does not want them. */
  readonly logoutUri: string | null;
  /** Of a confidential client; null for one in a browser, which proves itself by PKCE alone. */
  readonly secret: string | null;
}

export const oidcScopes = ['openid', 'profile', 'email', 'offline_access'] as const;

/** The rows of configured clients, as the library reads them. */
export function clientRows(clients: readonly OidcClient[]): OidcClientRow[] {
  return clients.map((client) => ({
    clientId: client.clientId,
    clientSecret:
      client.secret === null ? null : createHash('sha256').update(client.secret).digest('base64url'),
    name: client.name,
    skipConsent: client.firstParty,
    enableEndSession: true,
    scopes: [...oidcScopes],
    redirectUris: [...client.redirectUris],
    postLogoutRedirectUris: [...client.postLogoutRedirectUris],
    logoutUri: client.logoutUri,
    tokenEndpointAuthMethod: client.secret === null ? 'none' : 'client_secret_basic',
    applicationType: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    requirePKCE: true,
    metadata: { app: client.app },
  }));
}
