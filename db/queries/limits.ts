import { sql } from 'drizzle-orm';
import type { SystemScope } from '../scope.ts';

export interface CountedWindow {
  /** The database's clock, in ms since 1970; windows of money go by it. */
  readonly now: number;
  readonly start: number;
  /** Units in the current window, with this call when it was counted. */
  readonly used: number;
  readonly previous: number;
  readonly counted: boolean;
}

/**
 * Counts `cost` in the current window of (name, subject) unless that would exceed `limit`, in one statement: the row
 * lock of the upsert orders concurrent calls. The window before weighs in by the share of it that still slides along.
 */
export async function countInWindow(
  scope: SystemScope,
  call: { name: string; subject: string; windowMs: number; limit: number; cost: number },
): Promise<CountedWindow> {
  const { name, subject, windowMs, limit, cost } = call;
  const rows = await scope.db.execute(sql`
    with at as (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms),
    frame as (select ms, ms - ms % ${windowMs}::bigint as start from at),
    prior as (
      select ms, start, coalesce(w.used, 0) as previous,
        (coalesce(w.used, 0) * (${windowMs}::bigint - (ms - start)) + ${windowMs}::bigint - 1) / ${windowMs}::bigint as carried
      from frame left join limit_windows w on w.name = ${name}::text and w.subject = ${subject}::text
        and w.window_start = to_timestamp((start - ${windowMs}::bigint) / 1000.0)
    ),
    counted as (
      insert into limit_windows as w (name, subject, window_start, used)
      select ${name}::text, ${subject}::text, to_timestamp(start / 1000.0), ${cost}::int
        from prior where carried + ${cost}::int <= ${limit}::int
      on conflict (name, subject, window_start) do update set used = w.used + excluded.used
        where w.used + excluded.used + (select carried from prior) <= ${limit}::int
      returning w.used
    )
    select ms::float8 as now, start::float8 as start, previous, (select used from counted) as counted,
      (select used from limit_windows where name = ${name}::text and subject = ${subject}::text
        and window_start = to_timestamp(start / 1000.0)) as standing
    from prior`);
  const row = rows[0];
  if (row === undefined) throw new Error('the count of a window returned no row');
  const counted = row.counted === null ? null : Number(row.counted);
  return {
    now: Number(row.now),
    start: Number(row.start),
    previous: Number(row.previous),
    used: counted ?? Number(row.standing ?? 0),
    counted: counted !== null,
  };
}
