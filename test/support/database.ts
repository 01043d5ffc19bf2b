import postgres from 'postgres';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../db/client.ts';
import { superuserUrl } from '../../db/embedded.ts';
import { entitlementOverrides } from '../../db/schema/billing.ts';
import { memberships, organisations, users } from '../../db/schema/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import { type Id, newId } from '../../server/core/ids.ts';
import type { Tier } from '../../server/core/tiers.ts';
import { clusterPort } from './cluster.ts';

let url: Promise<string> | null = null;
let opened: Promise<Database> | null = null;

/**
 * This worker's own database, migrated and empty at the start of the test file; all calls in a file share one
 * `Database`. Suites keep apart by `testOrganisation`; only work of the platform sees the rows of another suite.
 */
export function testDatabase(): Promise<Database> {
  opened ??= testDatabaseUrl().then((at) =>
    openDatabase({ url: at, poolSize: 10, slowPoolSize: 2, prepare: true, applicationName: 'test' }),
  );
  return opened;
}

/** Work of the platform on `testDatabase`, in a transaction that may write. */
export async function system<T>(body: Parameters<typeof withSystemScope<T>>[2]): Promise<T> {
  return withSystemScope(await testDatabase(), 'write', body);
}

/** A pool of a command's own on a migrated database, closed with its scope. */
export function databaseAt(at: string): AsyncDisposable & { readonly database: Database } {
  const pool = { poolSize: 10, slowPoolSize: 2, prepare: true, applicationName: 'command' };
  const database = openDatabase({ url: at, ...pool });
  return { database, [Symbol.asyncDispose]: () => database.close() };
}

/** Where `testDatabase` is, for tests that start processes or open pools of their own (and close them). */
export function testDatabaseUrl(): Promise<string> {
  url ??= clusterPort(inject('clusterFolder')).then(freshClone);
  return url;
}

/** Closes this file's `testDatabase`; the next file of the worker begins with an empty one. */
export async function forgetTestDatabase(): Promise<void> {
  const closing = opened;
  url = null;
  opened = null;
  await (await closing)?.close();
}

async function freshClone(port: number): Promise<string> {
  const name = `worker_${process.env.VITEST_POOL_ID ?? '0'}`;
  const sql = postgres(superuserUrl(port), { max: 1, onnotice: () => {} });
  const exists = (await sql`select from pg_database where datname = ${name}`).count > 0;
  if (exists) await emptyTables(superuserUrl(port, name));
  else await sql.unsafe(`create database ${name} template template_migrated owner repspheres`);
  await sql.end();
  return `postgres://repspheres@127.0.0.1:${port}/${name}`;
}

async function emptyTables(at: string): Promise<void> {
  const sql = postgres(at, { max: 1, onnotice: () => {} });
  const tables = await sql<{ name: string }[]>`
    select quote_ident(relname) as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`;
  await sql.unsafe(`truncate ${tables.map((table) => table.name).join(', ')} restart identity cascade`);
  await sql.end();
}

export interface TestOrganisation {
  readonly orgId: Id<'organisation'>;
  readonly userId: Id<'user'>;
}

/** A private organisation with one member, its owner, for a suite of its own. */
export async function testOrganisation(
  database: Database,
  options: { tier?: Tier; kind?: 'personal' | 'team' | 'guest' } = {},
): Promise<TestOrganisation> {
  const orgId = newId('organisation');
  const userId = newId('user');
  await withSystemScope(database, 'write', async ({ db }) => {
    const tier = options.tier ?? 'repx2';
    await db
      .insert(organisations)
      .values({ id: orgId, kind: options.kind ?? 'team', name: 'Example Devices', tier });
    if (tier !== 'repx0')
      await db.insert(entitlementOverrides).values({ orgId, id: 'test', tier, reason: 'test' });
    await db.insert(users).values({
      id: userId,
      email: `${userId}@example.com`,
      emailVerified: true,
      displayName: 'Robin Example',
    });
    await db.insert(memberships).values({ orgId, userId, role: 'owner' });
  });
  return { orgId, userId };
}
