// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface AccessToken {
  /** Bearer for HTTP and for the socket handshake; lives 10 minutes. */
  accessToken: string;
  expiresAt: string;
}

export type ConversationId = string;

export type Empty = Record<string, never> | undefined;

export type FollowInput =
  | {
    /** The id of the last state you have. At most 64 characters. */
    lastEventId?: string | null;
  }
  | undefined;
