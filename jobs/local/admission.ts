import {
  type AdmissionRule,
  countAdmissions,
  findNthLatestAdmission,
  insertAdmission,
  listActiveAdmitted,
  lockFunction,
} from '../../db/queries/job-events.ts';
import { findJobRun, insertJobRun, lockActiveRun, type NewJobRun } from '../../db/queries/job-runs.ts';
import { insertWait } from '../../db/queries/job-steps.ts';
import type { JobEvent } from '../../db/schema/jobs.ts';
import { newId } from '../../server/core/ids.ts';
import { durationMs } from './durations.ts';
import { endRun } from './end-run.ts';
import type { Work } from './engine.ts';
import { keyOf, numberOf } from './expressions.ts';
import type { LocalFunction } from './function-config.ts';
import { discovery, queueCall } from './steps.ts';

/** How long an idempotency key is remembered: 24 h, as in Inngest. */
const idempotencyMs = 86_400_000;

interface Admission {
  readonly rule: AdmissionRule;
  readonly key: string;
  readonly at: Date;
}

/** The run that called `step.invoke`. */
interface Parent {
  readonly runId: string;
  readonly stepId: string;
}

/**
 * Makes a run of `fn` for these events, unless idempotency, rate limit or singleton refuse it; throttle makes it wait.
 * Returns whether a run was made.
 */
export async function admitRun(
  work: Work,
  fn: LocalFunction,
  cause: { events: readonly [JobEvent, ...JobEvent[]]; parent?: Parent },
): Promise<boolean> {
  const [event] = cause.events;
  if (fn.idempotency || fn.rateLimit || fn.throttle || fn.singleton) await lockFunction(work.scope, fn.id);
  const admissions = await applyRules(work, fn, event);
  if (!admissions) {
    work.engine.logger.debug({ functionId: fn.id, eventId: event.id }, 'job run not admitted');
    return false;
  }
  const run = describeRun(work, fn, cause);
  await insertJobRun(work.scope, run);
  for (const admission of admissions) {
    await insertAdmission(work.scope, { ...admission, runId: run.id, functionId: fn.id });
  }
  await watchForCancel(work, fn, run.id);
  const startAt = Math.max(work.now.getTime(), event.ts, ...admissions.map((one) => one.at.getTime()));
  const stored = await findJobRun(work.scope, run.id);
  if (stored) await queueCall(work, stored, { stepId: discovery, dueAt: new Date(startAt) });
  return true;
}

/** What the rules note about the new run; null when one of them refuses it. */
async function applyRules(work: Work, fn: LocalFunction, event: JobEvent): Promise<Admission[] | null> {
  const { scope, now } = work;
  const admissions: Admission[] = [];
  const note = (rule: AdmissionRule, expression: string | undefined, at = now) => {
    const admission = { functionId: fn.id, rule, key: keyOf(expression, { event }), at };
    admissions.push(admission);
    return admission;
  };
  const before = (ms: number) => new Date(now.getTime() - ms);
  if (fn.idempotency) {
    const key = note('idempotency', fn.idempotency);
    if ((await countAdmissions(scope, key, before(idempotencyMs))) > 0) return null;
  }
  if (fn.rateLimit) {
    const key = note('rateLimit', fn.rateLimit.key);
    if ((await countAdmissions(scope, key, before(fn.rateLimit.period))) >= fn.rateLimit.limit) return null;
  }
  if (fn.singleton) {
    const running = await listActiveAdmitted(scope, note('singleton', fn.singleton.key));
    if (running.length > 0 && fn.singleton.mode === 'skip') return null;
    for (const id of running) await supersede(work, id);
  }
  if (fn.throttle) {
    const key = { functionId: fn.id, rule: 'throttle' as const, key: keyOf(fn.throttle.key, { event }) };
    const nth = await findNthLatestAdmission(scope, key, fn.throttle.limit);
    const free = nth ? nth.getTime() + fn.throttle.period : 0;
    note('throttle', fn.throttle.key, new Date(Math.max(now.getTime(), free)));
  }
  return admissions;
}

async function supersede(work: Work, runId: string): Promise<void> {
  const run = await lockActiveRun(work.scope, runId);
  const error = { name: 'Cancelled', message: 'A newer run took the place of this one (singleton).' };
  if (run) await endRun(work, run, { status: 'cancelled', error });
}

function describeRun(
  work: Work,
  fn: LocalFunction,
  cause: { events: readonly [JobEvent, ...JobEvent[]]; parent?: Parent },
): NewJobRun {
  const [event] = cause.events;
  const priority = numberOf(fn.priority.run, { event });
  return {
    id: newId('job'),
    orgId: orgOf(event),
    functionId: fn.id,
    events: cause.events,
    prioritySeconds: Math.min(Math.max(Math.trunc(priority), -600), 600),
    limitKeys: fn.concurrency.map((rule, index) => {
      const owner = rule.scope === 'fn' ? `fn:${fn.id}:${index}` : `${rule.scope}:${rule.key ?? ''}`;
      return `${owner}:${keyOf(rule.key, { event })}`;
    }),
    limitSizes: fn.concurrency.map((rule) => rule.limit),
    parentRunId: cause.parent?.runId,
    parentStepId: cause.parent?.stepId,
    startBefore: fn.timeouts.start === undefined ? null : new Date(work.now.getTime() + fn.timeouts.start),
    finishMs: fn.timeouts.finish ?? null,
    createdAt: work.now,
  };
}

async function watchForCancel(work: Work, fn: LocalFunction, runId: string): Promise<void> {
  for (const [index, rule] of fn.cancel.entries()) {
    await insertWait(work.scope, {
      runId,
      stepId: `cancel:${index}`,
      kind: 'cancel',
      eventName: rule.event,
      expression: rule.if,
      deadline: rule.timeout === undefined ? null : new Date(work.now.getTime() + durationMs(rule.timeout)),
    });
  }
}

/** The organisation an event is about, by its data; null for platform work. */
export function orgOf(event: JobEvent): string | null {
  const { orgId } = event.data;
  return typeof orgId === 'string' && /^org_[0-9a-f]{32}$/.test(orgId) ? orgId : null;
}
