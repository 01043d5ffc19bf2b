import postgres from 'postgres';
import { testDatabaseUrl } from '../support/database.ts';

/** Every row of an organisation and its person in every table, a line each, past row security; leases end by themselves. */
export async function rowsOf(whose: { orgId: string; userId: string }): Promise<Record<string, string[]>> {
  const url = new URL(await testDatabaseUrl());
  const at = `postgres://postgres@127.0.0.1:${url.port}${url.pathname}`;
  const sql = postgres(at, { max: 1, onnotice: () => {} });
  try {
    const columns = await sql<{ table: string; column: string }[]>`
      select c.relname as table, a.attname as column
      from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and (a.attname in ('org_id', 'user_id') or (c.relname in ('organisations', 'users') and a.attname = 'id'))
      order by 1, 2`;
    const rows: Record<string, string[]> = {};
    for (const { table, column } of columns) {
      const found = await sql.unsafe<{ row: string }[]>(
        `select (to_jsonb(t) - 'lease_until')::text as row from "${table}" t where "${column}" in ($1, $2) order by 1`,
        [whose.orgId, whose.userId],
      );
      rows[`${table} by ${column}`] = found.map(({ row }) => row);
    }
    return rows;
  } finally {
    await sql.end();
  }
}
