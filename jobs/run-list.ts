import type { Database } from '../db/client.ts';
import { findJobRunWithSteps, listJobRuns } from '../db/queries/jobs.ts';
import { withSystemScope } from '../db/tx.ts';

/** The latest runs of the local executor, a line each: what `npm run jobs:list` prints. */
export async function describeRuns(
  database: Database,
  page: { limit: number; functionId?: string },
): Promise<string[]> {
  const runs = await withSystemScope(database, 'read', (scope) => listJobRuns(scope, page));
  if (runs.length === 0) return ['No job runs yet.'];
  return runs.map((run) =>
    [
      run.createdAt.toISOString(),
      run.status.padEnd(9),
      took(run.startedAt, run.endedAt).padStart(9),
      run.id,
      run.functionId,
      textOf(run.error),
    ].join('  '),
  );
}

/** One run with its events and steps: what `npm run jobs:list -- --run <id>` prints. */
export async function describeRun(database: Database, id: string): Promise<string[]> {
  const run = await withSystemScope(database, 'read', (scope) => findJobRunWithSteps(scope, id));
  if (!run) return [`No job run ${id}.`];
  return [
    `${run.id}  ${run.functionId}  ${run.status}  ${took(run.startedAt, run.endedAt)}  ${textOf(run.error)}`,
    `organisation ${run.orgId ?? 'none (platform work)'}`,
    ...run.events.map((event) => `event ${event.name} ${event.id} ${clip(JSON.stringify(event.data))}`),
    ...run.steps.map((step) =>
      [
        `  ${step.status.padEnd(8)}`,
        step.name,
        `(${step.op}, ${step.attempts} attempts)`,
        took(step.createdAt, step.endedAt),
        step.output === null
          ? ''
          : 'error' in step.output
            ? textOf(step.output.error)
            : clip(JSON.stringify(step.output.data)),
      ].join(' '),
    ),
    ...(run.status === 'completed' ? [`result ${clip(JSON.stringify(run.result))}`] : []),
  ];
}

function took(from: Date | null, to: Date | null): string {
  return from && to ? `${to.getTime() - from.getTime()} ms` : '';
}

function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  return clip(String(error.message));
}

function clip(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
