import { isTerminal } from './events.ts';
import type { LogEntry } from './log.ts';
import { checkRunId, parseEvents } from './log-record.ts';

/** An entry of a run's stream; a marker has `lastSeq` 0 and no events. */
export interface StreamEntry {
  readonly id: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly json: string;
}

/** In braces, so that a cluster keeps everything of a run on one node. */
export function logKey(runId: string): string {
  return `run:{${checkRunId(runId)}}:log`;
}

/** `<epoch>-<lastSeq>`: Redis takes only ids above the last one, which makes the id the fence. */
export function entryId(epoch: number, lastSeq: number): string {
  return `${epoch}-${lastSeq}`;
}

export function isMarker(entry: StreamEntry): boolean {
  return entry.lastSeq === 0;
}

/** The answer of XRANGE or XREVRANGE. Throws TypeError when it is not one of a run's log. */
export function parseEntries(answer: unknown): StreamEntry[] {
  if (!Array.isArray(answer)) throw new TypeError('Redis answered a range with something else');
  return answer.map(parseEntry);
}

function parseEntry(raw: unknown): StreamEntry {
  const [id, fields]: unknown[] = Array.isArray(raw) ? raw : [];
  if (typeof id !== 'string' || !Array.isArray(fields)) throw new TypeError('not an entry of a stream');
  const [epoch, lastSeq] = id.split('-').map(Number);
  const firstSeq = Number(fieldOf(fields, 'f'));
  if (epoch === undefined || lastSeq === undefined || Number(fieldOf(fields, 'k')) !== epoch) {
    throw new TypeError('not an entry of a run log');
  }
  return { id, epoch, lastSeq, firstSeq, json: lastSeq === 0 ? '[]' : String(fieldOf(fields, 'd')) };
}

function fieldOf(fields: readonly unknown[], name: string): unknown {
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] === name) return fields[index + 1];
  }
  return undefined;
}

export function toLogEntry(entry: StreamEntry): LogEntry {
  const { epoch, firstSeq, lastSeq, json } = entry;
  return { epoch, firstSeq, lastSeq, events: parseEvents(json) };
}

export function endsLog(entry: StreamEntry): boolean {
  return parseEvents(entry.json).some(isTerminal);
}

/**
 * The batches after `afterSeq` in the order of their numbers, each once. The stream's own order differs only where an
 * owner repaired a lost tail by writing the missing numbers again under a new epoch.
 */
export function inOrder(entries: readonly StreamEntry[], afterSeq: number): StreamEntry[] {
  const sorted = entries.filter((entry) => entry.lastSeq > afterSeq).sort((a, b) => a.firstSeq - b.firstSeq);
  let covered = afterSeq;
  return sorted.filter((entry) => {
    if (entry.lastSeq <= covered) return false;
    covered = entry.lastSeq;
    return true;
  });
}
