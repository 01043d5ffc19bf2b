import { sql } from 'drizzle-orm';
import type { SystemScope } from '../scope.ts';

/** A customer whose organisation has use that may be sealed. */
export interface SealableCustomer {
  readonly orgId: string;
  readonly customerId: string;
}

/** What was used before the customer existed is on nobody's bill: hours are counted from the one it was made in. */
const billable = sql`e.sealed_in is null and not e.from_pack and e.occurred_at >= date_trunc('hour', c.created_at)`;

export interface SealRequest {
  /** Only customers of this mode have a bill. */
  readonly livemode: boolean;
  /** Use before this instant is sealed. */
  readonly before: Date;
  /** Use before this one can no longer be told: its window is parked for a credit by hand. */
  readonly tellableSince: Date;
  readonly now: Date;
  readonly meters: readonly string[];
}

/** Customers after `after` with use that is not sealed yet, in order of their ids. */
export async function listSealable(
  scope: SystemScope,
  { livemode, before, meters, after, limit }: SealRequest & { after: string; limit: number },
): Promise<SealableCustomer[]> {
  const rows = await scope.db.execute<{ org_id: string; customer_id: string }>(sql`
    select c.org_id, c.customer_id from billing_customers c
    where c.deleted_at is null and c.livemode = ${livemode} and c.customer_id > ${after} and exists (
      select from usage_entries e where e.org_id = c.org_id and e.occurred_at < ${before.toISOString()}::timestamptz
        and e.meter in ${[...meters]} and ${billable})
    order by c.customer_id limit ${limit}`);
  return rows.map((row) => ({ orgId: row.org_id, customerId: row.customer_id }));
}

/**
 * Seals all use of a customer before the boundary, one window a meter and hour, and marks each entry with its window, so
 * that none is told twice or forgotten. One sealer a customer at a time. Resolves how many windows were made.
 */
export async function sealWindows(
  scope: SystemScope,
  { orgId, customerId }: SealableCustomer,
  { livemode, before, tellableSince, now, meters }: SealRequest,
): Promise<number> {
  await scope.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`usage-export ${orgId}`}, 0))`);
  const rows = await scope.db.execute(sql`
    with due as (
      select e.meter, e.source_id, e.quantity, e.occurred_at,
        date_trunc('hour', e.occurred_at, 'UTC') as hour
      from usage_entries e join billing_customers c on c.org_id = e.org_id and c.customer_id = ${customerId}
        and c.livemode = ${livemode}
      where e.org_id = ${orgId} and e.occurred_at < ${before.toISOString()}::timestamptz
        and e.meter in ${[...meters]} and ${billable}
      for update of e
    ), windows as (
      select meter, hour, sum(quantity)::bigint as quantity, max(occurred_at) as used_at,
        1 + (select count(*) from usage_exports x
          where x.customer_id = ${customerId} and x.meter = due.meter and x.hour = due.hour)::int as sequence
      from due group by meter, hour
    ), named as (
      select *, ${customerId}::text || ':' || meter || ':' || to_char(hour at time zone 'UTC', 'YYYYMMDDHH24') || ':'
        || sequence as id, used_at < ${tellableSince.toISOString()}::timestamptz as late
      from windows
    ), made as (
      insert into usage_exports (org_id, id, customer_id, meter, hour, sequence, quantity, used_at, identifier,
        send_quantity, next_attempt_at, state, reason)
      select ${orgId}, id, ${customerId}, meter, hour, sequence, quantity, used_at, id, quantity,
        ${now.toISOString()}::timestamptz, case when late then 'parked' else 'pending' end,
        case when late then 'credit-by-hand' end
      from named returning id, meter, hour
    ), marked as (
      update usage_entries e set sealed_in = made.id from due join made using (meter, hour)
      where e.org_id = ${orgId} and e.meter = due.meter and e.source_id = due.source_id
      returning 1
    )
    select (select count(*) from made)::int as made, (select count(*) from marked)::int as marked`);
  return Number(rows[0]?.made ?? 0);
}
