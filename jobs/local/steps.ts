import { enqueueCall } from '../../db/queries/job-queue.ts';
import type { JobRun } from '../../db/queries/job-runs.ts';
import { countSteps, deleteWait, findStep, finishStep } from '../../db/queries/job-steps.ts';
import type { StepOutput } from '../../db/schema/jobs.ts';
import type { Work } from './engine.ts';

/** The step id of a call that looks for the next step. */
export const discovery = 'step';

interface Call {
  readonly stepId: string;
  readonly dueAt?: Date;
}

/** Queues a call of this run: older runs first, shifted by their priority. */
export async function queueCall(work: Work, run: JobRun, call: Call): Promise<void> {
  await enqueueCall(work.scope, {
    runId: run.id,
    functionId: run.functionId,
    stepId: call.stepId,
    dueAt: call.dueAt ?? work.now,
    rankAt: new Date(run.createdAt.getTime() - run.prioritySeconds * 1000),
    limitKeys: run.limitKeys,
    limitSizes: run.limitSizes,
  });
}

interface Completion {
  readonly stepId: string;
  readonly output: StepOutput;
  readonly name?: string;
  readonly op?: string;
  readonly attempts?: number;
}

/**
 * Stores the output of a step that ran as soon as it was found, in a run that never had several at once: nothing
 * else can be pending, so the function goes on. The run must be locked.
 */
export async function completeOnlyStep(work: Work, run: JobRun, completion: Completion): Promise<void> {
  await finishStep(work.scope, finished(work, run, completion));
  await queueCall(work, run, { stepId: discovery });
}

/**
 * Stores the output of a step and lets the function go on: when nothing of its group is pending any more, or at once
 * in a race. The run must be locked.
 */
export async function completeStep(work: Work, run: JobRun, completion: Completion): Promise<void> {
  const { scope } = work;
  const reported = await findStep(scope, { runId: run.id, stepId: completion.stepId });
  const known = reported && { name: reported.name, op: reported.op, races: reported.races };
  const fresh = await finishStep(scope, { ...finished(work, run, completion), ...known });
  if (!fresh) return;
  await deleteWait(scope, { runId: run.id, stepId: completion.stepId });
  const { pending } = await countSteps(scope, run.id);
  if (pending === 0 || known?.races) await queueCall(work, run, { stepId: discovery });
}

function finished(work: Work, run: JobRun, completion: Completion) {
  const { stepId, output, name = stepId, op = 'StepRun', attempts = 0 } = completion;
  const row = { runId: run.id, orgId: run.orgId, races: false, createdAt: work.now };
  return { ...row, stepId, output, name, op, attempts };
}
