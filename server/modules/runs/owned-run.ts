import { findRun, findRunByClientKey, type RunRow } from '../../../db/queries/runs.ts';
import type { OrgScope } from '../../../db/scope.ts';
import type { Principal } from '../../core/actor.ts';
import { Failure } from '../../core/failure.ts';
import { storedTerminal } from '../../runs/events.ts';
import type { FollowedRun } from '../../runs/service.ts';

/** A run of this person; another's is as unknown as one that never was. */
export async function ownedRun(scope: OrgScope, principal: Principal, runId: string): Promise<RunRow> {
  const row = await findRun(scope, runId);
  if (row === null || row.ownerId !== principal.userId) throw new Failure('run.not-found');
  return row;
}

export function ownedRunByKey(
  scope: OrgScope,
  principal: Principal,
  clientKey: string,
): Promise<RunRow | null> {
  return findRunByClientKey(scope, principal.userId, clientKey);
}

/** What the log's reader needs of a run's row. */
export function followedRun(row: RunRow): FollowedRun {
  return {
    orgId: row.orgId,
    runId: row.id,
    epoch: row.epoch,
    logKind: row.logKind,
    terminal: storedTerminal(row),
    checkpoint: row.checkpoint,
  };
}
