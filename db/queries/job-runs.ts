import { and, eq, inArray, lte, or, sql } from 'drizzle-orm';
import { type JobEvent, jobQueue, jobRuns, jobWaits } from '../schema/jobs.ts';
import type { SystemScope } from '../scope.ts';

export type JobRun = typeof jobRuns.$inferSelect;
export type NewJobRun = typeof jobRuns.$inferInsert & { readonly events: readonly JobEvent[] };

const active = inArray(jobRuns.status, ['queued', 'running']);

export async function insertJobRun(scope: SystemScope, run: NewJobRun): Promise<void> {
  await scope.db.insert(jobRuns).values(run);
}

/** The run as it is, without a lock; undefined when it was purged. */
export async function findJobRun(scope: SystemScope, id: string): Promise<JobRun | undefined> {
  const [run] = await scope.db.select().from(jobRuns).where(eq(jobRuns.id, id));
  return run;
}

/** Locks the run against every other recording; undefined when it has ended (or never was). */
export async function lockActiveRun(scope: SystemScope, id: string): Promise<JobRun | undefined> {
  const [run] = await scope.db
    .select()
    .from(jobRuns)
    .where(and(eq(jobRuns.id, id), active))
    .for('update');
  return run;
}

/** Marks the first call of a run and starts the clock of `timeouts.finish`. */
export async function markRunStarted(scope: SystemScope, run: JobRun, now: Date): Promise<void> {
  const finishBefore = run.finishMs === null ? null : new Date(now.getTime() + run.finishMs);
  await scope.db
    .update(jobRuns)
    .set({ status: 'running', startedAt: now, finishBefore })
    .where(and(eq(jobRuns.id, run.id), eq(jobRuns.status, 'queued')));
}

export async function noteRunProgress(
  scope: SystemScope,
  id: string,
  progress: { parallel: boolean; addedBytes: number },
): Promise<void> {
  await scope.db
    .update(jobRuns)
    .set({
      stateBytes: sql`state_bytes + ${progress.addedBytes}`,
      parallel: sql`parallel or ${progress.parallel}`,
    })
    .where(eq(jobRuns.id, id));
}

interface RunEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly result?: unknown;
  readonly error?: unknown;
  readonly at: Date;
}

/** Ends a run and removes everything that could continue it, so that a call in flight is fenced. */
export async function endJobRun(scope: SystemScope, id: string, end: RunEnd): Promise<void> {
  await scope.db
    .update(jobRuns)
    .set({ status: end.status, result: end.result, error: end.error, endedAt: end.at })
    .where(eq(jobRuns.id, id));
  await scope.db.delete(jobQueue).where(eq(jobQueue.runId, id));
  await scope.db.delete(jobWaits).where(eq(jobWaits.runId, id));
}

/** Runs that did not start or finish in their time, oldest first. */
export async function listOverdueRuns(scope: SystemScope, now: Date): Promise<{ id: string }[]> {
  return scope.db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      or(
        and(eq(jobRuns.status, 'queued'), lte(jobRuns.startBefore, now)),
        and(eq(jobRuns.status, 'running'), lte(jobRuns.finishBefore, now)),
      ),
    )
    .orderBy(jobRuns.id)
    .limit(100);
}
