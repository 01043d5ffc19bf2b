// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId, Tier } from './platform.ts';

export interface OwnSession {
  id: string;
  /** Whether it is the one that calls. */
  current: boolean;
  /** Where it was opened. */
  app: string;
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: string;
  expiresAt: string;
}

export interface OwnSessionList {
  items: OwnSession[];
}

export interface RevokeSessionInput {
  /** At most 64 characters. */
  sessionId: string;
}

export interface Session {
  kind: 'guest' | 'member' | 'api-key';
  /** Null for an API key, which has no session. */
  sessionId: string | null;
  user: {
    id: string;
    email: string | null;
    emailVerified: boolean;
    displayName: string;
    avatarUrl: string | null;
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
    | 'job:read'
    | 'session:read'
    | 'session:write'
    | 'sign-in:read'
    | 'sign-in:write'
    | 'membership:read'
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
    | 'support:write'
    | 'billing:read'
    | 'billing:write'>;
  /** Show a banner: one of our staff acts as this member, and everything is on record. */
  impersonation:
    | {
      byUserId: string;
    }
    | null;
  /** When the proof of this call ends: the access token, or the session of a cookie. */
  expiresAt: string;
}

export interface SessionsRevoked {
  revoked: number;
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
