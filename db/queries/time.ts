import { sql } from 'drizzle-orm';
import type { AnyScope } from '../scope.ts';

/** The database's clock: what money and its windows go by, so that no process's own clock can shift them. */
export async function databaseTime(scope: AnyScope): Promise<Date> {
  const rows = await scope.db.execute<{ now: string }>(sql`select now()::timestamptz(3) as now`);
  return new Date(rows[0]?.now ?? Number.NaN);
}
