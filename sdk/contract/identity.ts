// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AppId, Tier } from './platform.ts';

export interface AccessToken {
  /** Bearer for HTTP and for the socket handshake; lives 10 minutes. */
  accessToken: string;
  expiresAt: string;
}

export type Empty = Record<string, never> | undefined;

export interface Session {
  kind: 'guest' | 'member';
  sessionId: string;
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
    | 'organisation:read'
    | 'organisation:write'>;
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
