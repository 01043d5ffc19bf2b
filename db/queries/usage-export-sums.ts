import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import { usageExports } from '../schema/usage-exports.ts';
import type { SystemScope } from '../scope.ts';
import { isOfMode } from './usage-exports.ts';

/** Units since an instant: of the ledger, and of what was made of it. */
export interface ExportSums {
  /** Of customers, as the ledger has it. */
  readonly ledger: number;
  readonly unsealed: number;
  readonly pending: number;
  readonly confirmed: number;
  readonly parked: number;
  readonly credited: number;
  /** Windows whose entries do not add up to them, at most 20. */
  readonly wrongWindows: readonly string[];
  /** Windows that were due before `dueBefore` and are still open. */
  readonly overdue: number;
  /** Entries of sealed hours, used before `dueBefore`, that no sealer took. */
  readonly forgotten: number;
}

/** All sums in one statement, so that work under way cannot show as a difference. */
export async function sumExports(
  scope: SystemScope,
  range: { livemode: boolean; since: Date; dueBefore: Date; meters: readonly string[] },
): Promise<ExportSums> {
  const { livemode, since, dueBefore, meters } = range;
  const from = sql`${since.toISOString()}::timestamptz`;
  const due = sql`${dueBefore.toISOString()}::timestamptz`;
  const rows = await scope.db.execute<Record<keyof ExportSums, unknown>>(sql`
    with told as (
      select x.*, c.livemode from usage_exports x join billing_customers c using (org_id, customer_id)
      where x.hour >= ${from}
    ), other as (
      select org_id, id from told where livemode <> ${livemode}
    ), ledger as (
      select e.org_id, e.quantity, e.sealed_in, e.occurred_at from usage_entries e
      left join billing_customers c on c.org_id = e.org_id and c.livemode = ${livemode} and c.deleted_at is null
      where e.occurred_at >= ${from} and not e.from_pack and e.meter in ${[...meters]}
        and case when e.sealed_in is null then e.occurred_at >= date_trunc('hour', c.created_at)
          else not exists (select from other where other.org_id = e.org_id and other.id = e.sealed_in) end
    ), windows as (
      select org_id, id, quantity, state, next_attempt_at from told where livemode = ${livemode}
    ), added as (
      select org_id, sealed_in as id, sum(quantity) as quantity from ledger where sealed_in is not null group by 1, 2
    ), wrong as (
      select id from windows full join added using (org_id, id) where windows.quantity is distinct from added.quantity
    )
    select coalesce(sum(quantity), 0)::float8 as ledger,
      coalesce(sum(quantity) filter (where sealed_in is null), 0)::float8 as unsealed,
      (count(*) filter (where sealed_in is null and occurred_at < ${due}))::int as forgotten,
      (select coalesce(sum(quantity) filter (where state in ('pending', 'unknown', 'suspect')), 0)::float8 from windows) as pending,
      (select coalesce(sum(quantity) filter (where state = 'confirmed'), 0)::float8 from windows) as confirmed,
      (select coalesce(sum(quantity) filter (where state = 'parked'), 0)::float8 from windows) as parked,
      (select coalesce(sum(quantity) filter (where state = 'credited'), 0)::float8 from windows) as credited,
      (select coalesce(json_agg(id), '[]') from (select id from wrong order by id limit 20) w) as "wrongWindows",
      (select count(*)::int from windows where state in ('pending', 'unknown') and next_attempt_at < ${due}) as overdue
    from ledger`);
  const row = rows[0];
  const units = (name: keyof ExportSums) => Number(row?.[name] ?? 0);
  return {
    ledger: units('ledger'),
    unsealed: units('unsealed'),
    pending: units('pending'),
    confirmed: units('confirmed'),
    parked: units('parked'),
    credited: units('credited'),
    overdue: units('overdue'),
    forgotten: units('forgotten'),
    wrongWindows: listOf(row?.wrongWindows),
  };
}

function listOf(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return Array.isArray(list) ? list.map(String) : [];
}

/** Units confirmed for one customer and meter. */
export interface ConfirmedUnits {
  readonly customerId: string;
  readonly meter: string;
  readonly units: number;
}

/** What was confirmed of the hours between two instants, a row a customer and meter, in order of both, after `after`. */
export function listConfirmed(
  scope: SystemScope,
  page: { livemode: boolean; from: Date; to: Date; after: readonly [string, string]; limit: number },
): Promise<ConfirmedUnits[]> {
  const { livemode, from, to, after, limit } = page;
  return scope.db
    .select({
      customerId: usageExports.customerId,
      meter: usageExports.meter,
      units: sql<number>`sum(${usageExports.quantity})::float8`,
    })
    .from(usageExports)
    .where(
      and(
        isOfMode(livemode),
        eq(usageExports.state, 'confirmed'),
        gte(usageExports.hour, from),
        lt(usageExports.hour, to),
        sql`(${usageExports.customerId}, ${usageExports.meter}) > (${after[0]}, ${after[1]})`,
      ),
    )
    .groupBy(usageExports.customerId, usageExports.meter)
    .orderBy(asc(usageExports.customerId), asc(usageExports.meter))
    .limit(limit);
}
