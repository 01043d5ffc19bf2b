import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import type { RunLog } from '../../server/runs/log.ts';

export interface FaultyLog extends RunLog {
  /** From now on it answers nothing for `silentAfterMs` and then rejects, as a store behind a dead link does. */
  silence(): void;
  /** Forgets every run, as a Redis that restarted empty. */
  forget(): void;
}

/** A memory log that several instances share, and that can fall silent or lose what it holds. */
export function faultyLog(silentAfterMs = 400): FaultyLog {
  let inner = createMemoryRunLog();
  let isSilent = false;
  const ask = async <T>(call: (log: RunLog) => Promise<T>): Promise<T> => {
    if (!isSilent) return call(inner);
    await new Promise((resolve) => setTimeout(resolve, silentAfterMs));
    throw new Error('the log does not answer');
  };
  return {
    kind: 'memory',
    silence: () => {
      isSilent = true;
    },
    forget: () => {
      inner = createMemoryRunLog();
    },
    takeover: (runId, epoch, options) => ask((log) => log.takeover(runId, epoch, options)),
    append: (runId, entry) => ask((log) => log.append(runId, entry)),
    read: (runId, afterSeq, limit) => ask((log) => log.read(runId, afterSeq, limit)),
    readMany: (requests) => ask((log) => log.readMany(requests)),
    tail: (runId) => ask((log) => log.tail(runId)),
    audit: (runId, seq) => ask((log) => log.audit(runId, seq)),
    drop: (runId) => ask((log) => log.drop(runId)),
  };
}
