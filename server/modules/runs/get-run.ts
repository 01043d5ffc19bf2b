import { principalOf } from '../../core/authorise.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { followedRun, ownedRun } from './owned-run.ts';
import { RunRef, RunView } from './runs.contract.ts';
import { toRunView } from './runs.rules.ts';

/** The state of a run and its text so far: what a page shows after a reload, before it follows on. */
export const getRun = unscopedOperation(
  {
    name: 'runs.get',
    summary: 'The state of a run and its text so far.',
    kind: 'query',
    needs: 'run:read',
    input: RunRef,
    output: RunView,
  },
  async (call, input) => {
    const principal = principalOf(call.actor);
    const row = await call.inScope('read', ({ scope }) => ownedRun(scope, principal, input.runId));
    return toRunView(row, row.terminal === null ? await call.ports.runs.soFar(followedRun(row)) : null);
  },
);
