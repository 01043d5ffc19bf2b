import { z } from 'zod';
import { type JobRun, lockActiveRun } from '../../db/queries/job-runs.ts';
import { insertPendingStep, insertWait, type JobWait } from '../../db/queries/job-steps.ts';
import { admitRun } from './admission.ts';
import { deadlineOf } from './durations.ts';
import { endRun, internalEvents } from './end-run.ts';
import type { Work } from './engine.ts';
import { expressionFault } from './expressions.ts';
import { type Operation, readError } from './protocol.ts';
import { completeOnlyStep, completeStep, discovery, queueCall } from './steps.ts';

export interface Reported {
  readonly operation: Operation;
  readonly races: boolean;
  readonly attempt: number;
}

/** Applies one thing the function reported to its locked run. */
export async function applyOperation(work: Work, run: JobRun, reported: Reported): Promise<void> {
  const { operation } = reported;
  switch (operation.op) {
    case 'StepRun':
    case 'Step':
      return complete(work, run, { ...named(reported), output: { data: operation.data ?? null } });
    case 'StepFailed':
    case 'StepError':
      return complete(work, run, { ...named(reported), output: { error: readError(operation.error) } });
    case 'StepPlanned':
      if (await note(work, run, reported)) await queueCall(work, run, { stepId: operation.id });
      return;
    case 'Sleep':
      return wait(work, run, { reported, kind: 'sleep', until: operation.name ?? '' });
    case 'WaitForEvent':
      return waitForEvent(work, run, reported);
    case 'InvokeFunction':
      return invoke(work, run, reported);
    case 'RunComplete':
      return endRun(work, run, { status: 'completed', result: operation.data ?? null });
    case 'DiscoveryRequest':
      return queueCall(work, run, { stepId: discovery });
    default: {
      const message = `The local executor does not support the operation ${operation.op}.`;
      return endRun(work, run, { status: 'failed', error: { name: 'UnsupportedOperation', message } });
    }
  }
}

function complete(work: Work, run: JobRun, completion: Parameters<typeof completeStep>[2]): Promise<void> {
  return run.parallel ? completeStep(work, run, completion) : completeOnlyStep(work, run, completion);
}

function named({ operation, attempt }: Reported) {
  const name = operation.displayName ?? operation.name ?? operation.id;
  return { stepId: operation.id, op: operation.op, name, attempts: attempt + 1 };
}

/** Notes a step as pending. False: it was reported before. */
function note(work: Work, run: JobRun, reported: Reported): Promise<boolean> {
  const { stepId, op, name } = named(reported);
  return insertPendingStep(work.scope, {
    runId: run.id,
    stepId,
    op,
    name,
    orgId: run.orgId,
    races: reported.races,
    createdAt: work.now,
  });
}

interface Waiting {
  readonly reported: Reported;
  readonly kind: JobWait['kind'];
  readonly until: string;
  readonly eventName?: string;
  readonly expression?: string;
}

async function wait(work: Work, run: JobRun, waiting: Waiting): Promise<void> {
  if (!(await note(work, run, waiting.reported))) return;
  await insertWait(work.scope, {
    runId: run.id,
    stepId: waiting.reported.operation.id,
    kind: waiting.kind,
    eventName: waiting.eventName,
    expression: waiting.expression,
    deadline: deadlineOf(waiting.until, work.now),
  });
}

const WaitOptions = z.object({ timeout: z.string(), if: z.string().optional() });

async function waitForEvent(work: Work, run: JobRun, reported: Reported): Promise<void> {
  const options = WaitOptions.parse(reported.operation.opts);
  const fault = options.if === undefined ? null : expressionFault(options.if);
  if (fault !== null) {
    const error = { name: 'InvalidExpression', message: `"${options.if}" is not a CEL expression: ${fault}` };
    return completeStep(work, run, { ...named(reported), output: { error } });
  }
  const eventName = reported.operation.name ?? '';
  return wait(work, run, {
    reported,
    kind: 'event',
    until: options.timeout,
    eventName,
    expression: options.if,
  });
}

/** An invoke without a timeout waits a year, as in Inngest. */
const InvokeOptions = z.object({
  function_id: z.string(),
  payload: z.object({ data: z.record(z.string(), z.unknown()).optional() }).optional(),
  timeout: z.string().default('365d'),
});

async function invoke(work: Work, run: JobRun, reported: Reported): Promise<void> {
  const options = InvokeOptions.parse(reported.operation.opts);
  const stepId = reported.operation.id;
  const waiting = { reported, kind: 'invoke' as const, until: options.timeout };
  const fn = work.engine.functions.get(options.function_id);
  await wait(work, run, waiting);
  const event = {
    id: `${internalEvents.invoked}:${run.id}:${stepId}`,
    name: internalEvents.invoked,
    data: options.payload?.data ?? {},
    ts: work.now.getTime(),
  };
  const started = fn && (await admitRun(work, fn, { events: [event], parent: { runId: run.id, stepId } }));
  if (started) return;
  const why = fn ? 'was not admitted (idempotency, rate limit or singleton)' : 'is not registered';
  const error = { name: 'InvokeRefused', message: `Function ${options.function_id} ${why}.` };
  await completeStep(work, run, { ...named(reported), output: { error } });
}

/** Ends a wait whose time is over. Does nothing when something else ended it first. */
export async function expireWait(work: Work, due: JobWait): Promise<void> {
  const run = await lockActiveRun(work.scope, due.runId);
  if (!run) return;
  const error = { name: 'InvokeTimeout', message: 'The invoked function did not answer in its time.' };
  const output = due.kind === 'invoke' ? { error } : { data: null };
  await completeStep(work, run, { stepId: due.stepId, output });
}
