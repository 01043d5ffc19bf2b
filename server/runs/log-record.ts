import { idPattern } from '../core/ids.ts';
import { isTerminal, type RunEvent } from './events.ts';
import type { AppendOutcome, LogEntry, LogTail } from './log.ts';

/** A batch as the stores keep it: the events as one JSON text, which never holds a raw control character. */
export interface LogRecord {
  readonly runId: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly ends: boolean;
  readonly json: string;
}

export const absentTail: LogTail = { exists: false, epoch: 0, lastSeq: 0, ended: false };

const runIdPattern = idPattern('run');
/** The largest number the stores keep. */
export const maxNumber = 2 ** 31 - 1;

/** Refuses what is not a run id of ours; stores may then use it in keys and literals. */
export function checkRunId(runId: string): string {
  if (!runIdPattern.test(runId)) throw new TypeError('not a run id');
  return runId;
}

/** Refuses epochs and sequence numbers outside 0..2^31-1. */
export function checkNumber(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > maxNumber)
    throw new TypeError('not a number of a log');
  return value;
}

/** Refuses epochs outside 1..2^31-1. */
export function checkEpoch(epoch: number): number {
  if (checkNumber(epoch) === 0) throw new TypeError('epochs begin at 1');
  return epoch;
}

/** Throws TypeError for an entry that no log may hold: a caller's defect. */
export function checkEntry(runId: string, entry: LogEntry): void {
  checkRunId(runId);
  checkEpoch(entry.epoch);
  for (const value of [entry.firstSeq, entry.lastSeq]) checkNumber(value);
  if (entry.firstSeq < 1 || entry.lastSeq < entry.firstSeq || entry.events.length === 0) {
    throw new TypeError('an entry holds at least one event, in a range of numbers from 1');
  }
}

/** The stored form of an entry; checks it first. */
export function toRecord(runId: string, entry: LogEntry): LogRecord {
  checkEntry(runId, entry);
  const ends = entry.events.some(isTerminal);
  const { epoch, firstSeq, lastSeq } = entry;
  return { runId, epoch, firstSeq, lastSeq, ends, json: JSON.stringify(entry.events) };
}

/** The events of a stored JSON text. Safe to cast: only `toRecord` writes it. Throws when it is not an array. */
export function parseEvents(json: string): RunEvent[] {
  const events: unknown = JSON.parse(json);
  if (!Array.isArray(events)) throw new TypeError('a stored batch is not an array of events');
  return events as RunEvent[];
}

/** Why a store did not take an entry: `tail` is the log as it is now, `isStored` whether it holds this very entry. */
export function judgeRefusal(
  entry: Pick<LogEntry, 'epoch' | 'firstSeq'>,
  tail: LogTail,
  isStored: boolean,
): AppendOutcome {
  if (isStored) return 'appended';
  if (!tail.exists || tail.epoch < entry.epoch) return 'lost';
  if (tail.epoch > entry.epoch || tail.ended) return 'fenced';
  return tail.lastSeq < entry.firstSeq - 1 ? 'lost' : 'fenced';
}
