import { endJobRun, type JobRun, lockActiveRun } from '../../db/queries/job-runs.ts';
import type { JobEvent } from '../../db/schema/jobs.ts';
import type { Work } from './engine.ts';
import { completeStep } from './steps.ts';

/** What an error looks like on the wire and in the rows. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export type RunEnding =
  | { readonly status: 'completed'; readonly result: unknown }
  | { readonly status: 'failed' | 'cancelled'; readonly error: JobError };

/** The events Inngest itself sends about runs; functions may be triggered by them. */
export const internalEvents = {
  failed: 'inngest/function.failed',
  cancelled: 'inngest/function.cancelled',
  finished: 'inngest/function.finished',
  invoked: 'inngest/function.invoked',
  cron: 'inngest/scheduled.timer',
} as const;

/** Ends a locked run, answers the run that invoked it, and tells functions that listen for its end. */
export async function endRun(work: Work, run: JobRun, ending: RunEnding): Promise<void> {
  await endJobRun(work.scope, run.id, { ...ending, at: work.now });
  if (ending.status === 'failed') {
    const { functionId, id: runId, orgId } = run;
    work.engine.logger.warn({ functionId, runId, orgId, error: ending.error.message }, 'job run failed');
  }
  await answerParent(work, run, ending);
  work.followUps.push(...announcements(work, run, ending));
}

async function answerParent(work: Work, run: JobRun, ending: RunEnding): Promise<void> {
  if (run.parentRunId === null || run.parentStepId === null) return;
  const parent = await lockActiveRun(work.scope, run.parentRunId);
  if (!parent) return;
  const output = ending.status === 'completed' ? { data: ending.result } : { error: ending.error };
  await completeStep(work, parent, { stepId: run.parentStepId, output });
}

function announcements(work: Work, run: JobRun, ending: RunEnding): JobEvent[] {
  const [event] = run.events;
  // The end of a failure handler is nobody's trigger, or failing handlers would call each other for ever.
  if (event?.name.startsWith('inngest/function.') && event.name !== internalEvents.invoked) return [];
  const names: string[] = [internalEvents.finished];
  if (ending.status !== 'completed') names.push(internalEvents[ending.status]);
  const heard = new Set([...work.engine.functions.values()].flatMap((fn) => fn.triggers.map(eventOf)));
  return names
    .filter((name) => heard.has(name))
    .map((name) => ({
      id: `${name}:${run.id}`,
      name,
      ts: work.now.getTime(),
      data: {
        function_id: run.functionId,
        run_id: run.id,
        event,
        events: run.events,
        ...(ending.status === 'completed'
          ? { result: ending.result }
          : { error: { ...ending.error, __serialized: true } }),
      },
    }));
}

function eventOf(trigger: { event: string } | { cron: string }): string {
  return 'event' in trigger ? trigger.event : '';
}
