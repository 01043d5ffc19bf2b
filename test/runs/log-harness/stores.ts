import type { Pipeline } from '@upstash/redis';
import type { Database } from '../../../db/client.ts';
import type { RunEvent } from '../../../server/runs/events.ts';
import { createMemoryRunLog } from '../../../server/runs/log.memory.ts';
import { createPostgresRunLog, type PostgresRunLogOptions } from '../../../server/runs/log.postgres.ts';
import { createRedisRunLog } from '../../../server/runs/log.redis.ts';
import type { LogEntry, RunLog } from '../../../server/runs/log.ts';
import type { RedisClient } from '../../../server/runs/redis-pipe.ts';
import type { Faults } from './faults.ts';

/** A store of run logs under test: adapters of separate processes over it, and a look past the adapters. */
export interface LogStore {
  readonly kind: RunLog['kind'];
  /** An adapter of a process of its own, whose transport has these faults. */
  openLog(faults: Faults | null): RunLog;
  /** The stored batches as they lie there, in the store's order. */
  dump(runIds: readonly string[]): Promise<Map<string, LogEntry[]>>;
}

export type SqlClient = PostgresRunLogOptions['database']['main'];

export function memoryStore(): LogStore {
  const log = createMemoryRunLog();
  return {
    kind: 'memory',
    openLog: (faults) => (faults === null ? log : faultyLog(log, faults)),
    async dump(runIds) {
      const entries = await log.readMany(runIds.map((runId) => ({ runId, afterSeq: 0 })));
      return new Map(runIds.map((runId, index) => [runId, entries[index] ?? []]));
    },
  };
}

/** `edit` stands between the adapter and Postgres. */
export function postgresStore(database: Database, edit = (client: SqlClient) => client): LogStore {
  return {
    kind: 'postgres',
    openLog(faults) {
      const main = edit(database.main);
      const faulty: SqlClient = {
        unsafe: (text) => (faults === null ? main.unsafe(text) : faults.run(() => main.unsafe(text))),
      };
      return createPostgresRunLog({ database: { main: faulty } });
    },
    async dump(runIds) {
      const list = runIds.map((runId) => `'${runId}'`).join();
      const results: unknown = await database.main.unsafe(
        `set local role repspheres_system; set local statement_timeout = 60000;
         select run_id, epoch, first_seq, last_seq, events from run_log where run_id in (${list}) order by last_seq, first_seq`,
      );
      const rows = (Array.isArray(results) ? results.at(-1) : []) as Record<string, string | number>[];
      return group(runIds, rows.map(fromRow));
    },
  };
}

/** `edit` stands between the adapter and the client. */
export function redisStore(redis: RedisClient, edit = (client: RedisClient) => client): LogStore {
  return {
    kind: 'redis',
    openLog: (faults) => createRedisRunLog({ redis: faultyRedis(edit(redis), faults) }),
    async dump(runIds) {
      const pipeline = redis.pipeline();
      for (const runId of runIds) pipeline.xrange(`run:{${runId}}:log`, '-', '+');
      const answers = (await pipeline.exec()) as [string, string[]][][];
      return group(
        runIds,
        answers.flatMap((entries, index) => fromStream(runIds[index] ?? '', entries)),
      );
    },
  };
}

interface Stored {
  readonly runId: string;
  readonly entry: LogEntry;
}

function fromRow(row: Record<string, string | number>): Stored {
  const events = JSON.parse(String(row.events)) as RunEvent[];
  const entry = {
    epoch: Number(row.epoch),
    firstSeq: Number(row.first_seq),
    lastSeq: Number(row.last_seq),
    events,
  };
  return { runId: String(row.run_id), entry };
}

/** By its fields, not by its id: a mutated adapter may write ids of its own. */
function fromStream(runId: string, entries: readonly [string, string[]][]): Stored[] {
  return entries.flatMap(([, list]) => {
    const fields = new Map(
      list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : [])),
    );
    const json = fields.get('d');
    if (json === undefined) return [];
    const events = JSON.parse(json) as RunEvent[];
    const firstSeq = Number(fields.get('f'));
    return [
      {
        runId,
        entry: { epoch: Number(fields.get('k')), firstSeq, lastSeq: firstSeq + events.length - 1, events },
      },
    ];
  });
}

function group(runIds: readonly string[], stored: readonly Stored[]): Map<string, LogEntry[]> {
  const logs = new Map<string, LogEntry[]>(runIds.map((runId) => [runId, []]));
  for (const { runId, entry } of stored) logs.get(runId)?.push(entry);
  return logs;
}

function faultyRedis(redis: RedisClient, faults: Faults | null): RedisClient {
  if (faults === null) return redis;
  return {
    pipeline() {
      const pipeline = redis.pipeline();
      const send = pipeline.exec as (options: object) => Promise<unknown[]>;
      const exec = (options: object) => faults.run(() => send(options));
      return Object.assign(pipeline, { exec }) as Pipeline;
    },
  };
}

function faultyLog(log: RunLog, faults: Faults): RunLog {
  return {
    kind: log.kind,
    takeover: (...input) => faults.run(() => log.takeover(...input)),
    append: (...input) => faults.run(() => log.append(...input)),
    read: (...input) => faults.run(() => log.read(...input)),
    readMany: (...input) => faults.run(() => log.readMany(...input)),
    tail: (...input) => faults.run(() => log.tail(...input)),
    audit: (...input) => faults.run(() => log.audit(...input)),
    drop: (...input) => faults.run(() => log.drop(...input)),
  };
}
