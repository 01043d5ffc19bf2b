// Generated from the running router by `npm run sdk:generate`. Do not edit.

export type Nothing = Record<string, never> | undefined;

export interface Token {
  accessToken: string;
  expiresAt: string;
}
