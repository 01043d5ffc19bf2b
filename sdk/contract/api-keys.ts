// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  /** User id; the key acts for this member and ends with the membership. */
  createdBy: string;
  createdAt: string;
  expiresAt: string;
  /** To the minute. */
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export interface ApiKeyCreated {
  /** The key itself: shown this once, stored nowhere. Send it as a bearer token. */
  key: string;
  apiKey: ApiKey;
}

export interface ApiKeyPage {
  items: ApiKey[];
  nextCursor: string | null;
}

export interface ApiKeyRevoked {
  id: string;
  revoked: true;
}

export interface CreateApiKeyInput {
  /** From 1 to 80 characters. */
  name: string;
  /** At most those you have yourself. */
  scopes: Array<
    | 'agent:read'
    | 'conversation:read'
    | 'conversation:write'
    | 'run:read'
    | 'run:write'
    | 'session:read'
    | 'job:read'
    | 'organisation:read'
    | 'member:read'
    | 'audit:read'>;
  /** From 1 to 365. Default: 90. */
  expiresInDays?: number;
}

export type ListApiKeysInput =
  | {
    /** The `nextCursor` of the page before. At most 200 characters. */
    cursor?: string;
    /** From 1 to 100. Default: 25. */
    limit?: number;
  }
  | undefined;

export interface RevokeApiKeyInput {
  id: string;
}
