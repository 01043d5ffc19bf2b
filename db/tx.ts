import { setTimeout as sleep } from 'node:timers/promises';
import { PgDialect } from 'drizzle-orm/pg-core';
import { PostgresJsDatabase, PostgresJsSession } from 'drizzle-orm/postgres-js';
import { type Database, timeouts } from './client.ts';
import { beginPipelined, type PipelinedTransaction } from './pipelined.ts';
import {
  brandOrgScope,
  brandSystemScope,
  type OrgScope,
  type ScopeClient,
  type ScopedDb,
  type SystemScope,
} from './scope.ts';
import { isWorthRepeating } from './sql-state.ts';

export type Access = 'read' | 'write';

export interface ScopeOptions {
  readonly access: Access;
  /**
   * 'job': a statement may take 60 s, on the slow pool. Default 'interactive': 5 s for a read, 10 s for a write.
   * 'urgent': the same on a connection of its own, one transaction at a time: for what must not wait behind requests.
   */
  readonly work?: 'interactive' | 'job' | 'urgent';
  /** Aborting stops the running statement, rolls back, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `body` in one transaction as repspheres_app, bound to `orgId`. The first query leaves together with the
 * begin; a read does not wait for its commit. Serialization failures and deadlocks are repeated up to 3 times, so
 * `body` must be repeatable. Rejects with PoolTimeout, the signal's reason, the body's error or the driver's.
 */
export function withOrgScope<T>(
  database: Database,
  orgId: string,
  access: Access | ScopeOptions,
  body: (scope: OrgScope) => Promise<T>,
): Promise<T> {
  // The id becomes part of a statement: nothing but an id of our own form may.
  if (!/^org_[0-9a-f]{32}$/.test(orgId)) throw new TypeError('Not the id of an organisation.');
  const who = `set local role repspheres_app;set local app.org_id='${orgId}'`;
  return repeated(database, who, access, (client) => body(brandOrgScope(orgId, client)));
}

/** As `withOrgScope`, as repspheres_system, which sees all tenants. */
export function withSystemScope<T>(
  database: Database,
  access: Access | ScopeOptions,
  body: (scope: SystemScope) => Promise<T>,
): Promise<T> {
  return repeated(database, 'set local role repspheres_system', access, (client) =>
    body(brandSystemScope(client)),
  );
}

async function repeated<T>(
  database: Database,
  who: string,
  access: Access | ScopeOptions,
  body: (client: ScopeClient) => Promise<T>,
): Promise<T> {
  const options = typeof access === 'string' ? { access } : access;
  const text = beginText(database, who, options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(database, text, options, body);
    } catch (error) {
      if (attempt > 3 || options.signal?.aborted || !isWorthRepeating(error)) throw error;
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

function beginText(database: Database, who: string, options: ScopeOptions): string {
  const begin = options.access === 'read' ? 'begin read only' : 'begin';
  const limit =
    options.work === 'job'
      ? timeouts.job
      : options.access === 'read'
        ? timeouts.interactiveRead
        : timeouts.interactiveWrite;
  const parts = [begin, who];
  if (!database.prepare || limit !== timeouts.interactiveRead)
    parts.push(`set local statement_timeout=${limit}`);
  if (!database.prepare) {
    parts.push(
      `set local lock_timeout=${timeouts.lock}`,
      `set local idle_in_transaction_session_timeout=${timeouts.idleInTransaction}`,
    );
  }
  return parts.join(';');
}

const pools = { interactive: 'main', job: 'slow', urgent: 'urgent' } as const;

async function once<T>(
  database: Database,
  text: string,
  options: ScopeOptions,
  body: (client: ScopeClient) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const pool = database[pools[options.work ?? 'interactive']];
  const transaction = await beginPipelined(pool, text, () => database.connectionLost(pool));
  const client = new TransactionClient(transaction, database.prepare);
  const work = runBody(transaction, client, options, body);
  return options.signal === undefined ? work : abortable(work, transaction, options.signal);
}

async function runBody<T>(
  transaction: PipelinedTransaction,
  client: ScopeClient,
  options: ScopeOptions,
  body: (client: ScopeClient) => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await body(client);
  } catch (error) {
    void transaction.end('rollback');
    throw transaction.beginError ?? error;
  }
  const ended = transaction.end('commit');
  // Postgres answers a commit of a failed transaction with ROLLBACK, not with an error.
  if (options.access === 'write' && (await ended) !== 'COMMIT') {
    throw (
      transaction.beginError ?? new Error('Nothing was written: the body swallowed the error of a query.')
    );
  }
  return result;
}

async function abortable<T>(
  work: Promise<T>,
  transaction: PipelinedTransaction,
  signal: AbortSignal,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => {
    const reason =
      signal.reason instanceof Error ? signal.reason : new Error('Aborted.', { cause: signal.reason });
    reject(signal.reason);
    transaction.abort(reason).catch(() => {}); // a lost connection is already out of the pool
  };
  // It may have been aborted while the connection was waited for.
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const dialect = new PgDialect();

/** Statement texts the server is asked to remember; bounded, because a list of values makes a new text for each length. */
const remembered = new Set<string>();

/** One transaction as drizzle's client. The drizzle database is made on first use: a hot query needs none. */
class TransactionClient implements ScopeClient {
  readonly #transaction: PipelinedTransaction;
  readonly #prepare: boolean;
  #db: ScopedDb | null = null;

  constructor(transaction: PipelinedTransaction, prepare: boolean) {
    this.#transaction = transaction;
    this.#prepare = prepare;
  }

  get db(): ScopedDb {
    // Drizzle calls nothing of a client but `unsafe`, once transactions are left out of the type.
    this.#db ??= new PostgresJsDatabase(
      dialect,
      new PostgresJsSession(this as never, dialect, undefined) as never,
      undefined,
    );
    return this.#db;
  }

  unsafe(text: string, parameters: unknown[]) {
    const prepare = this.#prepare && parameters.length > 0 && mayRemember(text);
    return this.#transaction.unsafe(text, parameters, { prepare });
  }
}

function mayRemember(text: string): boolean {
  if (remembered.has(text)) return true;
  if (remembered.size >= 500) return false;
  remembered.add(text);
  return true;
}
