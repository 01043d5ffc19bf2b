// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface ProbeInput {
  key: string;
  /** Default: 0. */
  waitMs?: number;
  padding?: string;
}

export interface ProbeOutput {
  key: string;
  user: string | null;
  calls: number;
}

export interface ProbeTicksInput {
  upTo: number;
  lastEventId?: string | null;
}

export type ProbeTicksItem = number;
