import {
  deleteBuffer,
  findBuffer,
  insertNewEvents,
  lockFunction,
  putBuffer,
} from '../../db/queries/job-events.ts';
import { lockActiveRun } from '../../db/queries/job-runs.ts';
import { listWaitsForEvents } from '../../db/queries/job-steps.ts';
import type { JobEvent } from '../../db/schema/jobs.ts';
import { admitRun, orgOf } from './admission.ts';
import { endRun } from './end-run.ts';
import type { Work } from './engine.ts';
import { holds, keyOf } from './expressions.ts';
import type { LocalFunction } from './function-config.ts';
import { completeStep } from './steps.ts';

/** Gives new events to the runs that wait for them and to the functions they trigger; drops ids seen before. */
export async function dispatchEvents(work: Work, events: readonly JobEvent[]): Promise<void> {
  const byId = new Map(events.map((event) => [event.id, event]));
  if (byId.size === 0) return;
  const rows = [...byId.values()].map((event) => ({
    id: event.id,
    orgId: orgOf(event),
    name: event.name,
    data: event.data,
    receivedAt: work.now,
  }));
  const fresh = await insertNewEvents(work.scope, rows);
  const received = [...byId.values()].filter((event) => fresh.has(event.id));
  if (received.length === 0) return;
  // Waits first: an event must not cancel the run it is about to start.
  await wakeWaits(work, received);
  for (const event of received) {
    for (const fn of work.engine.functions.values()) {
      if (isTriggered(fn, event)) await startOrHold(work, fn, event);
    }
  }
}

async function wakeWaits(work: Work, events: readonly JobEvent[]): Promise<void> {
  const names = [...new Set(events.map((event) => event.name))];
  for (const { wait, events: trigger } of await listWaitsForEvents(work.scope, names)) {
    const match = events.find(
      (event) =>
        event.name === wait.eventName &&
        holds(wait.expression ?? undefined, { event: trigger[0], async: event }),
    );
    const run = match && (await lockActiveRun(work.scope, wait.runId));
    if (!run) continue;
    if (wait.kind === 'event') {
      await completeStep(work, run, { stepId: wait.stepId, output: { data: match } });
    } else {
      const error = { name: 'Cancelled', message: `Cancelled by event ${match.name} (${match.id}).` };
      await endRun(work, run, { status: 'cancelled', error });
    }
  }
}

function isTriggered(fn: LocalFunction, event: JobEvent): boolean {
  return fn.triggers.some(
    (trigger) =>
      'event' in trigger && namesEvent(trigger.event, event.name) && holds(trigger.expression, { event }),
  );
}

/** Exact, or by prefix where the trigger ends in `*`. */
function namesEvent(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

async function startOrHold(work: Work, fn: LocalFunction, event: JobEvent): Promise<void> {
  if (fn.debounce) return debounce(work, fn, event);
  if (fn.batchEvents && holds(fn.batchEvents.if, { event })) return batch(work, fn, event);
  await admitRun(work, fn, { events: [event] });
}

async function debounce(work: Work, fn: LocalFunction, event: JobEvent): Promise<void> {
  if (!fn.debounce) return;
  const key = { functionId: fn.id, key: `debounce:${keyOf(fn.debounce.key, { event })}` };
  await lockFunction(work.scope, fn.id);
  const held = await findBuffer(work.scope, key);
  const firstAt = held?.firstAt ?? work.now;
  const latest =
    fn.debounce.timeout === undefined ? Number.POSITIVE_INFINITY : firstAt.getTime() + fn.debounce.timeout;
  const dueAt = new Date(Math.min(work.now.getTime() + fn.debounce.period, latest));
  await putBuffer(work.scope, { ...key, events: [event], firstAt, dueAt });
}

async function batch(work: Work, fn: LocalFunction, event: JobEvent): Promise<void> {
  if (!fn.batchEvents) return;
  const key = { functionId: fn.id, key: `batch:${keyOf(fn.batchEvents.key, { event })}` };
  await lockFunction(work.scope, fn.id);
  const held = await findBuffer(work.scope, key);
  const [first = event, ...rest] = [...(held?.events ?? []), event];
  if (rest.length + 1 < fn.batchEvents.maxSize) {
    const firstAt = held?.firstAt ?? work.now;
    const dueAt = new Date(firstAt.getTime() + fn.batchEvents.timeout);
    await putBuffer(work.scope, { ...key, events: [first, ...rest], firstAt, dueAt });
    return;
  }
  await deleteBuffer(work.scope, key);
  await admitRun(work, fn, { events: [first, ...rest] });
}

/** Starts the run of a buffer whose time has come; does nothing when another process did. */
export async function flushBuffer(work: Work, key: { functionId: string; key: string }): Promise<void> {
  await lockFunction(work.scope, key.functionId);
  const held = await findBuffer(work.scope, key);
  if (!held || held.dueAt > work.now) return;
  await deleteBuffer(work.scope, key);
  const fn = work.engine.functions.get(key.functionId);
  const [first, ...rest] = held.events;
  if (fn && first) await admitRun(work, fn, { events: [first, ...rest] });
}
