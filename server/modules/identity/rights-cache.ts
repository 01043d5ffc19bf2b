import { LRUCache } from 'lru-cache';
import { type AnnouncementTrust, TRUST_MS } from './announcement-trust.ts';
import type { PrincipalChange } from './principals.ts';

/** Rights are read again at the latest after this. */
export const RIGHTS_TTL_MS = 30_000;
const MAX_CACHED = 20_000;

/** What of a row of rights a change may name. */
export interface RightsRow {
  /** Of a session or of an API key. */
  readonly credentialId: string;
  readonly userId: string;
  readonly orgId: string;
}

/**
 * Rows of rights by the id of their credential, remembered for 30 s and forgotten at once when a change is announced.
 * A request waits for a look at the announcements where one may have been missed: one look serves all that wait.
 */
export class RightsCache<Row extends RightsRow> {
  readonly #rows: LRUCache<string, Row>;
  /** Changes announced while a row is being read: what was read may be from before them. */
  readonly #loading = new Set<PrincipalChange[]>();
  readonly #read: (id: string) => Promise<Row | null>;
  readonly #trust: AnnouncementTrust;

  /** `read` gives the row of a living credential as it is now; null when it is gone. */
  constructor(read: (id: string) => Promise<Row | null>, trust: AnnouncementTrust) {
    this.#read = read;
    this.#trust = trust;
    this.#rows = new LRUCache<string, Row>({
      max: MAX_CACHED,
      ttl: RIGHTS_TTL_MS,
      ignoreFetchAbort: true,
      fetchMethod: (id) => this.#load(id),
    });
  }

  /** The row as cached, or read; undefined when the credential is gone. Rejects when neither can be known. */
  async get(id: string): Promise<Row | undefined> {
    // Most are remembered, and `fetch` does more than it must to say so.
    const row = this.#rows.get(id);
    if (row === undefined) return this.#rows.fetch(id);
    if (this.#trust.holds) return row;
    await this.#trust.regain();
    return this.#rows.get(id) ?? this.#rows.fetch(id);
  }

  /** The row as it is now. */
  reread(id: string): Promise<Row | undefined> {
    return this.#rows.fetch(id, { forceRefresh: true });
  }

  get size(): number {
    return this.#rows.size;
  }

  apply(change: PrincipalChange): void {
    for (const [id, row] of this.#rows.entries()) {
      if (concerns(change, row)) this.#rows.delete(id);
    }
    for (const missed of this.#loading) missed.push(change);
  }

  clear(): void {
    this.#rows.clear();
  }

  async #load(id: string): Promise<Row | undefined> {
    const missed: PrincipalChange[] = [];
    this.#loading.add(missed);
    try {
      for (;;) {
        const begun = performance.now();
        const row = await this.#read(id);
        if (row === null) return undefined;
        // Requests that came meanwhile share this read, and it is too old for the latest of them.
        if (performance.now() - begun > TRUST_MS) await this.#trust.regain();
        if (!missed.splice(0).some((change) => concerns(change, row))) return row;
      }
    } finally {
      this.#loading.delete(missed);
    }
  }
}

function concerns(change: PrincipalChange, row: RightsRow): boolean {
  return (
    row.credentialId === change.sessionId ||
    row.credentialId === change.keyId ||
    row.userId === change.userId ||
    row.orgId === change.orgId
  );
}
