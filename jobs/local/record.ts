import { type LeasedCall, retryCall, takeCall } from '../../db/queries/job-queue.ts';
import { type JobRun, lockActiveRun, noteRunProgress } from '../../db/queries/job-runs.ts';
import { countSteps } from '../../db/queries/job-steps.ts';
import { endRun, type JobError } from './end-run.ts';
import type { Engine, Work } from './engine.ts';
import type { LocalFunction } from './function-config.ts';
import { applyOperation } from './operations.ts';
import { type Outcome, readError } from './protocol.ts';
import { discovery, queueCall } from './steps.ts';
import { transact } from './transact.ts';

interface Call {
  readonly leased: LeasedCall;
  readonly fn: LocalFunction;
  /** How many finished steps the function was shown. */
  readonly seenSteps: number;
}

/**
 * Records what a call came to: one transaction, and only by the holder of the lease. `fenced`: another process took
 * the call over or the run was cancelled; nothing was recorded.
 */
export function recordOutcome(engine: Engine, call: Call, outcome: Outcome): Promise<'recorded' | 'fenced'> {
  const retry = nextAttempt(engine, call, outcome);
  return transact(engine, async (work) => {
    if (retry) return (await retryCall(work.scope, call.leased, retry)) ? 'recorded' : 'fenced';
    const locked = lockActiveRun(work.scope, call.leased.runId);
    const [run, held] = await Promise.all([locked, takeCall(work.scope, call.leased)]);
    if (!run || !held) return 'fenced';
    if (outcome.kind === 'completed') {
      await endRun(work, run, { status: 'completed', result: outcome.result });
    } else if (outcome.kind === 'failed') {
      await endRun(work, run, { status: 'failed', error: outcome.error });
    } else {
      await recordSteps(work, run, { call, outcome });
    }
    return 'recorded';
  });
}

/** When to try again, or null when this outcome is not to be retried. */
function nextAttempt(engine: Engine, call: Call, outcome: Outcome): { dueAt: Date; error: string } | null {
  const failed = retryableError(outcome);
  if (!failed || call.leased.attempt + 1 >= call.fn.maxAttempts) return null;
  const { backoffMs, backoffJitter } = engine.settings;
  const wait = backoffMs[Math.min(call.leased.attempt, backoffMs.length - 1)] ?? 0;
  const delay = failed.retryMs ?? wait * (1 + Math.random() * backoffJitter);
  return { dueAt: new Date(engine.clock.now() + delay), error: failed.error.message };
}

function retryableError(outcome: Outcome): { error: JobError; retryMs: number | null } | null {
  if (outcome.kind === 'failed') return outcome.final ? null : outcome;
  if (outcome.kind === 'completed') return null;
  const failed = outcome.operations.find((operation) => operation.op === 'StepError');
  return failed ? { error: readError(failed.error), retryMs: outcome.retryMs } : null;
}

type Steps = Extract<Outcome, { kind: 'steps' }>;

async function recordSteps(work: Work, run: JobRun, report: { call: Call; outcome: Steps }): Promise<void> {
  const { call, outcome } = report;
  const parallel = run.parallel || outcome.operations.length > 1;
  await noteRunProgress(work.scope, run.id, { parallel, addedBytes: outcome.bytes });
  const { maxStateBytes } = work.engine.settings;
  if (run.stateBytes + outcome.bytes > maxStateBytes) {
    const message = `The outputs of the run's steps have more than ${maxStateBytes} bytes.`;
    return endRun(work, run, { status: 'failed', error: { name: 'StateTooLarge', message } });
  }
  for (const operation of outcome.operations) {
    const races = outcome.reportsEach || operation.opts?.parallelMode === 'race';
    await applyOperation(work, { ...run, parallel }, { operation, races, attempt: call.leased.attempt });
  }
  const mayStall = parallel || outcome.operations.length === 0;
  if (mayStall && call.leased.stepId === discovery) await goOn(work, run, call.seenSteps);
}

/** A step may have finished while the function was looking for the next one: then it must look again. */
async function goOn(work: Work, run: JobRun, seenSteps: number): Promise<void> {
  const current = await lockActiveRun(work.scope, run.id);
  if (!current) return;
  const { unfinished, finished } = await countSteps(work.scope, run.id);
  if (finished > seenSteps) return queueCall(work, run, { stepId: discovery });
  if (unfinished > 0) return;
  const error = { name: 'NoProgress', message: 'The function neither ended nor reported a step.' };
  await endRun(work, run, { status: 'failed', error });
}

/** Parks a run whose calls keep killing the process that makes them. */
export function parkLostCall(engine: Engine, leased: LeasedCall): Promise<void> {
  return transact(engine, async (work) => {
    const run = await lockActiveRun(work.scope, leased.runId);
    if (!run || !(await takeCall(work.scope, leased))) return;
    const message = `The process ended ${leased.losses} times while it made this call.`;
    await endRun(work, run, { status: 'failed', error: { name: 'ProcessLost', message } });
  });
}
