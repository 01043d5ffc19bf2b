import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import { type RunStatus, runs } from '../schema/runs.ts';
import type { OrgScope, SystemScope } from '../scope.ts';

export type RunRow = typeof runs.$inferSelect;
export type NewRun = Pick<
  RunRow,
  | 'id'
  | 'conversationId'
  | 'ownerId'
  | 'agentId'
  | 'app'
  | 'clientKey'
  | 'userMessageId'
  | 'limitSeconds'
  | 'requiredTier'
  | 'logKind'
>;

/** A lease end as the server's clock has it: `now()` plus `ms`. */
function leaseEnd(ms: number) {
  return sql`now() + ${ms} * interval '1 millisecond'`;
}

/**
 * Stores a queued run, already under a lease, so that a process that dies before it produces is noticed.
 * False when its conversation has a run that has not ended: then nothing was stored.
 */
export async function insertRun(
  scope: OrgScope,
  run: NewRun,
  lease: { instanceId: string; ms: number },
): Promise<boolean> {
  const rows = await scope.db
    .insert(runs)
    .values({
      ...run,
      orgId: scope.orgId,
      instanceId: lease.instanceId,
      leaseUntil: leaseEnd(lease.ms),
    })
    .onConflictDoNothing({
      target: [runs.orgId, runs.conversationId],
      where: sql`status in ('queued', 'running')`,
    })
    .returning({ id: runs.id });
  return rows.length === 1;
}

export async function findRun(scope: OrgScope, runId: string): Promise<RunRow | null> {
  const rows = await scope.db
    .select()
    .from(runs)
    .where(and(eq(runs.orgId, scope.orgId), eq(runs.id, runId)));
  return rows[0] ?? null;
}

export async function findRunByClientKey(
  scope: OrgScope,
  ownerId: string,
  clientKey: string,
): Promise<RunRow | null> {
  const rows = await scope.db
    .select()
    .from(runs)
    .where(and(eq(runs.orgId, scope.orgId), eq(runs.ownerId, ownerId), eq(runs.clientKey, clientKey)));
  return rows[0] ?? null;
}

/** The run of this conversation that has not ended, if any. */
export async function findLiveRun(scope: OrgScope, conversationId: string): Promise<{ id: string } | null> {
  const rows = await scope.db
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.orgId, scope.orgId),
        eq(runs.conversationId, conversationId),
        inArray(runs.status, ['queued', 'running']),
      ),
    );
  return rows[0] ?? null;
}

/**
 * Makes this instance the producer of a queued run under epoch 1; null when it is queued no more, or when somebody
 * who ends it has taken an epoch already.
 */
export async function claimRun(
  scope: OrgScope,
  claim: { runId: string; instanceId: string; leaseMs: number; limitSeconds: number | null },
): Promise<RunRow | null> {
  const deadline = claim.limitSeconds === null ? null : leaseEnd(claim.limitSeconds * 1000);
  const rows = await scope.db
    .update(runs)
    .set({
      status: 'running',
      epoch: sql`${runs.epoch} + 1`,
      instanceId: claim.instanceId,
      leaseUntil: leaseEnd(claim.leaseMs),
      startedAt: sql`now()`,
      deadlineAt: deadline,
    })
    .where(
      and(
        eq(runs.orgId, scope.orgId),
        eq(runs.id, claim.runId),
        eq(runs.status, 'queued'),
        eq(runs.epoch, 0),
      ),
    )
    .returning();
  return rows[0] ?? null;
}

/** Takes the next epoch of a run that has not ended, fencing its producer; null when there is nothing to end. */
export async function bumpRunEpoch(scope: OrgScope, runId: string): Promise<RunRow | null> {
  const rows = await scope.db
    .update(runs)
    .set({ epoch: sql`${runs.epoch} + 1` })
    .where(and(eq(runs.orgId, scope.orgId), eq(runs.id, runId), inArray(runs.status, ['queued', 'running'])))
    .returning();
  return rows[0] ?? null;
}

/** Moves a run that this epoch owns to another log under the next epoch; null when it is owned no more. */
export async function moveRunLog(
  scope: OrgScope,
  run: { runId: string; epoch: number; logKind: RunRow['logKind'] },
): Promise<number | null> {
  const rows = await scope.db
    .update(runs)
    .set({ epoch: sql`${runs.epoch} + 1`, logKind: run.logKind })
    .where(
      and(
        eq(runs.orgId, scope.orgId),
        eq(runs.id, run.runId),
        eq(runs.epoch, run.epoch),
        inArray(runs.status, ['queued', 'running']),
      ),
    )
    .returning({ epoch: runs.epoch });
  return rows[0]?.epoch ?? null;
}

export interface RunEnd {
  readonly runId: string;
  readonly epoch: number;
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly terminal: Record<string, unknown>;
  readonly lastSeq: number;
  readonly assistantMessageId: string | null;
  readonly provider: string | null;
  readonly model: string | null;
}

/**
 * Stores how a run ended, if `epoch` still owns it. The lease stays until the terminal event is in the log:
 * an ended run with a lease that is over is one whose log must still be sealed.
 */
export async function settleRun(scope: OrgScope, end: RunEnd): Promise<boolean> {
  const { runId, epoch, ...values } = end;
  const rows = await scope.db
    .update(runs)
    .set({ ...values, endedAt: sql`now()`, leaseUntil: leaseEnd(5000) })
    .where(
      and(
        eq(runs.orgId, scope.orgId),
        eq(runs.id, runId),
        eq(runs.epoch, epoch),
        inArray(runs.status, ['queued', 'running']),
      ),
    )
    .returning({ id: runs.id });
  return rows.length === 1;
}

/** A run's time is over when its owner should have ended it by this long; it cannot be renewed any more. */
const OVERTIME_MS = 2000;

/** Renews the leases of a process in one statement; resolves the ids it still owns under the claimed epoch (0: not claimed yet). */
export async function renewLeases(
  scope: SystemScope,
  renewal: { instanceId: string; claims: readonly { runId: string; epoch: number }[]; leaseMs: number },
): Promise<string[]> {
  const ids = renewal.claims.map((claim) => claim.runId);
  const epochs = renewal.claims.map((claim) => claim.epoch);
  const rows = await scope.db.execute<{ id: string }>(sql`
    update runs set lease_until = now() + ${renewal.leaseMs} * interval '1 millisecond'
    from unnest(${sql.param(ids)}::text[], ${sql.param(epochs)}::int[]) as claim(run_id, epoch)
    where runs.id = claim.run_id and runs.epoch = claim.epoch
      and runs.status in ('queued', 'running') and runs.instance_id = ${renewal.instanceId}
      and (runs.deadline_at is null or runs.deadline_at > now() - ${OVERTIME_MS} * interval '1 millisecond')
    returning runs.id`);
  return rows.map((row) => row.id);
}

export interface OverdueRun
  extends Pick<RunRow, 'orgId' | 'id' | 'epoch' | 'logKind' | 'terminal' | 'limitSeconds' | 'requiredTier'> {
  /** The time its plan allows is over. */
  readonly isOverTime: boolean;
}

/**
 * Takes the oldest runs whose lease is over: not ended (their owner died) or ended but not sealed. Each goes to one
 * taker, who has `leaseMs` to finish it; what it cannot finish is overdue again after that, behind the others.
 */
export async function takeOverdueRuns(
  scope: SystemScope,
  take: { readonly limit: number; readonly leaseMs: number },
): Promise<OverdueRun[]> {
  const overdue = scope.db
    .select({ id: runs.id })
    .from(runs)
    .where(and(isNotNull(runs.leaseUntil), lt(runs.leaseUntil, sql`now()`)))
    .orderBy(runs.leaseUntil)
    .limit(take.limit)
    .for('update', { skipLocked: true });
  return scope.db
    .update(runs)
    .set({ leaseUntil: leaseEnd(take.leaseMs) })
    .where(inArray(runs.id, overdue))
    .returning({
      orgId: runs.orgId,
      id: runs.id,
      epoch: runs.epoch,
      logKind: runs.logKind,
      terminal: runs.terminal,
      limitSeconds: runs.limitSeconds,
      requiredTier: runs.requiredTier,
      isOverTime: sql<boolean>`coalesce(${runs.deadlineAt} <= now(), false)`,
    });
}

/** Gives up the leases of runs whose log is sealed. */
export async function releaseLeases(scope: SystemScope, runIds: readonly string[]): Promise<void> {
  await scope.db
    .update(runs)
    .set({ leaseUntil: null })
    .where(and(inArray(runs.id, [...runIds]), isNotNull(runs.endedAt)));
}

/** Keeps the text of a run that is being produced, for the case that its log is lost. */
export async function checkpointRuns(
  scope: SystemScope,
  checkpoints: readonly { runId: string; epoch: number; seq: number; text: string }[],
): Promise<void> {
  await scope.db.execute(sql`
    update runs set checkpoint = jsonb_build_object('seq', c.seq, 'text', c.text)
    from jsonb_to_recordset(${JSON.stringify(checkpoints)}::jsonb) as c("runId" text, epoch int, seq int, text text)
    where runs.id = c."runId" and runs.epoch = c.epoch and runs.status = 'running'`);
}

/** Which log each of these runs is written to, who owns it, and how it ended. */
export async function listRunPlaces(
  scope: SystemScope,
  runIds: readonly string[],
): Promise<Pick<RunRow, 'id' | 'epoch' | 'logKind' | 'terminal'>[]> {
  return scope.db
    .select({ id: runs.id, epoch: runs.epoch, logKind: runs.logKind, terminal: runs.terminal })
    .from(runs)
    .where(inArray(runs.id, [...runIds]));
}
