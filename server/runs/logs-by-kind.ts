import type { RunLogs } from './engine-deps.ts';
import type { RunLog } from './log.ts';
import { absentTail } from './log-record.ts';

const kinds = ['postgres', 'redis', 'memory'] as const satisfies readonly RunLog['kind'][];

/** The logs of a process. Runs that were written elsewhere, by another configuration, have an absent one. */
export function logsByKind(primary: RunLog, fallback: RunLog | null): RunLogs {
  const byKind = new Map<RunLog['kind'], RunLog>();
  for (const kind of kinds) byKind.set(kind, absentLog(kind));
  for (const log of fallback === null ? [primary] : [fallback, primary]) byKind.set(log.kind, log);
  return { primary, fallback, of: (kind) => byKind.get(kind) ?? absentLog(kind) };
}

/**
 * Stands for a log that is not configured here: to readers it is as one that was lost, so ended runs are read from
 * their row; it takes nothing, so live ones are ended in a log that is here.
 */
function absentLog(kind: RunLog['kind']): RunLog {
  const refuse = async (): Promise<never> => {
    throw new Error(`the ${kind} run log is not configured here`);
  };
  return {
    ...{ kind, takeover: refuse, append: refuse, drop: refuse },
    read: async () => [],
    readMany: async (requests) => requests.map(() => []),
    tail: async () => absentTail,
    audit: async () => false,
  };
}
