import { type SQL, sql } from 'drizzle-orm';
import type { OrgScope } from '../scope.ts';
import { tellWatchers, type UsageSource, windowEnd, windowStart } from './usage-ledger.ts';

export interface UsedUnits extends UsageSource {
  /** What it did cost; zero gives a hold back and records nothing. */
  readonly quantity: number;
  readonly app: string;
  readonly subject?: string;
}

export interface Settled {
  /** Whether this call recorded the use. */
  readonly recorded: boolean;
  /** The running window after it, used and held together; null when it counted in no running one. */
  readonly window: { readonly total: number; readonly isWarned: boolean; readonly resetsAt: Date } | null;
}

/**
 * Records what a source used, once, and gives back what its hold kept beyond that. Without a hold, or after it
 * expired, the use is recorded all the same: it happened.
 */
export function settleUnits(scope: OrgScope, used: UsedUnits): Promise<Settled> {
  const { quantity, app, subject, ...source } = used;
  const given = sql`select ${quantity}::bigint as quantity, ${app}::text as app, ${subject ?? null}::text as subject`;
  return settle(scope, source, given);
}

/**
 * The same for a run that ends in this transaction: one AI query when it showed text (else its hold is given back),
 * and its time by the database's clock, which counts towards the session of its conversation.
 */
export async function settleRunUnits(
  scope: OrgScope,
  { runId, conversationId, answered }: { runId: string; conversationId: string; answered: boolean },
): Promise<void> {
  const given = (quantity: SQL) => sql`select ${quantity} as quantity, app, ${conversationId}::text as subject
    from runs where org_id = ${scope.orgId} and id = ${runId}`;
  const source = { sourceId: runId, window: 'month' } as const;
  const elapsed = sql`round(extract(epoch from now() - coalesce(started_at, now())) * 1000)::bigint`;
  await Promise.all([
    settle(scope, { ...source, meter: 'aiQueries' }, given(answered ? sql`1::bigint` : sql`0::bigint`)),
    settle(scope, { ...source, meter: 'agentMilliseconds' }, given(elapsed)),
  ]);
}

/**
 * `given` selects one row of quantity, app and subject. A hold on bought units that expired takes them all the same where
 * they are still there: they were what the use was allowed for.
 */
async function settle(
  scope: OrgScope,
  { meter, sourceId, window }: UsageSource,
  given: SQL,
): Promise<Settled> {
  const rows = await scope.db.execute(sql`
    with given as (${given}), hold as (
      update usage_holds set state = case when (select quantity from given) > 0 then 'settled' else 'released' end
      where org_id = ${scope.orgId} and meter = ${meter} and source_id = ${sourceId} and state = 'held'
      returning window_start, pack_livemode, quantity
    ), late as (
      update usage_holds h set state = 'settled'
      where h.org_id = ${scope.orgId} and h.meter = ${meter} and h.source_id = ${sourceId} and h.state = 'expired'
        and h.pack_livemode is not null and (select quantity from given) > 0 and exists (select from usage_balances b
          where b.org_id = h.org_id and b.meter = h.meter and b.livemode = h.pack_livemode
            and b.used + b.held + (select quantity from given) <= b.granted)
      returning h.window_start, h.pack_livemode, 0::bigint as quantity
    ), place as (
      select coalesce(h.window_start, ${windowStart(window)}) as window_start, h.pack_livemode,
        coalesce(h.quantity, 0) as held, g.quantity, g.app, g.subject
      from given g left join (select * from hold union all select * from late) h on true
    ), entry as (
      insert into usage_entries (org_id, meter, source_id, window_start, quantity, from_pack, subject, app, occurred_at)
      select ${scope.orgId}, ${meter}, ${sourceId}, window_start, quantity, pack_livemode is not null, subject, app, now()
      from place where quantity > 0
      on conflict do nothing returning 1
    ), delta as (
      select window_start, pack_livemode, held,
        case when exists (select from entry) then quantity else 0 end as used from place
    ), counted as (
      insert into usage_windows as w (org_id, meter, window_start, used)
      select ${scope.orgId}, ${meter}, window_start, used from delta where pack_livemode is null and (used > 0 or held > 0)
      on conflict (org_id, meter, window_start) do update
        set used = w.used + excluded.used, held = w.held - (select held from delta)
      returning w.window_start, w.used + w.held as total, w.is_warned
    ), balanced as (
      update usage_balances b set used = b.used + d.used, held = b.held - d.held from delta d
      where b.livemode = d.pack_livemode and b.org_id = ${scope.orgId} and b.meter = ${meter}
      returning 1
    )
    select exists (select from entry) as recorded, ${tellWatchers(scope)} as told,
      (select count(*) from balanced) as touched, c.total::float8 as total, c.is_warned as "isWarned",
      extract(epoch from ${windowEnd(window)})::float8 * 1000 as "resetsAt"
    from (select 1) one left join counted c on c.window_start = ${windowStart(window)}`);
  const row = rows[0];
  const { total, isWarned, resetsAt } = row ?? {};
  return {
    recorded: row?.recorded === true,
    window:
      total === null || total === undefined
        ? null
        : { total: Number(total), isWarned: isWarned === true, resetsAt: new Date(Number(resetsAt)) },
  };
}
