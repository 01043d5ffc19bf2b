// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface AuditEntry {
  id: string;
  at: string;
  /** Ids, never names: they outlive an erasure. */
  actor: {
    kind: string;
    id: string;
  };
  /** Who of our staff acted as the actor. */
  impersonatorId: string | null;
  operation: string;
  /** Acts with a class are chained by hash. */
  class: string | null;
  subject: string | null;
  /** `asked`: by our staff, recorded before it was done. */
  outcome: string;
  app: string | null;
  requestId: string;
  detail: Record<string, unknown>;
  /** Place in the chain, without gaps. */
  seq: number | null;
  hash: string | null;
}

export interface AuditPage {
  items: AuditEntry[];
  nextCursor: string | null;
}

export type ListAuditInput =
  | {
    /** The `nextCursor` of the page before. At most 200 characters. */
    cursor?: string;
    /** From 1 to 100. Default: 25. */
    limit?: number;
  }
  | undefined;
