import { sql } from 'drizzle-orm';
import type { AnyScope, OrgScope } from '../scope.ts';

/** Windows of money go by the database's clock, in UTC. */
export type WindowKind = 'day' | 'month';

/** A meter, and what causes the use of it: one source counts once. */
export interface UsageSource {
  readonly meter: string;
  readonly window: WindowKind;
  readonly sourceId: string;
}

export interface Reservation extends UsageSource {
  readonly quantity: number;
  /** Units of this window that may be used and held together; null is unlimited. */
  readonly limit: number | null;
  readonly holdMs: number;
}

export interface Reserved {
  /** `repeated`: this source holds or has used its units already. */
  readonly outcome: 'held' | 'repeated' | 'refused';
  /** Of the window, with this reservation when it was held. */
  readonly used: number;
  readonly held: number;
  /** Whether people were told that the window nears its limit. */
  readonly isWarned: boolean;
  readonly resetsAt: Date;
}

/** When the current window began, as SQL. */
export const windowStart = (kind: WindowKind) => sql`date_trunc(${kind}, now(), 'UTC')`;
/** When it ends. */
export const windowEnd = (kind: WindowKind) =>
  sql`date_trunc(${kind}, now(), 'UTC') + ${`1 ${kind}`}::interval`;
/** Tells processes where somebody watches this organisation's usage; for everybody else a commit stays free of NOTIFY. */
export const tellWatchers = (
  scope: OrgScope,
) => sql`(select pg_notify('usage_changed', w.org_id) from usage_watches w
  where w.org_id = ${scope.orgId} and w.watched_until > now())`;

/**
 * Sets units aside in the current window unless used and held units would exceed the limit. One statement: the row
 * lock of the window orders concurrent calls. A refusal leaves a hold behind that only a rollback removes: throw.
 */
export async function reserveUnits(scope: OrgScope, wanted: Reservation): Promise<Reserved> {
  const first = await tryReserve(scope, wanted);
  if (first.outcome !== 'refused') return first;
  const counted = (await expireHolds(scope, wanted.meter)) === 0 ? null : await countHeld(scope, wanted);
  if (counted !== null) return { ...first, ...counted, outcome: 'held' };
  // The statement that waited for others still tells what was there before them.
  return { ...first, ...(await readWindow(scope, wanted)) };
}

async function readWindow(
  scope: OrgScope,
  { meter, window }: Pick<Reservation, 'meter' | 'window'>,
): Promise<Partial<Pick<Reserved, 'used' | 'held' | 'isWarned'>>> {
  const rows = await scope.db.execute(sql`
    select used::float8 as used, held::float8 as held, is_warned as "isWarned" from usage_windows
    where org_id = ${scope.orgId} and meter = ${meter} and window_start = ${windowStart(window)}`);
  const [row] = rows;
  return row === undefined ? {} : countsIn(row);
}

function countsIn(row: Record<string, unknown>): Pick<Reserved, 'used' | 'held' | 'isWarned'> {
  return { used: Number(row.used), held: Number(row.held), isWarned: row.isWarned === true };
}

async function tryReserve(scope: OrgScope, wanted: Reservation): Promise<Reserved> {
  const { meter, sourceId, quantity, window, limit, holdMs } = wanted;
  const rows = await scope.db.execute(sql`
    with hold as (
      insert into usage_holds as h (org_id, meter, source_id, window_start, quantity, expires_at)
      select ${scope.orgId}, ${meter}, ${sourceId}, ${windowStart(window)}, ${quantity}::bigint,
        now() + ${holdMs} * interval '1 millisecond'
      where not exists (select from usage_entries e where e.org_id = ${scope.orgId} and e.meter = ${meter}
        and e.source_id = ${sourceId})
      on conflict (org_id, meter, source_id) do update
        set state = 'held', window_start = excluded.window_start, quantity = excluded.quantity,
          pack_livemode = null, expires_at = excluded.expires_at
        where h.state in ('released', 'expired')
      returning 1
    ), counted as (
      insert into usage_windows as w (org_id, meter, window_start, held)
      select ${scope.orgId}, ${meter}, ${windowStart(window)}, ${quantity}::bigint from hold
        where ${limit}::bigint is null or ${quantity}::bigint <= ${limit}::bigint
      on conflict (org_id, meter, window_start) do update set held = w.held + excluded.held
        where ${limit}::bigint is null or w.used + w.held + excluded.held <= ${limit}::bigint
      returning w.used, w.held, w.is_warned
    )
    select exists (select from hold) as fresh, exists (select from counted) as counted,
      coalesce(c.used, w.used, 0)::float8 as used, coalesce(c.held, w.held, 0)::float8 as held,
      coalesce(c.is_warned, w.is_warned, false) as "isWarned",
      extract(epoch from ${windowEnd(window)})::float8 * 1000 as "resetsAt",
      case when exists (select from counted) then ${tellWatchers(scope)} end as told
    from (select 1) one left join counted c on true
      left join usage_windows w on w.org_id = ${scope.orgId} and w.meter = ${meter}
        and w.window_start = ${windowStart(window)}`);
  const row = rows[0];
  if (row === undefined) throw new Error('a reservation returned no row');
  return {
    outcome: row.fresh !== true ? 'repeated' : row.counted === true ? 'held' : 'refused',
    ...countsIn(row),
    resetsAt: new Date(Number(row.resetsAt)),
  };
}

async function countHeld(
  scope: OrgScope,
  { meter, quantity, window, limit }: Reservation,
): Promise<Pick<Reserved, 'used' | 'held' | 'isWarned'> | null> {
  const rows = await scope.db.execute(sql`
    update usage_windows set held = held + ${quantity}::bigint
    where org_id = ${scope.orgId} and meter = ${meter} and window_start = ${windowStart(window)}
      and (${limit}::bigint is null or used + held + ${quantity}::bigint <= ${limit}::bigint)
    returning used::float8 as used, held::float8 as held, is_warned as "isWarned"`);
  const row = rows[0];
  return row === undefined ? null : countsIn(row);
}

/** Notes that people are told that the current window nears its limit; false when they were already. */
export async function noteWarning(
  scope: OrgScope,
  { meter, window }: Pick<UsageSource, 'meter' | 'window'>,
): Promise<boolean> {
  const rows = await scope.db.execute(sql`
    update usage_windows set is_warned = true
    where org_id = ${scope.orgId} and meter = ${meter} and window_start = ${windowStart(window)} and not is_warned
    returning 1`);
  return rows.length === 1;
}

/** Takes the units of a refused reservation from what was bought beyond the tier in a mode; false when not enough is left. */
export async function reserveFromPack(
  scope: OrgScope,
  { meter, sourceId, quantity }: Pick<Reservation, 'meter' | 'sourceId' | 'quantity'>,
  livemode: boolean,
): Promise<boolean> {
  const rows = await scope.db.execute(sql`
    with taken as (
      update usage_balances set held = held + ${quantity}::bigint
      where org_id = ${scope.orgId} and meter = ${meter} and livemode = ${livemode}
        and used + held + ${quantity}::bigint <= granted
      returning 1
    )
    update usage_holds set pack_livemode = ${livemode}
    where org_id = ${scope.orgId} and meter = ${meter} and source_id = ${sourceId} and exists (select from taken)
    returning ${tellWatchers(scope)}`);
  return rows.length === 1;
}

/** Gives back holds of a meter whose time is over: of one organisation, or of all. Resolves how many. */
export async function expireHolds(scope: AnyScope, meter: string | null = null): Promise<number> {
  const own = scope.kind === 'org' ? sql`and h.org_id = ${scope.orgId}` : sql``;
  const rows = await scope.db.execute(sql`
    with gone as (
      update usage_holds h set state = 'expired'
      where h.state = 'held' and h.expires_at <= now() ${own} and (${meter}::text is null or h.meter = ${meter})
      returning h.org_id, h.meter, h.window_start, h.quantity, h.pack_livemode
    ), windows as (
      update usage_windows w set held = w.held - g.quantity
      from (select org_id, meter, window_start, sum(quantity) as quantity from gone where pack_livemode is null group by 1, 2, 3) g
      where w.org_id = g.org_id and w.meter = g.meter and w.window_start = g.window_start returning 1
    ), packs as (
      update usage_balances b set held = b.held - g.quantity
      from (select org_id, meter, pack_livemode, sum(quantity) as quantity from gone
        where pack_livemode is not null group by 1, 2, 3) g
      where b.org_id = g.org_id and b.meter = g.meter and b.livemode = g.pack_livemode returning 1
    )
    select (select count(*) from gone)::int as gone, (select count(*) from windows) + (select count(*) from packs) as given`);
  return Number(rows[0]?.gone ?? 0);
}
