import type { LeasedCall } from '../../db/queries/job-queue.ts';
import { findJobRun, markRunStarted } from '../../db/queries/job-runs.ts';
import { listFinishedSteps } from '../../db/queries/job-steps.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Engine } from './engine.ts';
import { callFunction, type Endpoint, failedOutcome } from './protocol.ts';
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
  const call = { leased, fn, seenSteps: finished.length };
  const recorded = await recordOutcome(engine, call, outcome).catch((error: unknown) =>
    // What the function reported cannot be applied: an attempt that failed. Rejects again when Postgres is away.
    recordOutcome(engine, call, failedOutcome(error)),
  );
  if (recorded === 'fenced') {
    engine.logger.info(
      { runId: run.id, stepId: leased.stepId },
      'job call superseded, its outcome was dropped',
    );
  }
}

async function loadState(engine: Engine, leased: LeasedCall) {
  const [run, steps] = await withSystemScope(engine.database, 'read', (scope) =>
    Promise.all([findJobRun(scope, leased.runId), listFinishedSteps(scope, leased.runId)]),
  );
  if (run?.status === 'queued') await transact(engine, ({ scope, now }) => markRunStarted(scope, run, now));
  return run && { run, steps };
}
