import { isTerminal, type RunEvent } from '../../../server/runs/events.ts';
import type { LogEntry } from '../../../server/runs/log.ts';

/** What the owners and the viewer of one simulated run know when everybody has stopped. */
export interface RunHistory {
  readonly runId: string;
  epochs: number;
  readonly acknowledged: LogEntry[];
  /** The tails that takeovers were given: nothing of a lower epoch may have landed since. */
  readonly takeovers: { readonly epoch: number; readonly lastSeq: number }[];
  /** What went wrong for the reaper, who meets no faults. */
  readonly complaints: string[];
  /** What a viewer was shown, in the order it was shown. */
  readonly seen: RunEvent[];
}

/** Everything that is wrong with a run, given the raw entries of its log in the store's own order. */
export function findWrongs(history: RunHistory, stored: readonly LogEntry[]): string[] {
  return [
    ...history.complaints,
    ...wrongSequence(stored),
    ...wrongFences(history.takeovers, stored),
    ...wrongAcknowledged(history.acknowledged, stored),
    ...wrongEnd(stored),
    ...wrongView(history.seen, stored),
  ];
}

function wrongSequence(stored: readonly LogEntry[]): string[] {
  const wrongs: string[] = [];
  let next = 1;
  for (const entry of stored) {
    const numbers = entry.events.map((event) => event.seq);
    if (entry.firstSeq !== next) wrongs.push(`expected ${next}, found ${entry.firstSeq}: a hole or a repeat`);
    if (numbers.some((seq, index) => seq !== entry.firstSeq + index) || numbers.at(-1) !== entry.lastSeq) {
      wrongs.push(`batch ${entry.firstSeq}..${entry.lastSeq} holds ${numbers.join()}`);
    }
    next = entry.lastSeq + 1;
  }
  return wrongs;
}

function wrongAcknowledged(acknowledged: readonly LogEntry[], stored: readonly LogEntry[]): string[] {
  const copies = new Map<string, number>();
  for (const entry of stored) copies.set(identity(entry), (copies.get(identity(entry)) ?? 0) + 1);
  return acknowledged.flatMap((entry) => {
    const found = copies.get(identity(entry)) ?? 0;
    return found === 1 ? [] : [`acknowledged batch ${entry.epoch}-${entry.lastSeq} is stored ${found} times`];
  });
}

function wrongFences(takeovers: RunHistory['takeovers'], stored: readonly LogEntry[]): string[] {
  return takeovers.flatMap(({ epoch, lastSeq }) => {
    const last = stored.findLast((entry) => entry.epoch < epoch)?.lastSeq ?? 0;
    return last === lastSeq
      ? []
      : [`epoch ${epoch} took over at ${lastSeq}, below it the log ends at ${last}`];
  });
}

function wrongEnd(stored: readonly LogEntry[]): string[] {
  const events = stored.flatMap((entry) => entry.events);
  const ends = events.filter(isTerminal).length;
  const last = events.at(-1);
  const wrongs = ends === 1 ? [] : [`${ends} terminal events`];
  if (last !== undefined && ends > 0 && !isTerminal(last)) wrongs.push('events after the terminal one');
  return wrongs;
}

function wrongView(seen: readonly RunEvent[], stored: readonly LogEntry[]): string[] {
  const events = stored.flatMap((entry) => entry.events);
  const at = seen.findIndex((event, index) => JSON.stringify(event) !== JSON.stringify(events[index]));
  return at === -1 ? [] : [`a viewer was shown another event as number ${at + 1}`];
}

function identity({ epoch, firstSeq, lastSeq, events }: LogEntry): string {
  return JSON.stringify([epoch, firstSeq, lastSeq, events]);
}
