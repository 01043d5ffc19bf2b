import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import { jobRuns, jobSteps } from '../schema/jobs.ts';
import type { OrgScope, SystemScope } from '../scope.ts';

export interface JobRunPage {
  readonly limit: number;
  /** The last run of the page before. */
  readonly after?: { readonly createdAt: Date; readonly id: string };
  readonly functionId?: string;
}

const listed = {
  id: jobRuns.id,
  orgId: jobRuns.orgId,
  functionId: jobRuns.functionId,
  status: jobRuns.status,
  error: jobRuns.error,
  createdAt: jobRuns.createdAt,
  startedAt: jobRuns.startedAt,
  endedAt: jobRuns.endedAt,
};

/** Runs of the local executor, newest first: of one organisation in an OrgScope, of all in a SystemScope. */
export async function listJobRuns(scope: OrgScope | SystemScope, page: JobRunPage) {
  return scope.db
    .select(listed)
    .from(jobRuns)
    .where(
      and(
        own(scope),
        page.functionId === undefined ? undefined : eq(jobRuns.functionId, page.functionId),
        page.after &&
          sql`(${jobRuns.createdAt}, ${jobRuns.id}) < (${page.after.createdAt.toISOString()}::timestamptz, ${page.after.id})`,
      ),
    )
    .orderBy(desc(jobRuns.createdAt), desc(jobRuns.id))
    .limit(page.limit);
}

export type ListedJobRun = Awaited<ReturnType<typeof listJobRuns>>[number];

/** One run with its steps in the order in which they were reported; undefined when it is not in the scope. */
export async function findJobRunWithSteps(scope: OrgScope | SystemScope, id: string) {
  const [run] = await scope.db
    .select({ ...listed, events: jobRuns.events, result: jobRuns.result })
    .from(jobRuns)
    .where(and(own(scope), eq(jobRuns.id, id)));
  if (!run) return undefined;
  const steps = await scope.db
    .select()
    .from(jobSteps)
    .where(eq(jobSteps.runId, id))
    .orderBy(asc(jobSteps.createdAt), asc(jobSteps.position));
  return { ...run, steps };
}

function own(scope: OrgScope | SystemScope): SQL | undefined {
  return scope.kind === 'org' ? eq(jobRuns.orgId, scope.orgId) : undefined;
}
