import { AppendBatcher, type Settled } from './append-batcher.ts';
import { storeDeadlineMs, withDeadline } from './deadline.ts';
import type { AppendOutcome, LogEntry, LogTail, RunLog } from './log.ts';
import { absentTail, judgeRefusal, type LogRecord, parseEvents, toRecord } from './log-record.ts';
import { defaultReadLimit } from './log-retention.ts';
import * as statement from './log-statements.ts';

export interface PostgresRunLogOptions {
  /** A `Database` of db/client.ts; of it, only this is used. */
  readonly database: { readonly main: { unsafe(text: string): PromiseLike<unknown> } };
  /** How long a call waits before it rejects with nothing known; ms. */
  readonly deadlineMs?: number;
}

interface HeadRow {
  readonly epoch: number | null;
  readonly last_seq: number;
  readonly ended: boolean;
}
interface BatchRow {
  readonly place: number;
  readonly epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly events: string;
}

/** A row costs Postgres about 20 µs: at most 10 ms of one connection, and a statement that is not megabytes long. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 1024 * 1024;
/** Classes of SQLSTATE that blame the data of a statement: 22 data exception, 23 integrity. */
const DATA_FAULT = /^2[23]/;

/** The log in tables run_log_heads and run_log; rejects when Postgres fails or does not answer within the deadline. */
export function createPostgresRunLog(options: PostgresRunLogOptions): RunLog {
  return new PostgresRunLog(options);
}

class PostgresRunLog implements RunLog {
  readonly kind = 'postgres';
  readonly #database: PostgresRunLogOptions['database'];
  readonly #deadlineMs: number;
  readonly #appends: AppendBatcher<LogRecord, AppendOutcome>;

  constructor(options: PostgresRunLogOptions) {
    this.#database = options.database;
    this.#deadlineMs = options.deadlineMs ?? storeDeadlineMs;
    this.#appends = new AppendBatcher({
      key: (record) => record.runId,
      bytes: (record) => record.json.length,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      send: (records) => this.#send(records),
    });
  }

  async takeover(
    runId: string,
    epoch: number,
    options: { readonly create: boolean },
  ): Promise<LogTail | 'fenced'> {
    const [head] = await this.#query<HeadRow>(statement.takeoverStatement(runId, epoch, options.create));
    if (head !== undefined) return tailOf(head);
    const tail = await this.tail(runId);
    return tail.exists ? 'fenced' : absentTail;
  }

  async append(runId: string, entry: LogEntry): Promise<AppendOutcome> {
    return this.#appends.add(toRecord(runId, entry));
  }

  async read(runId: string, afterSeq: number, limit = defaultReadLimit): Promise<LogEntry[]> {
    const [entries] = await this.#readMany([{ runId, afterSeq }], limit);
    return entries ?? [];
  }

  readMany(
    requests: readonly { readonly runId: string; readonly afterSeq: number }[],
  ): Promise<LogEntry[][]> {
    return this.#readMany(requests, defaultReadLimit);
  }

  async tail(runId: string): Promise<LogTail> {
    const [head] = await this.#query<HeadRow>(statement.tailStatement(runId));
    return head === undefined ? absentTail : tailOf(head);
  }

  async audit(runId: string, expectedLastSeq: number): Promise<boolean> {
    const [row] = await this.#query<{ events: number }>(statement.countStatement(runId, expectedLastSeq));
    return row?.events === expectedLastSeq;
  }

  async drop(runId: string): Promise<void> {
    await this.#query(statement.dropStatement(runId));
  }

  async #readMany(requests: Parameters<RunLog['readMany']>[0], limit: number): Promise<LogEntry[][]> {
    const answers: LogEntry[][] = requests.map(() => []);
    if (requests.length === 0) return answers;
    for (const row of await this.#query<BatchRow>(statement.readStatement(requests, limit))) {
      const { epoch, first_seq: firstSeq, last_seq: lastSeq } = row;
      answers[row.place - 1]?.push({ epoch, firstSeq, lastSeq, events: parseEvents(row.events) });
    }
    return answers;
  }

  async #send(records: readonly LogRecord[]): Promise<Settled<AppendOutcome>[]> {
    try {
      // Always in the same order, so that two statements never wait for each other's rows.
      const sorted = records.map((record, place) => ({ record, place })).sort(byRunId);
      const outcomes = await this.#append(sorted.map(({ record }) => record));
      const settled: Settled<AppendOutcome>[] = [];
      sorted.forEach(({ place }, index) => {
        settled[place] = { ok: true, value: outcomes[index] ?? 'lost' };
      });
      return settled;
    } catch (error) {
      if (records.length === 1 || !isDataFault(error)) return records.map(() => ({ ok: false, error }));
      const alone = await Promise.all(records.map((record) => this.#send([record])));
      return alone.flat();
    }
  }

  async #append(records: readonly LogRecord[]): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = records.map(() => 'lost');
    const refused = new Map(records.entries());
    for (const { place } of await this.#query<{ place: number }>(statement.appendStatement(records))) {
      outcomes[place - 1] = 'appended';
      refused.delete(place - 1);
    }
    if (refused.size === 0) return outcomes;
    const places = [...refused.keys()];
    const doubtful = [...refused.values()];
    type Row = HeadRow & { place: number; is_stored: boolean };
    for (const row of await this.#query<Row>(statement.readBackStatement(doubtful))) {
      const record = doubtful[row.place - 1];
      const place = places[row.place - 1];
      if (record !== undefined && place !== undefined) {
        outcomes[place] = judgeRefusal(record, tailOf(row), row.is_stored);
      }
    }
    return outcomes;
  }

  /**
   * One message, one round trip, one implicit transaction: `set local` holds for these statements only, also when
   * they fail, which an explicit `begin` would leave open.
   */
  async #query<Row>(text: string): Promise<readonly Row[]> {
    const limits = `set local role repspheres_system; set local statement_timeout = ${this.#deadlineMs}`;
    const call = this.#database.main.unsafe(`${limits}; ${text}`);
    return lastResult<Row>(await withDeadline(call, 'postgres', this.#deadlineMs));
  }
}

/** postgres.js answers several statements with an array of results. Safe to cast: the statement's columns are `Row`. */
function lastResult<Row>(results: unknown): readonly Row[] {
  const last: unknown = Array.isArray(results) ? results.at(-1) : undefined;
  if (!Array.isArray(last)) throw new TypeError('Postgres answered with fewer results than statements');
  return last as Row[];
}

function tailOf(head: HeadRow): LogTail {
  if (head.epoch === null) return absentTail;
  return { exists: true, epoch: head.epoch, lastSeq: head.last_seq, ended: head.ended };
}

function byRunId(a: { record: LogRecord }, b: { record: LogRecord }): number {
  return a.record.runId < b.record.runId ? -1 : 1;
}

function isDataFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DATA_FAULT.test(String(error.code));
}
