import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openDatabase, PoolTimeout } from '../../db/client.ts';
import { hotQuery } from '../../db/hot-query.ts';
import { organisations } from '../../db/schema/identity.ts';
import { limitWindows } from '../../db/schema/operations.ts';
import { sqlState } from '../../db/sql-state.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import {
  type TestOrganisation,
  testDatabase,
  testDatabaseUrl,
  testOrganisation,
} from '../support/database.ts';

let database: Database;
/** One connection, so that whatever a scope leaves behind meets the next one. */
let single: Database;
let ours: TestOrganisation;
let theirs: TestOrganisation;

beforeAll(async () => {
  database = await testDatabase();
  single = await open({ prepare: true });
  ours = await testOrganisation(database);
  theirs = await testOrganisation(database);
});
afterAll(() => single.close());

async function open(options: { prepare: boolean }): Promise<Database> {
  const url = await testDatabaseUrl();
  return openDatabase({ url, poolSize: 1, slowPoolSize: 1, applicationName: 'single', ...options });
}

const settings = sql<string>`
  select current_user as role, current_setting('app.org_id', true) as org, pg_backend_pid() as pid,
    current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('transaction_read_only') as "readOnly"`;

const seen = async (db: Database, orgId: string, access: 'read' | 'write' = 'read') =>
  withOrgScope(db, orgId, access, async (scope) => (await scope.db.execute(settings))[0]);

const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const countUp = (db: Database, name: string) =>
  withSystemScope(db, 'write', (scope) =>
    scope.db.insert(limitWindows).values({ name, subject: 's', windowStart: new Date(0), used: 1 }),
  );

const counted = (name: string) =>
  withSystemScope(
    database,
    'read',
    async (scope) => (await scope.db.select().from(limitWindows).where(eq(limitWindows.name, name))).length,
  );

test('role, organisation and time limits hold from the very first query', async () => {
  expect(await seen(single, ours.orgId)).toMatchObject({
    role: 'repspheres_app',
    org: ours.orgId,
    statement: '5s',
    lock: '2s',
    readOnly: 'on',
  });
  expect(await seen(single, ours.orgId, 'write')).toMatchObject({ statement: '10s', readOnly: 'off' });
});

test('the next user of a connection inherits nothing', async () => {
  const first = await seen(single, ours.orgId);
  const after =
    await single.main.unsafe(`${'select current_user as role'}, current_setting('app.org_id', true) as org,
    current_setting('statement_timeout') as statement, pg_backend_pid() as pid`);
  expect(after[0]).toEqual({ role: 'repspheres', org: '', statement: '5s', pid: first?.pid });
  expect(await seen(single, theirs.orgId)).toMatchObject({ org: theirs.orgId, pid: first?.pid });
});

test('begin and first query leave together: a read waits for one round trip', async () => {
  const pids = single.main; // warm
  await pids`select 1`;
  const write = vi.spyOn((await import('node:net')).Socket.prototype, 'write');
  await withOrgScope(single, ours.orgId, 'read', (scope) => scope.db.select().from(organisations));
  const texts = write.mock.calls
    .map(([chunk]) => String(chunk))
    .filter((text) => /begin|select|commit/.test(text));
  write.mockRestore();
  expect(texts[0]).toMatch(/begin read only[\s\S]*select/);
});

test('many scopes at once on few connections never mix organisations', async () => {
  const orgs = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? ours.orgId : theirs.orgId));
  const answers = await Promise.all(orgs.map((orgId) => seen(database, orgId)));
  expect(answers.map((row) => row?.org)).toEqual(orgs);
});

test('an error in the body rolls back and leaves the connection clean', async () => {
  const thrown = await failure(
    withSystemScope(single, 'write', async ({ db }) => {
      await db.insert(limitWindows).values({ name: 'rolled-back', subject: 's', windowStart: new Date(0) });
      throw new Error('body');
    }),
  );
  expect(thrown).toMatchObject({ message: 'body' });
  expect(await counted('rolled-back')).toBe(0);
  expect(await seen(single, ours.orgId)).toMatchObject({ org: ours.orgId });
});

test('a swallowed query error is not taken for a success', async () => {
  const thrown = await failure(
    withSystemScope(single, 'write', async ({ db }) => {
      await db.insert(limitWindows).values({ name: 'swallowed', subject: 's', windowStart: new Date(0) });
      await failure(db.execute(sql`select 1/0`));
    }),
  );
  expect(thrown).toMatchObject({ message: expect.stringContaining('Nothing was written') });
  expect(await counted('swallowed')).toBe(0);
});

test('a scope is dead after its end', async () => {
  const leaked = await withOrgScope(single, ours.orgId, 'read', async (scope) => scope);
  const error = await failure(leaked.db.execute(sql`select 1`));
  expect(error).toMatchObject({ cause: { message: 'The scope of this query has ended.' } });
});

test('a read cannot write', async () => {
  const write = withSystemScope(single, 'read', ({ db }) => db.delete(limitWindows));
  expect(sqlState(await failure(write))).toBe('25006');
});

test('an id that is not one never reaches a statement', () => {
  expect(() => withOrgScope(single, `org_x'; drop table users; --`, 'read', async () => 1)).toThrow(
    TypeError,
  );
});

test('an aborted read rejects at once, stops on the server and gives its connection back clean', async () => {
  const stop = new AbortController();
  const started = performance.now();
  const work = withOrgScope(single, ours.orgId, { access: 'read', signal: stop.signal }, ({ db }) =>
    db.execute(sql`select pg_sleep(4)`),
  );
  setTimeout(() => stop.abort(new Error('left')), 100);
  expect(await failure(work)).toMatchObject({ message: 'left' });
  expect(await seen(single, theirs.orgId)).toMatchObject({ org: theirs.orgId });
  expect(performance.now() - started).toBeLessThan(2000);
});

test('waiting for a connection is bounded, and the pool serves again afterwards', async () => {
  const held = Promise.withResolvers<void>();
  const holding = withOrgScope(single, ours.orgId, 'read', () => held.promise);
  const started = performance.now();
  expect(await failure(seen(single, ours.orgId))).toBeInstanceOf(PoolTimeout);
  expect(performance.now() - started).toBeLessThan(2500);
  held.resolve();
  await holding;
  expect(await seen(single, theirs.orgId)).toMatchObject({ org: theirs.orgId });
});

test('a deadlock is repeated, not shown', async () => {
  for (const name of ['left', 'right']) await countUp(database, name);
  const opposed = ([first, second]: string[]) =>
    withSystemScope(database, 'write', async ({ db }) => {
      const raise = (name = '') =>
        db
          .update(limitWindows)
          .set({ used: sql`${limitWindows.used} + 1` })
          .where(eq(limitWindows.name, name));
      await raise(first);
      await sleep(50);
      await raise(second);
    });
  await Promise.all([opposed(['left', 'right']), opposed(['right', 'left'])]);
  const rows = await withSystemScope(database, 'read', ({ db }) => db.select().from(limitWindows));
  expect(rows.filter((row) => ['left', 'right'].includes(row.name)).map((row) => row.used)).toEqual([3, 3]);
});

test('a connection killed in mid-transaction fails that scope and is replaced', async () => {
  const thrown = await failure(
    withOrgScope(single, ours.orgId, 'write', async ({ db }) => {
      const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      await kill(row?.pid ?? 0);
      await sleep(50);
      await db.execute(sql`select 1`);
    }),
  );
  expect(thrown).toBeInstanceOf(Error);
  for (let again = 0; again < 5; again += 1)
    expect(await seen(single, ours.orgId)).toMatchObject({ org: ours.orgId });
});

/** As an administrator would. */
async function kill(pid: number): Promise<void> {
  await database.direct`select pg_terminate_backend(${pid})`;
}

test('behind a transaction pooler every setting travels with the transaction and nothing is prepared', async () => {
  const pooled = await open({ prepare: false });
  try {
    expect(await seen(pooled, ours.orgId, 'write')).toMatchObject({
      statement: '10s',
      lock: '2s',
      org: ours.orgId,
    });
    const rows = await withOrgScope(pooled, ours.orgId, 'read', async ({ db }) => {
      await db.select().from(organisations).where(eq(organisations.id, ours.orgId));
      return db.execute(sql`select count(*)::int as prepared from pg_prepared_statements`);
    });
    expect(rows[0]).toEqual({ prepared: 0 });
  } finally {
    await pooled.close();
  }
});

const nameOf = hotQuery('organisation name', (db) =>
  db
    .select({ id: organisations.id, name: organisations.name })
    .from(organisations)
    .where(eq(organisations.id, sql.placeholder('id'))),
);

test('a hot query is compiled once, prepared on the server, and bound to the scope it runs in', async () => {
  const run = (orgId: string) => withOrgScope(single, orgId, 'read', (scope) => nameOf(scope, { id: orgId }));
  expect(await run(ours.orgId)).toEqual([{ id: ours.orgId, name: 'Example Devices' }]);
  expect(await run(theirs.orgId)).toEqual([{ id: theirs.orgId, name: 'Example Devices' }]);
  const foreign = withOrgScope(single, ours.orgId, 'read', (scope) => nameOf(scope, { id: theirs.orgId }));
  expect(await foreign).toEqual([]);
  const rows = await single.main`
    select count(*)::int as times from pg_prepared_statements where statement like 'select "id", "name" from "organisations"%'`;
  expect(rows[0]).toEqual({ times: 1 });
});
