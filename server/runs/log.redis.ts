import type { Pipeline } from '@upstash/redis';
import { AppendBatcher, type Settled } from './append-batcher.ts';
import { storeDeadlineMs } from './deadline.ts';
import type { AppendOutcome, LogEntry, LogTail, RunLog } from './log.ts';
import { absentTail, checkEpoch, type LogRecord, toRecord } from './log-record.ts';
import { defaultReadLimit, retentionSeconds } from './log-retention.ts';
import { endsLog, entryId, inOrder, isMarker, logKey, type StreamEntry } from './redis-entry.ts';
import { OwnedLogs } from './redis-owned.ts';
import { createRedisPipe, type RedisClient, type RedisPipe, type Reply } from './redis-pipe.ts';
import { entriesOf, type ReadRequest, RedisReader } from './redis-reader.ts';

export interface RedisRunLogOptions {
  /** Made by `connectRunLogRedis`: the client's own defaults do not fit an append. */
  readonly redis: RedisClient;
  /** How long a call waits before it rejects with nothing known; ms. */
  readonly deadlineMs?: number;
}

/** In characters, which take up to 3 bytes: below the 1 MB a request of Upstash's smallest plan. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 256 * 1024;
/** Enough to pass the markers of a few takeovers in a row. */
const TAIL_PAGE = 8;
/** What XADD answers for an id that is not above the last one. */
const REFUSED = /equal or smaller/i;

/**
 * The log as one stream a run, `<epoch>-<lastSeq>` as id, over Upstash's REST protocol: one billed command an append.
 * Rejects when Redis fails or does not answer within the deadline.
 */
export function createRedisRunLog(options: RedisRunLogOptions): RunLog {
  return new RedisRunLog(createRedisPipe(options.redis, options.deadlineMs ?? storeDeadlineMs));
}

class RedisRunLog implements RunLog {
  readonly kind = 'redis';
  readonly #pipe: RedisPipe;
  readonly #reader: RedisReader;
  readonly #owned = new OwnedLogs();
  readonly #appends: AppendBatcher<LogRecord, AppendOutcome>;
  /** All runs of a process are audited at the same time. */
  readonly #lengths: AppendBatcher<string, unknown>;

  constructor(pipe: RedisPipe) {
    this.#pipe = pipe;
    this.#reader = new RedisReader(pipe);
    this.#appends = new AppendBatcher({
      key: (record) => record.runId,
      bytes: (record) => record.json.length,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      send: (records) => this.#send(records),
    });
    this.#lengths = new AppendBatcher({
      key: (runId) => runId,
      bytes: (runId) => runId.length,
      maxItems: MAX_BATCH,
      maxBytes: MAX_BATCH_BYTES,
      send: (runIds) => this.#measure(runIds),
    });
  }

  async takeover(
    runId: string,
    epoch: number,
    options: { readonly create: boolean },
  ): Promise<LogTail | 'fenced'> {
    const key = logKey(runId);
    const marker = { f: 0, k: checkEpoch(epoch) };
    // In this order: below the marker nothing of a lower epoch can land any more, so the tail read after it is final.
    const [marked, range, length] = await this.#pipe((pipeline) => {
      pipeline.xadd(key, entryId(epoch, 0), marker, options.create ? undefined : { nomkStream: true });
      pipeline.xrevrange(key, '+', '-', TAIL_PAGE);
      pipeline.xlen(key);
      pipeline.expire(key, retentionSeconds);
    });
    const tail = await this.#tailOf(runId, entriesOf(range));
    if (marked?.ok === false && !REFUSED.test(marked.error))
      throw new Error(`Redis refused a marker: ${marked.error}`);
    if (!tail.exists) return absentTail;
    // Refused with our epoch on top: the marker is our own earlier one, epochs being unique.
    if (tail.epoch !== epoch) return 'fenced';
    this.#owned.taken(runId, tail, length?.ok === true ? Number(length.value) : 0);
    return tail;
  }

  async append(runId: string, entry: LogEntry): Promise<AppendOutcome> {
    return this.#appends.add(toRecord(runId, entry));
  }

  async read(runId: string, afterSeq: number, limit = defaultReadLimit): Promise<LogEntry[]> {
    const [entries] = await this.#reader.readMany([{ runId, afterSeq }], limit);
    return entries ?? [];
  }

  readMany(requests: readonly ReadRequest[]): Promise<LogEntry[][]> {
    return this.#reader.readMany(requests, defaultReadLimit);
  }

  async tail(runId: string): Promise<LogTail> {
    const key = logKey(runId);
    const [range] = await this.#pipe((pipeline) => pipeline.xrevrange(key, '+', '-', TAIL_PAGE));
    return this.#tailOf(runId, entriesOf(range));
  }

  async audit(runId: string, expectedLastSeq: number): Promise<boolean> {
    const expected = this.#owned.expectedEntries(runId, expectedLastSeq);
    if (expected !== undefined) {
      if ((await this.#lengths.add(runId)) === expected) return true;
    }
    let covered = 0;
    for (const entry of inOrder(await this.#reader.readAll(runId), 0)) {
      if (entry.firstSeq > covered + 1) break;
      covered = entry.lastSeq;
    }
    return covered >= expectedLastSeq;
  }

  async drop(runId: string): Promise<void> {
    const [deleted] = await this.#pipe((pipeline) => pipeline.del(logKey(runId)));
    if (deleted?.ok !== true)
      throw new Error(`Redis refused to delete a log: ${deleted?.error ?? 'no answer'}`);
    this.#owned.forget(runId);
    this.#reader.forget(runId);
  }

  async #tailOf(runId: string, newestFirst: StreamEntry[]): Promise<LogTail> {
    const [top] = newestFirst;
    if (top === undefined) return absentTail;
    let last = newestFirst.find((entry) => !isMarker(entry));
    if (last === undefined && newestFirst.length === TAIL_PAGE) {
      last = (await this.#reader.readAll(runId)).findLast(
        (entry) => !isMarker(entry) && entry.epoch <= top.epoch,
      );
    }
    const lastSeq = last?.lastSeq ?? 0;
    return { exists: true, epoch: top.epoch, lastSeq, ended: last !== undefined && endsLog(last) };
  }

  async #measure(runIds: readonly string[]): Promise<Settled<unknown>[]> {
    const replies = await this.#pipe((pipeline) => {
      for (const runId of runIds) pipeline.xlen(logKey(runId));
    });
    return replies.map((reply) => ({ ok: true, value: reply.ok ? reply.value : null }));
  }

  async #send(records: readonly LogRecord[]): Promise<Settled<AppendOutcome>[]> {
    const settled: Settled<AppendOutcome>[] = [];
    const sent: { readonly record: LogRecord; readonly place: number }[] = [];
    records.forEach((record, place) => {
      const refusal = this.#owned.refusal(record);
      if (refusal === null) sent.push({ record, place });
      else settled[place] = { ok: true, value: refusal };
    });
    const outcomes = await this.#append(sent.map(({ record }) => record));
    sent.forEach(({ record, place }, index) => {
      const outcome = outcomes[index] ?? { ok: false, error: new Error('Redis did not answer an append') };
      if (!outcome.ok) this.#owned.doubted(record);
      else if (outcome.value === 'appended') this.#owned.acknowledged(record);
      settled[place] = outcome;
    });
    return settled;
  }

  async #append(records: readonly LogRecord[]): Promise<Settled<AppendOutcome>[]> {
    try {
      const replies = await this.#pipe((pipeline) => {
        for (const record of records) addEntry(pipeline, record);
        for (const { runId, ends } of records) if (ends) pipeline.expire(logKey(runId), retentionSeconds);
      });
      return await this.#settle(
        records,
        records.map((record, place) => outcomeOf(record, replies[place])),
      );
    } catch (error) {
      return records.map(() => ({ ok: false, error }));
    }
  }

  /** A refused id that holds this very batch was our own retry; any other refusal stays one. */
  async #settle(
    records: readonly LogRecord[],
    outcomes: readonly (Settled<AppendOutcome> | 'refused')[],
  ): Promise<Settled<AppendOutcome>[]> {
    const refused = records.filter((_, place) => outcomes[place] === 'refused');
    const readBack = await this.#pipe((pipeline) => {
      for (const { runId, epoch, lastSeq } of refused) {
        const id = entryId(epoch, lastSeq);
        pipeline.xrange(logKey(runId), id, id);
      }
    }).catch((error: unknown) => refused.map((): Reply => ({ ok: false, error: String(error) })));
    return records.map((record, place) => {
      const outcome = outcomes[place];
      if (outcome === undefined) return { ok: false, error: new Error('Redis did not answer an append') };
      return outcome === 'refused' ? judgeReadBack(record, readBack[refused.indexOf(record)]) : outcome;
    });
  }
}

function judgeReadBack(record: LogRecord, reply: Reply | undefined): Settled<AppendOutcome> {
  try {
    const [stored] = entriesOf(reply);
    const isOwn = stored?.firstSeq === record.firstSeq && stored.json === record.json;
    return { ok: true, value: isOwn ? 'appended' : 'fenced' };
  } catch (error) {
    return { ok: false, error };
  }
}

function addEntry(pipeline: Pipeline, record: LogRecord): void {
  const { runId, epoch, firstSeq, lastSeq, json } = record;
  const fields = { f: firstSeq, d: json, k: epoch };
  // Without NOMKSTREAM a writer waking after expiry or erasure would begin a new log.
  pipeline.xadd(logKey(runId), entryId(epoch, lastSeq), fields, { nomkStream: true });
}

/** Redis answers with the id it stored, with nothing where the stream is gone, or refuses. */
function outcomeOf(record: LogRecord, reply: Reply | undefined): Settled<AppendOutcome> | 'refused' {
  if (reply?.ok === true) {
    if (reply.value === null) return { ok: true, value: 'lost' };
    if (reply.value === entryId(record.epoch, record.lastSeq)) return { ok: true, value: 'appended' };
  } else if (reply !== undefined && REFUSED.test(reply.error)) return 'refused';
  return {
    ok: false,
    error: new Error(`Redis did not append: ${reply?.ok === false ? reply.error : 'no id'}`),
  };
}
