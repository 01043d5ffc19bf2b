import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { sqlState } from './sql-state.ts';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Brings the database up to date, once however many processes start together (advisory lock, waited for up to
 * 60 s), and makes the run log's partitions. `directUrl` must reach a session, not a transaction pooler.
 * Rejects with the driver's error, or with advice when the database was made from an unreleased state of the schema.
 */
export async function migrateDatabase(directUrl: string): Promise<{ applied: number }> {
  const sql = postgres(directUrl, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await sql`set lock_timeout = '60s'`;
    await sql`select pg_advisory_lock(hashtext('repspheres migrations'))`;
    await sql`set lock_timeout = '10s'`;
    const before = await appliedCount(sql);
    await migrate(drizzle(sql), { migrationsFolder });
    const applied = (await appliedCount(sql)) - before;
    await sql`select maintain_run_log()`;
    return { applied };
  } catch (error) {
    if (sqlState(error) !== '42P07') throw error;
    throw new Error(
      'This database was made from an earlier, unreleased state of the schema: delete it (the embedded one is the folder .data) and start again.',
      { cause: error },
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function appliedCount(sql: postgres.Sql): Promise<number> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`;
  if (table?.present !== true) return 0;
  const [row] = await sql`select count(*)::int as applied from drizzle.__drizzle_migrations`;
  return Number(row?.applied);
}
