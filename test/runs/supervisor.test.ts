import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../server/core/clock.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createMemoryRunLog } from '../../server/runs/log.memory.ts';
import { type LiveRun, leasePolicy, RunSupervisor } from '../../server/runs/supervisor.ts';
import { testDatabase } from '../support/database.ts';

interface WatchedRun extends LiveRun {
  wasFenced: boolean;
}

/** A run that is produced here although no row says so. */
function runOfEpoch(epoch: number): WatchedRun {
  return {
    runId: newId('run'),
    orgId: newId('organisation'),
    epoch,
    moving: false,
    wasFenced: false,
    fenced() {
      this.wasFenced = true;
    },
    viewerArrived() {},
    checkpoint: () => null,
    audit: async () => {},
  };
}

test('a renewal fences a run it does not own, but not one whose claim is still under way', async () => {
  const database = await testDatabase();
  const log = createMemoryRunLog();
  const logs = { primary: log, fallback: null, of: () => log };
  const deps = { database, clock: systemClock, logger: silentLogger, logs, onSealed() {} };
  const supervisor = new RunSupervisor(deps, 'this-process');
  const [claiming, lost] = [runOfEpoch(0), runOfEpoch(1)];
  supervisor.add(claiming);
  supervisor.add(lost);
  supervisor.start();
  for (let turn = 0; turn < 50 && !lost.wasFenced; turn += 1) await sleep(leasePolicy.renewMs / 10);
  supervisor.stop();
  expect({ claiming: claiming.wasFenced, lost: lost.wasFenced }).toEqual({ claiming: false, lost: true });
});
