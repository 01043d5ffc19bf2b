import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal } from '../../../server/runs/events.ts';
import type { RunLog } from '../../../server/runs/log.ts';
import type { RunHistory } from './history.ts';

/** Follows a run as a tailer does: from its cursor, dropping what it has, never passing a gap. */
export async function follow(log: RunLog, history: RunHistory, stop: AbortSignal): Promise<void> {
  const { seen, runId } = history;
  while (!stop.aborted) {
    const entries = await log.read(runId, seen.length).catch(() => []);
    for (const event of entries.flatMap((entry) => entry.events)) {
      if (event.seq === seen.length + 1) seen.push(event);
    }
    const last = seen.at(-1);
    if (last !== undefined && isTerminal(last)) return;
    await sleep(15);
  }
}
