import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withOrgScope } from '../../db/tx.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';
import { type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let root: postgres.Sql;
let tables: { name: string; column: string }[];

beforeAll(async () => {
  world = await walkWorld();
  const url = new URL(await testDatabaseUrl());
  root = postgres(`postgres://postgres@127.0.0.1:${url.port}${url.pathname}`, { max: 1, onnotice: () => {} });
  tables = await root`
    select c.relname as name, case c.relname when 'organisations' then 'id' else 'org_id' end as column
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and has_table_privilege('repspheres_app', c.oid, 'select')
      and (c.relname = 'organisations' or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id'))`;
});
afterAll(async () => {
  await root.end();
  await world[Symbol.asyncDispose]();
});

test('the tables that tenants read are found', () => {
  expect(tables.length).toBeGreaterThan(10);
});

describe('a query without a where clause', () => {
  test('sees rows of its own organisation alone, in every table that tenants read', async () => {
    const full: string[] = [];
    for (const { name, column } of tables) {
      const [others] = await root.unsafe(
        `select count(*)::int as count from ${name} where ${column} <> '${world.stranger.orgId}'`,
      );
      if (others?.count > 0) full.push(name);
      const seen = await withOrgScope(await testDatabase(), world.stranger.orgId, 'read', ({ db }) =>
        db.execute<{ org: string }>(`select distinct ${column} as org from ${name}`),
      );
      expect([name, seen.map(({ org }) => org).filter((org) => org !== world.stranger.orgId)]).toEqual([
        name,
        [],
      ]);
    }
    expect(full, 'tables in which there was something to hide').toEqual(
      expect.arrayContaining(['api_keys', 'audit_log', 'conversations', 'idempotency_keys', 'invitations']),
    );
    expect(full).toEqual(
      expect.arrayContaining(['memberships', 'messages', 'organisations', 'runs', 'sessions']),
    );
  });

  test('writes into no other organisation', async () => {
    const database = await testDatabase();
    for (const statement of [
      `insert into memberships (org_id, user_id, role) values ('${world.owner.orgId}', '${world.stranger.userId}', 'admin')`,
      `insert into organisations (id, kind, name) values ('org_${'0'.repeat(32)}', 'team', 'x')`,
    ])
      await expect(
        withOrgScope(database, world.stranger.orgId, 'write', ({ db }) => db.execute(statement)),
      ).rejects.toThrow();
  });
});
