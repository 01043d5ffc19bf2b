// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface AccessToken {
  /** Bearer for HTTP and for the socket handshake; lives 10 minutes. */
  accessToken: string;
  expiresAt: string;
}

export type ConversationId = string;

export interface DataRequest {
  id: string;
  kind: 'export' | 'erasure';
  /** `waiting`: an erasure can be cancelled until `dueAt`. */
  status: 'waiting' | 'running' | 'done' | 'cancelled';
  /** Grows with every change; an answer with a lower one is older. */
  seq: number;
  progress: number;
  createdAt: string;
  /** When the work begins. */
  dueAt: string;
  endedAt: string | null;
  /** A finished export as JSON; whoever has the link can open it until it expires. */
  download:
    | {
      url: string;
      expiresAt: string;
    }
    | null;
}

export interface DataRequestInput {
  id: string;
}

export interface DataRequestList {
  items: DataRequest[];
}

export type Empty = Record<string, never> | undefined;

export interface ErasureInput {
  /** Your e-mail address for yourself (your name, where you have none), the name for an organisation: typed, not prefilled. From 1 to 200 characters. */
  confirm: string;
}

export type FollowInput =
  | {
    /** The id of the last state you have. At most 64 characters. */
    lastEventId?: string | null;
  }
  | undefined;

export type NothingInput = Record<string, never> | undefined;
