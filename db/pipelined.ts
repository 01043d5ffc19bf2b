import { PoolTimeout, poolWaitMs, type Sql } from './client.ts';
import { breaksConnection } from './sql-state.ts';

type Query = ReturnType<Sql['unsafe']>;

/** What postgres.js 3.4.9 keeps inside a query; pinned exactly, and covered by test/db/tx.test.ts. */
interface QueryInside {
  handler: (query: Query) => void;
  reject: (error: unknown) => void;
  active: boolean;
}

/** Its connection, as `sql.begin` uses it: while `reserved` is set the pool keeps off, until the server says "idle". */
interface Connection {
  reserved: (() => void) | null;
  onclose: ((error: Error) => void) | null;
  execute(query: Query): boolean | undefined;
}

function inside(query: Query): QueryInside {
  return query as unknown as QueryInside; // private fields of the library's Query class
}

function withConnection(sql: Sql, text: string, taken: (connection: Connection) => boolean): Query {
  const options = { onexecute: taken } as object; // as `sql.begin` passes it; missing in the types
  return sql.unsafe(text, [], options);
}

/**
 * Begins a transaction without waiting for the answer: `beginText` and the first query leave in one packet, so a
 * read of one query costs one round trip. Rejects with PoolTimeout, or with the driver's error when it cannot connect.
 */
export function beginPipelined(
  sql: Sql,
  beginText: string,
  onLost: () => void,
): Promise<PipelinedTransaction> {
  return new Promise((resolve, reject) => {
    let late = false;
    let transaction: PipelinedTransaction | null = null;
    const timer = setTimeout(() => {
      late = true;
      reject(new PoolTimeout());
    }, poolWaitMs);
    const begin = withConnection(sql, beginText, (connection) => {
      clearTimeout(timer);
      transaction = new PipelinedTransaction(sql, connection, begin, onLost);
      if (late) transaction.end('rollback');
      else resolve(transaction);
      return false;
    });
    begin.catch((error) => {
      clearTimeout(timer);
      if (breaksConnection(error)) onLost();
      transaction?.failedToBegin(error);
      reject(error);
    });
  });
}

/** One transaction on one connection; queries go out in order without waiting for each other where the protocol allows. */
export class PipelinedTransaction {
  readonly #sql: Sql;
  readonly #connection: Connection;
  readonly #begin: Query;
  readonly #waiting: Query[] = [];
  readonly #inFlight: Query[] = [];
  readonly #onLost: () => void;
  #full = false;
  #ended = false;
  #closed: Error | null = null;
  #lost: Error | null = null;
  /** Why the transaction never began (a missing role, say); later errors only say "aborted". */
  beginError: unknown = null;

  constructor(sql: Sql, connection: Connection, begin: Query, onLost: () => void) {
    this.#sql = sql;
    this.#connection = connection;
    this.#begin = begin;
    this.#onLost = onLost;
    connection.reserved = () => this.#drain();
    connection.onclose = (error) => this.#lose(error);
  }

  /** As `sql.unsafe`, inside this transaction; refused once it has ended. */
  unsafe(text: string, parameters: unknown[], options: { prepare: boolean }): Query {
    return this.#make(text, parameters, options, (query) => {
      const refusal = this.#closed ?? (this.#ended ? new Error('The scope of this query has ended.') : null);
      if (refusal === null) this.#send(query);
      else inside(query).reject(refusal);
    });
  }

  failedToBegin(error: unknown): void {
    this.beginError = error;
    if (error instanceof Error && breaksConnection(error)) this.#lose(error);
  }

  /** Sends `commit` or `rollback` after everything sent so far. The connection returns to the pool when the server answers. */
  end(how: 'commit' | 'rollback'): Promise<string> {
    this.#ended = true;
    const query = this.#make(how, [], {}, (ending) => this.#send(ending));
    const answered = query.then((result) => result.command);
    answered.catch(() => {}); // whoever awaits it learns; after a read nobody needs to
    return answered;
  }

  /** Refuses further queries with `reason`, stops the statement that is running on the server, and rolls back. */
  async abort(reason: Error): Promise<void> {
    this.#closed = reason;
    await this.#begin.catch(() => {});
    const running = this.#inFlight.find((query) => inside(query).active);
    // The server has acted on a cancel request once it closes that connection, so it cannot hit a later statement.
    if (this.#lost === null && running !== undefined) await running.cancel();
    await this.end('rollback');
  }

  #make(text: string, parameters: unknown[], options: object, handler: (query: Query) => void): Query {
    const query = this.#sql.unsafe(text, parameters as never[], options);
    const own = inside(query);
    const reject = own.reject;
    own.handler = handler;
    own.reject = (error) => {
      // Nothing may be sent on a connection that failed: postgres.js would lose the slot.
      if (error instanceof Error && breaksConnection(error)) this.#lose(error);
      reject(error);
    };
    return query;
  }

  #send(query: Query): void {
    if (this.#lost !== null) inside(query).reject(this.#lost);
    else if (this.#full) this.#waiting.push(query);
    else {
      this.#inFlight.push(query);
      this.#full = !this.#connection.execute(query);
    }
  }

  #drain(): void {
    this.#full = false;
    this.#inFlight.length = 0;
    while (!this.#full) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#send(next);
    }
  }

  #lose(error: Error): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    if (this.#closed === null && !this.#ended) this.#onLost();
    for (const query of [...this.#inFlight.splice(0), ...this.#waiting.splice(0)])
      inside(query).reject(error);
  }
}
