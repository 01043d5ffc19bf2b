import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newId } from '../../server/core/ids.ts';
import type { LogEntry, RunLog } from '../../server/runs/log.ts';
import { redisMissingReason } from '../support/redis.ts';
import { openBenchLog } from './run-log-stores.ts';

export interface RunLogRow {
  readonly adapter: RunLog['kind'];
  /** `closed`: each run appends again when its append is acknowledged. `paced`: each run appends every 40 ms. */
  readonly load: 'closed' | 'paced';
  readonly runs: number;
  readonly appendsPerSecond: number;
  /** From the call, or when paced from the scheduled time, to the acknowledgement; ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Load {
  readonly load: RunLogRow['load'];
  readonly runs: number;
}

const loads: readonly Load[] = [
  { load: 'closed', runs: 1 },
  { load: 'closed', runs: 100 },
  { load: 'closed', runs: 1000 },
  { load: 'paced', runs: 300 },
];
const CELL_MS = 1000;
const WARM_UP_MS = 150;
const FLUSH_MS = 40;

/**
 * Appends a second by adapter: batches of one merged delta of 60 characters, one in flight a run. Postgres is durable
 * (fsync on), Redis stands behind the REST bridge of this process, both on this machine. About 20 s.
 */
export async function benchRunLog(): Promise<RunLogRow[]> {
  const kinds: RunLog['kind'][] = ['memory', 'postgres'];
  if (redisMissingReason() === null) kinds.push('redis');
  const rows: RunLogRow[] = [];
  for (const kind of kinds) {
    await using opened = await openBenchLog(kind);
    for (const load of loads) rows.push(await measure(opened.log, load));
  }
  return rows;
}

async function measure(log: RunLog, { load, runs }: Load): Promise<RunLogRow> {
  const runIds = Array.from({ length: runs }, () => newId('run'));
  await inGroups(runIds, (runId) => log.takeover(runId, 1, { create: true }));
  const waits: number[] = [];
  const from = performance.now() + WARM_UP_MS;
  const until = from + CELL_MS;
  const note = (since: number) => {
    // A timer may fire a fraction of a millisecond before its time.
    if (since >= from) waits.push(Math.max(0, performance.now() - since));
  };
  const drive = load === 'closed' ? appendAtOnce : appendOnSchedule;
  await Promise.all(runIds.map((runId, index) => drive(log, runId, { index: index / runs, until, note })));
  const seconds = (performance.now() - from) / 1000;
  waits.sort((a, b) => a - b);
  const at = (share: number) => Number((waits[Math.floor(waits.length * share)] ?? 0).toFixed(2));
  const appendsPerSecond = Math.round(waits.length / seconds);
  return { adapter: log.kind, load, runs, appendsPerSecond, p50Ms: at(0.5), p99Ms: at(0.99) };
}

interface Drive {
  /** In [0, 1): spreads the schedules. */
  readonly index: number;
  readonly until: number;
  note(since: number): void;
}

async function appendAtOnce(log: RunLog, runId: string, drive: Drive): Promise<void> {
  for (let seq = 1; performance.now() < drive.until; seq += 1) {
    const since = performance.now();
    await append(log, runId, seq);
    drive.note(since);
  }
}

async function appendOnSchedule(log: RunLog, runId: string, drive: Drive): Promise<void> {
  let due = performance.now() + drive.index * FLUSH_MS;
  for (let seq = 1; due < drive.until; seq += 1) {
    await sleep(Math.max(0, due - performance.now()));
    await append(log, runId, seq);
    drive.note(due);
    due += FLUSH_MS;
  }
}

async function append(log: RunLog, runId: string, seq: number): Promise<void> {
  const text = 'sixty characters of an answer, as forty milliseconds bring it';
  const entry: LogEntry = {
    epoch: 1,
    firstSeq: seq,
    lastSeq: seq,
    events: [{ type: 'text.delta', seq, block: 0, text }],
  };
  const outcome = await log.append(runId, entry);
  if (outcome !== 'appended') throw new Error(`an append without rivals was ${outcome}`);
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 50)
    await Promise.all(items.slice(start, start + 50).map(work));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const rows = await benchRunLog();
  if (values.json) console.log(JSON.stringify(rows));
  else console.table(rows);
}
