// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId, Tier } from './platform.ts';

export interface AccessToken {
  /** Bearer for HTTP and for the socket handshake; lives 10 minutes. */
  accessToken: string;
  expiresAt: string;
}

export type Empty = Record<string, never> | undefined;

export interface Session {
  kind: 'guest' | 'member' | 'api-key';
  /** Null for an API key, which has no session. */
  sessionId: string | null;
  user: {
    id: string;
    email: string | null;
    displayName: string;
  };
  organisation: {
    id: string;
    name: string;
    role: 'owner' | 'admin' | 'manager' | 'rep' | 'viewer' | null;
  };
  tier: Tier;
  app: AppId;
  scopes: Array<
    | 'agent:read'
    | 'conversation:read'
    | 'conversation:write'
    | 'run:read'
    | 'run:write'
    | 'session:read'
    | 'session:write'
    | 'job:read'
    | 'membership:write'
    | 'organisation:read'
    | 'organisation:write'
    | 'organisation:transfer'
    | 'member:read'
    | 'member:write'
    | 'key:read'
    | 'key:write'
    | 'audit:read'
    | 'personal-data:read'
    | 'personal-data:write'
    | 'organisation-data:read'
    | 'organisation-data:write'
    | 'support:write'>;
  /** Show a banner: one of our staff acts as this member, and everything is on record. */
  impersonation:
    | {
      byUserId: string;
    }
    | null;
  /** When the access token of this call ends. */
  expiresAt: string;
}

export interface SignInForDevelopmentInput {
  /** At most 200 characters. */
  email: string;
  app?: AppId;
}

export interface SignedOut {
  signedOut: true;
}

export type StartGuestInput =
  | {
    app?: AppId;
  }
  | undefined;
