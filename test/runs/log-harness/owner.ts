import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../../server/runs/events.ts';
import type { AppendOutcome, LogEntry, LogTail, RunLog } from '../../../server/runs/log.ts';
import type { RunHistory } from './history.ts';
import type { Random } from './random.ts';

export interface Owner {
  readonly log: RunLog;
  readonly random: Random;
  readonly history: RunHistory;
  readonly create: boolean;
}

const PATIENCE = 6;

/**
 * One owner as the producer behaves: takes the next epoch, continues after the tail, repeats what is in doubt with the
 * same arguments, stops when fenced. It may crash before or after any step, sleep like a stopped process, and is sometimes
 * faulty itself: goes on although a batch is in doubt, or after its own terminal event.
 */
export async function runOwner(owner: Owner): Promise<void> {
  const { random, history } = owner;
  history.epochs += 1;
  const epoch = history.epochs;
  const tail = await persist(() => owner.log.takeover(history.runId, epoch, { create: owner.create }));
  if (tail === undefined || tail === 'fenced' || !tail.exists || tail.ended) return;
  noteTakeover(history, epoch, tail);
  let lastSeq = tail.lastSeq;
  for (let left = random.between(1, 6); left > 0; left -= 1) {
    await sleep(random.chance(0.05) ? random.between(10, 50) : random.between(0, 4));
    if (random.chance(0.05)) return;
    const batch = makeBatch(epoch, lastSeq, random.between(1, 4));
    const outcome = await commit(owner, batch, random.chance(0.25) ? 1 : PATIENCE);
    if (outcome === 'fenced' || outcome === 'lost' || random.chance(0.05)) return;
    lastSeq = batch.lastSeq;
  }
  if (random.chance(0.4)) return;
  const terminal = makeTerminal(epoch, lastSeq);
  await commit(owner, terminal, PATIENCE);
  if (random.chance(0.2)) await commit(owner, makeBatch(epoch, terminal.lastSeq, 1), PATIENCE);
}

/** What the reaper does in the end: the highest epoch, and a terminal event unless there is one. */
export async function reap(log: RunLog, history: RunHistory): Promise<void> {
  history.epochs += 1;
  const epoch = history.epochs;
  const tail = await persist(() => log.takeover(history.runId, epoch, { create: true }));
  if (tail === undefined || tail === 'fenced') throw new Error(`the reaper's takeover was ${tail}`);
  if (tail.ended) return;
  noteTakeover(history, epoch, tail);
  const terminal = makeTerminal(epoch, tail.lastSeq);
  const outcome = await persist(() => log.append(history.runId, terminal));
  if (outcome !== 'appended') throw new Error(`the reaper's append was ${outcome}`);
  history.acknowledged.push(terminal);
}

function noteTakeover(history: RunHistory, epoch: number, tail: LogTail): void {
  history.takeovers.push({ epoch, lastSeq: tail.lastSeq });
}

async function commit(owner: Owner, batch: LogEntry, tries: number): Promise<AppendOutcome | undefined> {
  const outcome = await persist(() => owner.log.append(owner.history.runId, batch), tries);
  if (outcome === 'appended') owner.history.acknowledged.push(batch);
  return outcome;
}

async function persist<T extends LogTail | 'fenced' | AppendOutcome>(
  call: () => Promise<T>,
  tries = PATIENCE,
): Promise<T | undefined> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      return await call();
    } catch {
      await sleep(1); // in doubt: the same call again
    }
  }
  return undefined;
}

function makeBatch(epoch: number, lastSeq: number, size: number): LogEntry {
  const firstSeq = lastSeq + 1;
  const events = Array.from({ length: size }, (_, index): RunEvent => {
    const seq = firstSeq + index;
    return { type: 'text.delta', seq, block: 0, text: `${epoch}'${seq}\\ \u0000\ud800 é…\n` };
  });
  return { epoch, firstSeq, lastSeq: lastSeq + size, events };
}

function makeTerminal(epoch: number, lastSeq: number): LogEntry {
  const seq = lastSeq + 1;
  const end: RunEvent = {
    type: 'run.cancelled',
    seq,
    by: `${epoch}`,
    reason: 'end',
    messageId: null,
    text: '',
  };
  return { epoch, firstSeq: seq, lastSeq: seq, events: [end] };
}
