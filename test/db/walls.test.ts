import { eq, sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { beforeAll, expect, test } from 'vitest';
import type { Database } from '../../db/client.ts';
import { conversations, messages } from '../../db/schema/conversations.ts';
import { organisations, users } from '../../db/schema/identity.ts';
import { outbox } from '../../db/schema/operations.ts';
import { runLog } from '../../db/schema/run-log.ts';
import { sqlState, violatedConstraint } from '../../db/sql-state.ts';
import { withOrgScope, withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import { type TestOrganisation, testDatabase, testOrganisation } from '../support/database.ts';

let database: Database;
let ours: TestOrganisation;
let theirs: TestOrganisation;

beforeAll(async () => {
  database = await testDatabase();
  ours = await testOrganisation(database);
  theirs = await testOrganisation(database);
  for (const org of [ours, theirs]) await conversation(org);
});

async function conversation(org: TestOrganisation, orgId: string = org.orgId): Promise<string> {
  const id = newId('conversation');
  const row = { orgId, id, ownerId: org.userId, agentId: 'agent', app: 'crm', title: 'Title' };
  await withOrgScope(database, org.orgId, 'write', ({ db }) => db.insert(conversations).values(row));
  return id;
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a query without a where clause sees only rows of its own organisation', async () => {
  const rows = await withOrgScope(database, ours.orgId, 'read', ({ db }) => db.select().from(conversations));
  expect(rows.map((row) => row.orgId)).toEqual([ours.orgId]);
  const people = await withOrgScope(database, ours.orgId, 'read', ({ db }) => db.select().from(users));
  expect(people.map((row) => row.id)).toEqual([ours.userId]);
});

test('an update or delete without a where clause leaves other organisations alone', async () => {
  await withOrgScope(database, ours.orgId, 'write', async ({ db }) => {
    await db.update(conversations).set({ title: 'Changed' });
    await db.delete(messages);
  });
  const rows = await withOrgScope(database, theirs.orgId, 'read', ({ db }) =>
    db.select().from(conversations),
  );
  expect(rows.map((row) => row.title)).toEqual(['Title']);
});

test('a row of another organisation is refused', async () => {
  expect(sqlState(await failure(conversation(ours, theirs.orgId)))).toBe('42501');
});

test('no scope, no rows: the login role itself sees and writes nothing', async () => {
  expect(await database.direct`select * from conversations`).toHaveLength(0);
  expect(await database.direct`select * from users`).toHaveLength(0);
  const insert = database.direct`insert into limit_windows values ('a', 'b', now(), 1)`;
  expect(sqlState(await failure(insert))).toBe('42501');
});

test('a tenant cannot raise its own tier, read the outbox or rewrite the audit log', async () => {
  const attempts = [
    () =>
      withOrgScope(database, ours.orgId, 'write', ({ db }) =>
        db.update(organisations).set({ tier: 'repx5' }),
      ),
    () => withOrgScope(database, ours.orgId, 'write', ({ db }) => db.select().from(outbox)),
    () => withOrgScope(database, ours.orgId, 'write', ({ db }) => db.execute(sql`delete from audit_log`)),
  ];
  const states = await Promise.all(attempts.map(async (attempt) => sqlState(await failure(attempt()))));
  expect(states).toEqual(['42501', '42501', '42501']);
});

test('a message cannot hang on a conversation of another organisation', async () => {
  const foreign = await conversation(theirs);
  const row = { orgId: ours.orgId, id: newId('message'), conversationId: foreign, seq: 1, content: 'x' };
  const insert = withOrgScope(database, ours.orgId, 'write', ({ db }) =>
    db.insert(messages).values({ ...row, role: 'user' }),
  );
  expect(violatedConstraint(await failure(insert))).toBe('messages_conversation');
});

test('the platform role sees all organisations', async () => {
  const rows = await withSystemScope(database, 'read', ({ db }) =>
    db.selectDistinct({ orgId: conversations.orgId }).from(conversations),
  );
  expect(new Set(rows.map((row) => row.orgId))).toEqual(new Set([ours.orgId, theirs.orgId]));
});

test('every table is behind the wall, partitions included', async () => {
  const open = await database.direct`
    select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    and not (relrowsecurity and relforcerowsecurity)`;
  expect(open.map((row) => row.relname)).toEqual([]);
});

test('every table with an org_id starts its primary key with it, or is named here', async () => {
  const rows = await database.direct`
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
      select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indkey[0] = a.attnum)
    order by 1`;
  const ownIds = rows.map((row) => row.relname).filter((name) => !name.startsWith('job_'));
  expect(ownIds).toEqual(['outbox', 'sessions']);
});

test('the partitioned run log has the columns the schema says', async () => {
  const { columns } = getTableConfig(runLog);
  const rows = await database.direct`
    select attname as name, not attnotnull as nullable, format_type(atttypid, atttypmod) as type
    from pg_attribute where attrelid = 'run_log'::regclass and attnum > 0`;
  const written = rows.map((row) => [row.name, row.type.replace('(3)', ' (3)'), row.nullable]);
  expect(written).toEqual(columns.map((column) => [column.name, column.getSQLType(), !column.notNull]));
});

test('an append pays for one index, and a message that is erased finds the run that names it by one', async () => {
  const indexes = await database.direct`
    select distinct c.relname ~ '_default$' as is_default, indexname from pg_indexes join pg_class c on c.relname = tablename
    where tablename ~ '^run_log_(\\d{8}|default)$'`;
  const daily = indexes.filter((index) => !index.is_default).map((index) => index.indexname);
  expect(daily.filter((name) => !name.endsWith('_pkey'))).toEqual([]);
  expect(indexes.map((index) => index.indexname)).toContain('run_log_default_created_at');
  const unindexed = await database.direct`
    select conname from pg_constraint f where contype = 'f' and confrelid = 'messages'::regclass
      and not exists (select from pg_index i where i.indrelid = f.conrelid
        and (i.indkey::int2[])[0:array_length(f.conkey, 1) - 1] = f.conkey)`;
  expect(unindexed.map((key) => key.conname)).toEqual([]);
});

test('run log partitions are made ahead and dropped when their last row is older than the retention', async () => {
  const log = { runId: newId('run'), firstSeq: 1, lastSeq: 1, epoch: 1, events: '[]' };
  const maintain = (keep: string) =>
    withSystemScope(database, 'write', ({ db }) =>
      db.execute<{ made: number; dropped: number }>(
        sql`select * from maintain_run_log(${keep}::interval, 5)`,
      ),
    );
  await maintain('24 hours');
  await withSystemScope(database, 'write', ({ db }) => db.insert(runLog).values(log));
  expect(await maintain('24 hours')).toMatchObject([{ made: 0, dropped: 0 }]);
  // As if days had passed: four partitions end before now + 4 days.
  expect(await maintain('-4 days')).toMatchObject([{ made: 0, dropped: 4 }]);
  const left = await withSystemScope(database, 'read', ({ db }) =>
    db.select().from(runLog).where(eq(runLog.runId, log.runId)),
  );
  expect(left).toEqual([]);
});
