import { lockKey, rememberIdempotent } from '../../../db/queries/operations.ts';
import type { RunRow } from '../../../db/queries/runs.ts';
import type { Principal } from '../../core/actor.ts';
import { principalOf } from '../../core/authorise.ts';
import type { ScopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { IDEMPOTENCY_TTL_MS } from '../../core/idempotency.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { ownedRun, ownedRunByKey } from './owned-run.ts';
import { CancelRunInput, RunCancelled } from './runs.contract.ts';
import { CANCELLED_BEFORE_START } from './runs.rules.ts';

/**
 * Ends a run. Once it resolves no further text can be added by anyone; the text so far is stored as a partial message.
 * A run that had ended already keeps its end. By client key it also stops a start that has not arrived yet.
 */
export const cancelRun = unscopedOperation(
  {
    name: 'runs.cancel',
    summary: 'Ends an answer; what was written so far stays as a partial message.',
    kind: 'mutation',
    needs: 'run:write',
    input: CancelRunInput,
    output: RunCancelled,
  },
  async (call, input) => {
    const principal = principalOf(call.actor);
    const row = await call.inScope('write', (scoped) => {
      return 'runId' in input
        ? audited(scoped, ownedRun(scoped.scope, principal, input.runId))
        : runOrTombstone(scoped, principal, input.clientKey);
    });
    if (row === null) return { runId: null, status: 'cancelled' as const, text: '' };
    const ending = { kind: 'cancelled', by: principal.userId, reason: 'asked by the user' } as const;
    const terminal = await call.ports.runs.end(principal.orgId, row.id, ending);
    if (terminal === null) throw new Failure('run.not-found');
    return { runId: row.id, status: statusOf(terminal.type), text: terminal.text };
  },
);

async function audited(scoped: ScopedCall, finding: Promise<RunRow>): Promise<RunRow> {
  const row = await finding;
  scoped.audit(row.id);
  return row;
}

async function runOrTombstone(
  scoped: ScopedCall,
  principal: Principal,
  clientKey: string,
): Promise<RunRow | null> {
  // A start under this key that is not committed yet would see no mark, and we would not see its run.
  await lockKey(scoped.scope, principal.userId, clientKey);
  const row = await ownedRunByKey(scoped.scope, principal, clientKey);
  scoped.audit(row?.id ?? `key:${clientKey}`);
  if (row === null) {
    await rememberIdempotent(scoped.scope, {
      actorId: principal.userId,
      operation: CANCELLED_BEFORE_START,
      key: clientKey,
      requestId: scoped.requestId,
      expiresAt: new Date(scoped.ports.clock.now() + IDEMPOTENCY_TTL_MS),
    });
  }
  return row;
}

function statusOf(type: string): 'completed' | 'incomplete' | 'failed' | 'cancelled' {
  if (type === 'run.completed') return 'completed';
  if (type === 'run.incomplete') return 'incomplete';
  return type === 'run.failed' ? 'failed' : 'cancelled';
}
