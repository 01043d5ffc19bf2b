// Generated from the running router by `npm run sdk:generate`. Do not edit.

export type Nothing = Record<string, never> | undefined;

export interface Session {
  kind: 'guest' | 'member';
  user: {
    id: string;
    displayName: string;
  };
  organisation: {
    id: string;
    role: string | null;
  };
  tier: string;
  scopes: string[];
}

export interface SignedOut {
  signedOut: true;
}

export interface Token {
  accessToken: string;
  expiresAt: string;
}
