import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { poolWaitMs, RenewablePool } from './renewable-pool.ts';

export { poolWaitMs } from './renewable-pool.ts';

export type Sql = postgres.Sql;

/**
 * The pools of one process. `main`, `slow` and `urgent` belong to the scopes of db/tx.ts: plain queries on them would
 * see nothing behind the walls. `urgent` is one connection beside the line that requests wait in. `direct` is a session of its own for LISTEN and advisory locks, never through a pooler.
 */
export interface Database {
  readonly main: Sql;
  readonly slow: Sql;
  readonly urgent: Sql;
  readonly direct: Sql;
  /** False behind a transaction pooler: no named statements, no settings at connection start. */
  readonly prepare: boolean;
  /** Told by db/tx.ts that a connection of this pool broke; the pool is replaced by a new one. */
  connectionLost(pool: Sql): void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Session mode; default `url`. */
  readonly directUrl?: string;
  readonly poolSize: number;
  readonly slowPoolSize: number;
  readonly prepare: boolean;
  readonly applicationName: string;
}

/** No connection of the pool became free within `poolWaitMs`. */
export class PoolTimeout extends Error {
  constructor() {
    super(`No database connection became free within ${poolWaitMs} ms.`);
    this.name = 'PoolTimeout';
  }
}

/** Time limits in ms: for one statement by class of work, for a lock, and for a transaction that does nothing. */
export const timeouts = {
  interactiveRead: 5_000,
  interactiveWrite: 10_000,
  job: 60_000,
  lock: 2_000,
  idleInTransaction: 10_000,
} as const;

/** Opens the pools; connections are made on first use. Throws only for a malformed URL. */
export function openDatabase(options: DatabaseOptions): Database {
  const pooled = {
    ...common(options.applicationName),
    prepare: options.prepare,
    connection: { application_name: options.applicationName, ...(options.prepare ? sessionTimeouts : {}) },
  };
  const main = new RenewablePool(() =>
    plainTypes(postgres(options.url, { ...pooled, max: options.poolSize })),
  );
  const slow = new RenewablePool(() =>
    plainTypes(postgres(options.url, { ...pooled, max: options.slowPoolSize })),
  );
  const urgent = new RenewablePool(() => plainTypes(postgres(options.url, { ...pooled, max: 1 })));
  const direct = plainTypes(
    postgres(options.directUrl ?? options.url, { ...common(options.applicationName), max: 1 }),
  );
  return {
    get main() {
      return main.current;
    },
    get slow() {
      return slow.current;
    },
    get urgent() {
      return urgent.current;
    },
    direct,
    prepare: options.prepare,
    connectionLost: (pool) => {
      main.lost(pool);
      slow.lost(pool);
      urgent.lost(pool);
    },
    close: async () => {
      await Promise.all([main.close(), slow.close(), urgent.close(), direct.end({ timeout: 5 })]);
    },
  };
}

/** A pooler refuses unknown settings at connection start: there, every transaction sets them (db/tx.ts). */
const sessionTimeouts = {
  statement_timeout: timeouts.interactiveRead,
  lock_timeout: timeouts.lock,
  idle_in_transaction_session_timeout: timeouts.idleInTransaction,
};

function common(applicationName: string) {
  return {
    connect_timeout: 2,
    idle_timeout: 30,
    onnotice: () => {},
    connection: { application_name: applicationName },
  };
}

/** Lets drizzle do the conversion of dates and JSON, as `drizzle()` does: they arrive as text in plain queries. */
function plainTypes(sql: Sql): Sql {
  drizzle(sql);
  return sql;
}
