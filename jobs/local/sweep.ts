import { listDueBuffers } from '../../db/queries/job-events.ts';
import { findDueWork } from '../../db/queries/job-queue.ts';
import { listOverdueRuns, lockActiveRun } from '../../db/queries/job-runs.ts';
import { deleteWait, listExpiredWaits } from '../../db/queries/job-steps.ts';
import { withSystemScope } from '../../db/tx.ts';
import { flushBuffer } from './dispatch.ts';
import { endRun } from './end-run.ts';
import type { Engine } from './engine.ts';
import { expireWait } from './operations.ts';
import { transact } from './transact.ts';

/** Does what time alone makes due. Each item is its own transaction, so any number of processes may sweep at once. */
export async function sweep(engine: Engine): Promise<void> {
  const now = new Date(engine.clock.now());
  const due = await withSystemScope(engine.database, 'read', (scope) => findDueWork(scope, now));
  if (due.waits) await expireWaits(engine, now);
  if (due.buffers) await flushBuffers(engine, now);
  if (due.timeouts) await cancelOverdue(engine, now);
}

async function expireWaits(engine: Engine, now: Date): Promise<void> {
  const waits = await withSystemScope(engine.database, 'read', (scope) => listExpiredWaits(scope, now));
  for (const wait of waits) {
    await transact(engine, (work) =>
      wait.kind === 'cancel' ? deleteWait(work.scope, wait) : expireWait(work, wait),
    );
  }
}

async function flushBuffers(engine: Engine, now: Date): Promise<void> {
  const buffers = await withSystemScope(engine.database, 'read', (scope) => listDueBuffers(scope, now));
  for (const buffer of buffers) await transact(engine, (work) => flushBuffer(work, buffer));
}

async function cancelOverdue(engine: Engine, now: Date): Promise<void> {
  const runs = await withSystemScope(engine.database, 'read', (scope) => listOverdueRuns(scope, now));
  for (const { id } of runs) {
    await transact(engine, async (work) => {
      const run = await lockActiveRun(work.scope, id);
      if (!run) return;
      const rule = run.status === 'queued' ? 'timeouts.start' : 'timeouts.finish';
      await endRun(work, run, { status: 'cancelled', error: { name: 'Timeout', message: `Over ${rule}.` } });
    });
  }
}
