import { tracked } from '@trpc/server';
import { Failure } from '../../server/core/failure.ts';
import type { FollowedEvent, RunEvent } from '../../server/runs/events.ts';
import { type FixtureWorld, numberedAnswer } from './fixture-world.ts';

/** Starts a run, once per client key; the message says how many words the answer has. */
export function startFixtureRun(world: FixtureWorld, input: { clientKey: string; message: string }) {
  const runId = `run-${input.clientKey}`;
  if (!world.runs.has(runId)) world.runs.set(runId, numberedAnswer(Number(input.message)));
  return { runId, conversationId: 'conv_1', userMessageId: 'msg_0', status: 'queued' };
}

/** Yields the events of a run after `lastEventId`, paced, ending early with `run.cancelled` when it was cancelled. */
export async function* followFixtureRun(
  world: FixtureWorld,
  input: { runId: string; lastEventId?: string | null },
  signal: AbortSignal | undefined,
) {
  const events = world.runs.get(input.runId);
  if (!events) throw new Failure('run.not-found');
  const after = Number(input.lastEventId?.split('-')[1] ?? 0);
  for (const event of events.slice(after)) {
    if (signal?.aborted) return;
    const next = world.cancelled.has(input.runId) ? cutShort(events, event.seq) : event;
    yield tracked(`1-${next.seq}`, next as FollowedEvent);
    if (next !== event) return;
    await new Promise((resolve) => setTimeout(resolve, world.pace));
  }
}

function cutShort(events: readonly RunEvent[], seq: number): RunEvent {
  const text = events
    .slice(0, seq - 1)
    .map((event) => (event.type === 'text.delta' ? event.text : ''))
    .join('');
  return { type: 'run.cancelled', seq, by: 'user', reason: 'asked', messageId: 'msg_1', text };
}
