import { principalOf } from '../../core/authorise.ts';
import type { Call } from '../../core/call.ts';
import { openScope } from '../../core/scoped.ts';
import { subscription } from '../../core/subscription.ts';
import { FollowedEvent } from '../../runs/events.ts';
import { acceptedFirst } from './accepted-first.ts';
import { followedRun, ownedRun } from './owned-run.ts';
import { FollowRunInput, StartAndFollowInput, StartedEvent } from './runs.contract.ts';
import { startRun } from './start-run.ts';

/** The events of a run after `lastEventId`, each once and in order, to its terminal event; authorised anew each time. */
export const followRun = subscription(
  {
    name: 'runs.follow',
    summary: 'Streams an answer; resumes after the last event you have.',
    needs: 'run:read',
    input: FollowRunInput,
    item: FollowedEvent,
  },
  (call, input) => open(call, input.runId, input.lastEventId ?? null),
);

/** Start and follow in one round trip: a reconnect with the same client key resumes instead of starting again. */
export const startAndFollowRun = subscription(
  {
    name: 'runs.startAndFollow',
    summary: 'Sends a message and streams its answer in one round trip.',
    needs: 'run:write',
    input: StartAndFollowInput,
    item: StartedEvent,
  },
  async (call, { lastEventId, ...input }) => {
    const started = await startRun.execute(call, input);
    const resumed =
      lastEventId === undefined || lastEventId === null || lastEventId === '0-0' ? null : lastEventId;
    const events = await open(call, started.runId, resumed);
    return lastEventId === undefined || lastEventId === null ? acceptedFirst(started, events) : events;
  },
);

async function open(call: Call, runId: string, lastEventId: string | null) {
  const principal = principalOf(call.actor);
  const row = await openScope(call, 'runs.follow', 'read', ({ scope }) => ownedRun(scope, principal, runId));
  return call.ports.runs.follow(followedRun(row), lastEventId);
}
