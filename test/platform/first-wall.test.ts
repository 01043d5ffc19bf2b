import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withOrgScope } from '../../db/tx.ts';
import { testDatabase, testDatabaseUrl } from '../support/database.ts';
import { tenancyTests } from './tenancy-tests.ts';
import { type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let root: postgres.Sql;
let policies: { table: string; using: string }[];

/** Row security lets every row of tenants' tables through: what holds now are the queries alone. */
beforeAll(async () => {
  const url = new URL(await testDatabaseUrl());
  root = postgres(`postgres://postgres@127.0.0.1:${url.port}${url.pathname}`, { max: 1, onnotice: () => {} });
  policies = await root`
    select tablename as table, qual as using from pg_policies where policyname = 'own_organisation'`;
  for (const { table } of policies) await setPolicy(table, 'true');
  world = await walkWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const { table, using } of policies) await setPolicy(table, using);
  await root.end();
});

const setPolicy = (table: string, using: string) =>
  root.unsafe(`alter policy own_organisation on ${table} using (${using}) with check (${using})`);

test('with the second wall down, a query without a where clause does see others', async () => {
  const rows = await withOrgScope(await testDatabase(), world.stranger.orgId, 'read', ({ db }) =>
    db.execute('select distinct org_id from conversations'),
  );
  expect(rows.length).toBeGreaterThan(1);
});

describe('with the second wall down, ids of another organisation', () => tenancyTests(() => world));
