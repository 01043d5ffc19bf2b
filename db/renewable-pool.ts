import type postgres from 'postgres';

/** How long a scope waits for a connection, in ms. */
export const poolWaitMs = 2000;

const leastAgeMs = 250;

/**
 * A pool that is replaced when one of its connections breaks. postgres.js 3.4.9 loses a slot for good when a query
 * is handed to a connection in the moment it closes; after a restart of the server under load most slots were gone.
 */
export class RenewablePool {
  readonly #open: () => postgres.Sql;
  readonly #retired = new Set<postgres.Sql>();
  #current: postgres.Sql;
  #renewedAt = 0;
  #renewal: NodeJS.Timeout | null = null;

  constructor(open: () => postgres.Sql) {
    this.#open = open;
    this.#current = open();
  }

  get current(): postgres.Sql {
    return this.#current;
  }

  /** Replaces the pool soon, once for all that is reported in the meantime; reports about an older pool are void. */
  lost(pool: postgres.Sql): void {
    if (pool !== this.#current || this.#renewal !== null) return;
    const waitMs = Math.max(0, this.#renewedAt + leastAgeMs - Date.now());
    this.#renewal = setTimeout(() => this.#renew(), waitMs);
    this.#renewal.unref();
  }

  async close(): Promise<void> {
    if (this.#renewal !== null) clearTimeout(this.#renewal);
    this.#renewal = null;
    const retired = [...this.#retired].map((pool) => pool.end({ timeout: 1 }));
    await Promise.all([this.#current.end({ timeout: 5 }), ...retired]);
  }

  #renew(): void {
    const old = this.#current;
    this.#renewal = null;
    this.#renewedAt = Date.now();
    this.#current = this.#open();
    this.#retired.add(old);
    // By then nobody waits for a connection of the old pool; the longest statement may still run.
    const ending = setTimeout(async () => {
      await old.end({ timeout: 60 });
      this.#retired.delete(old);
    }, poolWaitMs + 500);
    ending.unref();
  }
}
