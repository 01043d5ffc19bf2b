import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelEvent, ModelProvider } from '../../../server/integrations/ai/port.ts';
import { flushPolicy } from '../../../server/runs/log-writer.ts';
import { monotonicMs } from '../sockets/child.ts';

export const PER_SECOND = 20;
const GAP_MS = 1_000 / PER_SECOND;
const usage = {
  inputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 10,
  reasoningTokens: 0,
  source: 'reported',
} as const;

/** A token that says which it is, when it was due (monotonic clock of all processes), and the flush window it may wait for. */
function tokenText(index: number, dueMs: number, greetedMs: number): string {
  const window = dueMs - greetedMs < flushPolicy.lateAfterMs ? flushPolicy.earlyMs : flushPolicy.lateMs;
  return `${index}@${dueMs.toFixed(2)}@${window} `;
}

export interface Gate {
  /** When streams begin to speak; they wait for it, so that all followers are there. */
  readonly opened: Promise<number>;
  readonly tokens: number;
}

/** A provider that speaks 20 tokens a second by schedule: a late process speaks late, with the stamp of the schedule. */
export function scriptedProvider(gate: Gate): ModelProvider {
  let streams = 0;
  return {
    id: 'offline',
    async *stream(_request, signal): AsyncGenerator<ModelEvent> {
      const offset = ((streams++ % 500) / 500) * GAP_MS;
      yield { type: 'opened', model: 'scripted', requestId: null };
      // A first word at once: a run without one is given up after 8 s.
      yield { type: 'text', text: 'hello ' };
      const greeted = monotonicMs();
      const start = yield* waitFor(gate.opened);
      for (let index = 0; index < gate.tokens; index += 1) {
        const due = start + offset + index * GAP_MS;
        const wait = due - monotonicMs();
        if (wait > 0) await sleep(wait);
        signal.throwIfAborted();
        yield { type: 'text', text: tokenText(index, due, greeted) };
      }
      yield { type: 'done', reason: 'stop', usage };
    },
  };
}

/** Greets each second while it waits: pings alone keep a run alive only for a while, and a slow disk starts 500 runs slowly. */
async function* waitFor(opened: Promise<number>): AsyncGenerator<ModelEvent, number> {
  for (;;) {
    const start = await Promise.race([opened, sleep(1_000, null)]);
    if (start !== null) return start;
    yield { type: 'text', text: 'hello ' };
  }
}
