import type { LeasedCall } from '../../db/queries/job-queue.ts';
import { findJobRun, markRunStarted } from '../../db/queries/job-runs.ts';
import { listFinishedSteps } from '../../db/queries/job-steps.ts';
import type { Engine } from './engine.ts';
import { callFunction, type Endpoint } from './protocol.ts';
import { parkLostCall, recordOutcome } from './record.ts';
import { transact } from './transact.ts';

/** Makes one leased call: reads the run's state, calls the app, records what came of it. */
export async function makeCall(engine: Engine, endpoint: Endpoint, leased: LeasedCall): Promise<void> {
  if (leased.losses > engine.settings.maxLosses) return parkLostCall(engine, leased);
  const fn = engine.functions.get(leased.functionId);
  const state = await loadState(engine, leased);
  if (!fn || !state) return;
  const { run, steps } = state;
  const [event] = run.events;
  const finished = steps.map((step) => step.stepId);
  const body = {
    version: 2,
    event,
    events: run.events,
    steps: Object.fromEntries(steps.map((step) => [step.stepId, step.output])),
    ctx: {
      run_id: run.id,
      attempt: leased.attempt,
      max_attempts: fn.maxAttempts,
      disable_immediate_execution: run.parallel,
      use_api: false,
      stack: { stack: finished, current: finished.length - 1 },
    },
  };
  const outcome = await callFunction(engine, endpoint, { url: fn.url, stepId: leased.stepId, body });
  const recorded = await recordOutcome(engine, { leased, fn, seenSteps: finished.length }, outcome);
  if (recorded === 'fenced') {
    engine.logger.info(
      { runId: run.id, stepId: leased.stepId },
      'job call superseded, its outcome was dropped',
    );
  }
}

function loadState(engine: Engine, leased: LeasedCall) {
  return transact(engine, async ({ scope, now }) => {
    const run = await findJobRun(scope, leased.runId);
    if (!run) return undefined;
    if (run.status === 'queued') await markRunStarted(scope, run, now);
    return { run, steps: await listFinishedSteps(scope, run.id) };
  });
}
