import { LRUCache } from 'lru-cache';
import type { LogEntry } from './log.ts';
import { inOrder, isMarker, logKey, parseEntries, type StreamEntry, toLogEntry } from './redis-entry.ts';
import type { RedisPipe, Reply } from './redis-pipe.ts';

export interface ReadRequest {
  readonly runId: string;
  readonly afterSeq: number;
}

interface Place {
  readonly id: string;
  readonly seq: number;
}

const MAX_PLACES = 20_000;
const PAGE = 1000;

/**
 * Reads logs by number although streams are ordered by epoch first: it remembers where the last read of a run ended,
 * so that following a log costs what is new, and reads from the start when it cannot know or finds a gap.
 */
export class RedisReader {
  readonly #pipe: RedisPipe;
  readonly #places = new LRUCache<string, Place>({ max: MAX_PLACES });

  constructor(pipe: RedisPipe) {
    this.#pipe = pipe;
  }

  forget(runId: string): void {
    this.#places.delete(runId);
  }

  async readMany(requests: readonly ReadRequest[], limit: number): Promise<LogEntry[][]> {
    const places = requests.map((request) => this.#placeBefore(request));
    const replies = await this.#pipe((pipeline) => {
      requests.forEach(({ runId }, index) => {
        const place = places[index];
        pipeline.xrange(logKey(runId), place === undefined ? '-' : `(${place.id}`, '+', PAGE);
      });
    });
    return Promise.all(
      requests.map(async (request, index) => {
        const page = entriesOf(replies[index]);
        const known = await this.#finish(request, page, limit, places[index] !== undefined);
        return known.map(toLogEntry);
      }),
    );
  }

  /** All entries of a log, markers included. */
  async readAll(runId: string): Promise<StreamEntry[]> {
    return this.#rest(runId, []);
  }

  async #finish(
    request: ReadRequest,
    page: StreamEntry[],
    limit: number,
    isPartial: boolean,
  ): Promise<StreamEntry[]> {
    const entries = page.length < PAGE ? page : await this.#rest(request.runId, page);
    let found = inOrder(entries, request.afterSeq);
    if (isPartial && hasGap(found, request.afterSeq)) {
      found = inOrder(await this.readAll(request.runId), request.afterSeq);
    } else {
      this.#remember(request.runId, entries, found);
    }
    return found.slice(0, limit);
  }

  async #rest(runId: string, entries: StreamEntry[]): Promise<StreamEntry[]> {
    const all = [...entries];
    for (;;) {
      const start = all.at(-1)?.id;
      const [reply] = await this.#pipe((pipeline) => {
        pipeline.xrange(logKey(runId), start === undefined ? '-' : `(${start}`, '+', PAGE);
      });
      const page = entriesOf(reply);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }

  #placeBefore(request: ReadRequest): Place | undefined {
    const place = this.#places.get(request.runId);
    return place !== undefined && place.seq <= request.afterSeq ? place : undefined;
  }

  #remember(runId: string, entries: readonly StreamEntry[], found: readonly StreamEntry[]): void {
    const last = entries.findLast((entry) => !isMarker(entry));
    // Only where both orders end with the same entry: nothing before it is still to be found.
    if (last !== undefined && last === found.at(-1))
      this.#places.set(runId, { id: last.id, seq: last.lastSeq });
  }
}

function hasGap(entries: readonly StreamEntry[], afterSeq: number): boolean {
  let covered = afterSeq;
  for (const entry of entries) {
    if (entry.firstSeq > covered + 1) return true;
    covered = entry.lastSeq;
  }
  return false;
}

/** The entries of a range's reply; a refused command is a failure of this read. */
export function entriesOf(reply: Reply | undefined): StreamEntry[] {
  if (reply === undefined || !reply.ok)
    throw new Error(`Redis refused a read: ${reply?.error ?? 'no answer'}`);
  return parseEntries(reply.value);
}
