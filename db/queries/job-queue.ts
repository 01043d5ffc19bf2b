import { and, eq, inArray, sql } from 'drizzle-orm';
import { jobQueue } from '../schema/jobs.ts';
import type { SystemScope } from '../scope.ts';

/** A call this process may make until its lease ends. */
export interface LeasedCall {
  readonly id: number;
  readonly runId: string;
  readonly functionId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly losses: number;
  readonly leaseToken: string;
}

export interface NewCall {
  readonly runId: string;
  readonly functionId: string;
  readonly stepId: string;
  readonly dueAt: Date;
  /** Calls are made in this order. */
  readonly rankAt: Date;
  readonly limitKeys: string[];
  readonly limitSizes: number[];
}

/** Queues a call; one already queued for the same step stays as it is. */
export async function enqueueCall(scope: SystemScope, call: NewCall): Promise<void> {
  await scope.db
    .insert(jobQueue)
    .values(call)
    .onConflictDoNothing({ target: [jobQueue.runId, jobQueue.stepId] });
}

interface Claim {
  readonly now: Date;
  /** Calls of other functions stay for the processes that have them (during a deploy). */
  readonly functionIds: string[];
  readonly limit: number;
  readonly leaseMs: number;
  /** Unique to this claim; the lease tokens begin with it. */
  readonly token: string;
}

interface Candidate extends Record<string, unknown> {
  readonly id: string;
  readonly limit_keys: string[];
  readonly limit_sizes: number[];
  readonly held: Record<string, number> | null;
}

/** Rows looked at in one round of a claim. */
const lookAhead = 100;

/**
 * Leases up to `limit` due calls in order of rank, within the concurrency limits. One claimer at a time in the
 * whole cluster (advisory lock), so counting holders is exact. A call whose lease ran out counts one more loss.
 */
export async function claimCalls(scope: SystemScope, claim: Claim): Promise<LeasedCall[]> {
  if (claim.functionIds.length === 0) return [];
  await scope.db.execute(sql`select pg_advisory_xact_lock(hashtext('job_queue.claim'))`);
  const leased: LeasedCall[] = [];
  for (;;) {
    const candidates = await listCandidates(scope, claim);
    const chosen = withinLimits(candidates, claim.limit - leased.length);
    if (chosen.length > 0) leased.push(...(await lease(scope, claim, chosen)));
    // A full look-ahead may hide calls behind those of a key that has just become full.
    if (chosen.length === 0 || candidates.length < lookAhead || leased.length >= claim.limit) return leased;
  }
}

/** Due calls, without those of keys that are full. */
function listCandidates(scope: SystemScope, claim: Claim): Promise<Candidate[]> {
  return scope.db.execute<Candidate>(sql`
    with busy as (
      select key, count(*)::int as held from job_queue, unnest(limit_keys) as key
      where lease_token is not null and lease_until > now() group by key
    )
    select q.id, q.limit_keys, q.limit_sizes,
      (select jsonb_object_agg(b.key, b.held) from busy b where b.key = any(q.limit_keys)) as held
    from job_queue q
    where q.due_at <= ${claim.now.toISOString()}::timestamptz
      and q.function_id in ${claim.functionIds}
      and (q.lease_token is null or q.lease_until <= now())
      and not exists (
        select from unnest(q.limit_keys, q.limit_sizes) as own(key, size)
        join busy b on b.key = own.key and b.held >= own.size
      )
    order by q.rank_at, q.id limit ${lookAhead}
    for update of q skip locked`);
}

async function lease(scope: SystemScope, claim: Claim, chosen: number[]): Promise<LeasedCall[]> {
  const rows = await scope.db
    .update(jobQueue)
    .set({
      leaseToken: sql`${claim.token} || ':' || id`,
      leaseUntil: sql`now() + ${claim.leaseMs} * interval '1 millisecond'`,
      losses: sql`losses + (lease_token is not null)::int`,
    })
    .where(inArray(jobQueue.id, chosen))
    .returning();
  return rows.map((row) => ({ ...row, leaseToken: `${claim.token}:${row.id}` }));
}

/** Takes candidates in order while every concurrency key they need has a free place. */
function withinLimits(candidates: Iterable<Candidate>, limit: number): number[] {
  const held = new Map<string, number>();
  const chosen: number[] = [];
  for (const candidate of candidates) {
    if (chosen.length >= limit) break;
    const count = (key: string) => held.get(key) ?? candidate.held?.[key] ?? 0;
    if (candidate.limit_keys.some((key, i) => count(key) >= (candidate.limit_sizes[i] ?? 0))) continue;
    for (const key of candidate.limit_keys) held.set(key, count(key) + 1);
    chosen.push(Number(candidate.id));
  }
  return chosen;
}

/** Extends the leases of these tokens; returns how many calls are still ours. */
export async function renewLeases(scope: SystemScope, tokens: string[], leaseMs: number): Promise<number> {
  const rows = await scope.db
    .update(jobQueue)
    .set({ leaseUntil: sql`now() + ${leaseMs} * interval '1 millisecond'` })
    .where(inArray(jobQueue.leaseToken, tokens))
    .returning({ id: jobQueue.id });
  return rows.length;
}

/** Gives calls back untouched, for a stop that could not wait for them. */
export async function releaseLeases(scope: SystemScope, tokens: string[]): Promise<void> {
  await scope.db
    .update(jobQueue)
    .set({ leaseToken: null, leaseUntil: null })
    .where(inArray(jobQueue.leaseToken, tokens));
}

type Held = Pick<LeasedCall, 'id' | 'leaseToken'>;
const isHeld = (call: Held) => and(eq(jobQueue.id, call.id), eq(jobQueue.leaseToken, call.leaseToken));

/** Removes a call whose outcome is about to be recorded. False: the lease was lost and nothing may be recorded. */
export async function takeCall(scope: SystemScope, call: Held): Promise<boolean> {
  const rows = await scope.db.delete(jobQueue).where(isHeld(call)).returning({ id: jobQueue.id });
  return rows.length > 0;
}

/** Puts a failed call back for its next attempt. False: the lease was lost. */
export async function retryCall(
  scope: SystemScope,
  call: Held & { attempt: number },
  retry: { dueAt: Date; error: string },
): Promise<boolean> {
  const rows = await scope.db
    .update(jobQueue)
    .set({
      attempt: call.attempt + 1,
      losses: 0,
      dueAt: retry.dueAt,
      rankAt: retry.dueAt,
      leaseToken: null,
      leaseUntil: null,
      lastError: retry.error,
    })
    .where(isHeld(call))
    .returning({ id: jobQueue.id });
  return rows.length > 0;
}

interface DueRow extends Record<string, unknown> {
  readonly waits: boolean;
  readonly buffers: boolean;
  readonly timeouts: boolean;
}

/** Which kinds of work time has made due, in one statement: what an idle executor asks at each poll. */
export async function findDueWork(scope: SystemScope, now: Date): Promise<DueRow> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const rows = await scope.db.execute<DueRow>(sql`select
    exists (select from job_waits where deadline <= ${at}) as waits,
    exists (select from job_buffers where due_at <= ${at}) as buffers,
    exists (select from job_runs where status = 'queued' and start_before <= ${at})
      or exists (select from job_runs where status = 'running' and finish_before <= ${at}) as timeouts`);
  return rows[0] ?? { waits: false, buffers: false, timeouts: false };
}
