import { and, desc, eq, gt, inArray, lt, lte, sql } from 'drizzle-orm';
import { jobAdmissions, jobBuffers, jobEvents, jobRuns } from '../schema/jobs.ts';
import type { SystemScope } from '../scope.ts';

export type JobBuffer = typeof jobBuffers.$inferSelect;
export type AdmissionRule = (typeof jobAdmissions.$inferSelect)['rule'];

/** Stores received events; returns the ids of those not seen before. */
export async function insertNewEvents(
  scope: SystemScope,
  events: (typeof jobEvents.$inferInsert)[],
): Promise<Set<string>> {
  const rows = await scope.db
    .insert(jobEvents)
    .values(events)
    .onConflictDoNothing()
    .returning({ id: jobEvents.id });
  return new Set(rows.map((row) => row.id));
}

/** Serialises everything that admits runs of one function, until the transaction ends. */
export async function lockFunction(scope: SystemScope, functionId: string): Promise<void> {
  await scope.db.execute(sql`select pg_advisory_xact_lock(hashtext(${`job:${functionId}`}))`);
}

/** Reads and locks a buffer of held-back events. */
export async function findBuffer(
  scope: SystemScope,
  key: { functionId: string; key: string },
): Promise<JobBuffer | undefined> {
  const [buffer] = await scope.db
    .select()
    .from(jobBuffers)
    .where(and(eq(jobBuffers.functionId, key.functionId), eq(jobBuffers.key, key.key)))
    .for('update');
  return buffer;
}

export async function putBuffer(scope: SystemScope, buffer: JobBuffer): Promise<void> {
  await scope.db
    .insert(jobBuffers)
    .values(buffer)
    .onConflictDoUpdate({
      target: [jobBuffers.functionId, jobBuffers.key],
      set: { events: buffer.events, dueAt: buffer.dueAt },
    });
}

export async function deleteBuffer(
  scope: SystemScope,
  key: { functionId: string; key: string },
): Promise<void> {
  await scope.db
    .delete(jobBuffers)
    .where(and(eq(jobBuffers.functionId, key.functionId), eq(jobBuffers.key, key.key)));
}

export async function listDueBuffers(
  scope: SystemScope,
  now: Date,
): Promise<{ functionId: string; key: string }[]> {
  return scope.db
    .select({ functionId: jobBuffers.functionId, key: jobBuffers.key })
    .from(jobBuffers)
    .where(lte(jobBuffers.dueAt, now))
    .orderBy(jobBuffers.functionId, jobBuffers.key)
    .limit(100);
}

interface AdmissionKey {
  readonly functionId: string;
  readonly rule: AdmissionRule;
  readonly key: string;
}

const isAdmission = (key: AdmissionKey) =>
  and(
    eq(jobAdmissions.functionId, key.functionId),
    eq(jobAdmissions.rule, key.rule),
    eq(jobAdmissions.key, key.key),
  );

export async function insertAdmission(
  scope: SystemScope,
  admission: AdmissionKey & { runId: string; at: Date },
): Promise<void> {
  await scope.db.insert(jobAdmissions).values(admission);
}

/** How many runs this key admitted after `since`. */
export async function countAdmissions(scope: SystemScope, key: AdmissionKey, since: Date): Promise<number> {
  const [row] = await scope.db
    .select({ count: sql<number>`count(*)::int` })
    .from(jobAdmissions)
    .where(and(isAdmission(key), gt(jobAdmissions.at, since)));
  return row?.count ?? 0;
}

/** When the n-th latest admission of this key was or will be; undefined when there were fewer. */
export async function findNthLatestAdmission(
  scope: SystemScope,
  key: AdmissionKey,
  n: number,
): Promise<Date | undefined> {
  const [row] = await scope.db
    .select({ at: jobAdmissions.at })
    .from(jobAdmissions)
    .where(isAdmission(key))
    .orderBy(desc(jobAdmissions.at))
    .limit(1)
    .offset(n - 1);
  return row?.at;
}

/** The runs of this key that have not ended. */
export async function listActiveAdmitted(scope: SystemScope, key: AdmissionKey): Promise<string[]> {
  const rows = await scope.db
    .select({ runId: jobAdmissions.runId })
    .from(jobAdmissions)
    .innerJoin(jobRuns, eq(jobRuns.id, jobAdmissions.runId))
    .where(and(isAdmission(key), inArray(jobRuns.status, ['queued', 'running'])))
    .orderBy(jobAdmissions.runId);
  return rows.map((row) => row.runId);
}

/** Removes up to `limit` ended runs (with their steps) and received events older than `before`; returns how many. */
export async function purgeJobHistory(
  scope: SystemScope,
  age: { before: Date; limit: number },
): Promise<{ runs: number; events: number }> {
  const oldRuns = scope.db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(lt(jobRuns.endedAt, age.before))
    .limit(age.limit);
  const runs = await scope.db
    .delete(jobRuns)
    .where(inArray(jobRuns.id, oldRuns))
    .returning({ id: jobRuns.id });
  const oldEvents = scope.db
    .select({ id: jobEvents.id })
    .from(jobEvents)
    .where(lt(jobEvents.receivedAt, age.before))
    .limit(age.limit);
  const events = await scope.db
    .delete(jobEvents)
    .where(inArray(jobEvents.id, oldEvents))
    .returning({ id: jobEvents.id });
  return { runs: runs.length, events: events.length };
}
