import { createHash, createHmac } from 'node:crypto';

/**
 * Tokens of links that are mailed: derived from ids and the server's secret, so that a job can make the link again,
 * while the database holds only the hash, which stays valid when the secret changes.
 */
export interface LinkTokens {
  /** The token for `ids` and this purpose; the same ids give the same token. */
  make(purpose: string, ids: readonly string[]): string;
}

export function createLinkTokens(secret: string): LinkTokens {
  return {
    make: (purpose, ids) =>
      createHmac('sha256', secret)
        .update(`link:${JSON.stringify([purpose, ...ids])}`)
        .digest('base64url'),
  };
}

/** What is stored of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
