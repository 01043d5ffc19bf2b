import { and, asc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm';
import { jobRuns, jobSteps, jobWaits, type StepOutput } from '../schema/jobs.ts';
import type { SystemScope } from '../scope.ts';

export type JobStep = typeof jobSteps.$inferSelect;
export type JobWait = typeof jobWaits.$inferSelect;

/** The finished steps in the order of their completion: what the SDK replays. */
export async function listFinishedSteps(scope: SystemScope, runId: string): Promise<JobStep[]> {
  return scope.db
    .select()
    .from(jobSteps)
    .where(and(eq(jobSteps.runId, runId), isNotNull(jobSteps.position)))
    .orderBy(asc(jobSteps.position));
}

interface NewStep {
  readonly runId: string;
  readonly stepId: string;
  readonly orgId: string | null;
  readonly name: string;
  readonly op: string;
  readonly races: boolean;
  readonly createdAt: Date;
}

/** Notes a reported step that is not finished. False: it was known already. */
export async function insertPendingStep(scope: SystemScope, step: NewStep): Promise<boolean> {
  const rows = await scope.db
    .insert(jobSteps)
    .values(step)
    .onConflictDoNothing()
    .returning({ stepId: jobSteps.stepId });
  return rows.length > 0;
}

interface FinishedStep extends NewStep {
  readonly output: StepOutput;
  readonly attempts: number;
}

/** Stores the output of a step once: a finished step never changes. Call with the run locked. False: it was finished already. */
export async function finishStep(scope: SystemScope, step: FinishedStep): Promise<boolean> {
  const finished = {
    status: 'error' in step.output ? ('failed' as const) : ('done' as const),
    output: step.output,
    attempts: step.attempts,
    endedAt: step.createdAt,
    position: sql`(select coalesce(max(position), 0) + 1 from job_steps where run_id = ${step.runId})`,
  };
  const rows = await scope.db
    .insert(jobSteps)
    .values({ ...step, ...finished })
    .onConflictDoUpdate({
      target: [jobSteps.runId, jobSteps.stepId],
      set: finished,
      setWhere: eq(jobSteps.status, 'pending'),
    })
    .returning({ stepId: jobSteps.stepId });
  return rows.length > 0;
}

interface StepCounts {
  readonly unfinished: number;
  /** Unfinished ones that the function waits for: not those of a race. */
  readonly pending: number;
  readonly finished: number;
}

export async function countSteps(scope: SystemScope, runId: string): Promise<StepCounts> {
  const [row] = await scope.db
    .select({
      unfinished: sql<number>`count(*) filter (where status = 'pending')::int`,
      pending: sql<number>`count(*) filter (where status = 'pending' and not races)::int`,
      finished: sql<number>`count(*) filter (where status <> 'pending')::int`,
    })
    .from(jobSteps)
    .where(eq(jobSteps.runId, runId));
  return row ?? { unfinished: 0, pending: 0, finished: 0 };
}

export async function findStep(
  scope: SystemScope,
  key: { runId: string; stepId: string },
): Promise<JobStep | undefined> {
  const [step] = await scope.db
    .select()
    .from(jobSteps)
    .where(and(eq(jobSteps.runId, key.runId), eq(jobSteps.stepId, key.stepId)));
  return step;
}

export async function insertWait(scope: SystemScope, wait: typeof jobWaits.$inferInsert): Promise<void> {
  await scope.db.insert(jobWaits).values(wait).onConflictDoNothing();
}

export async function deleteWait(scope: SystemScope, key: { runId: string; stepId: string }): Promise<void> {
  await scope.db.delete(jobWaits).where(and(eq(jobWaits.runId, key.runId), eq(jobWaits.stepId, key.stepId)));
}

/** Waits for any of these events with the trigger event of their run; in the order in which runs are locked. */
export async function listWaitsForEvents(scope: SystemScope, names: string[]) {
  return scope.db
    .select({ wait: jobWaits, events: jobRuns.events })
    .from(jobWaits)
    .innerJoin(jobRuns, eq(jobRuns.id, jobWaits.runId))
    .where(inArray(jobWaits.eventName, names))
    .orderBy(jobWaits.runId, jobWaits.stepId);
}

/** Waits whose time is over, at most 200, in the order in which runs are locked. */
export async function listExpiredWaits(scope: SystemScope, now: Date): Promise<JobWait[]> {
  return scope.db
    .select()
    .from(jobWaits)
    .where(lte(jobWaits.deadline, now))
    .orderBy(jobWaits.runId, jobWaits.stepId)
    .limit(200);
}
