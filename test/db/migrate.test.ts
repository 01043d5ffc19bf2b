import postgres from 'postgres';
import { afterAll, expect, inject, test } from 'vitest';
import { superuserUrl } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { clusterPort } from '../support/cluster.ts';

const port = await clusterPort(inject('clusterFolder'));
const admin = postgres(superuserUrl(port), { max: 1, onnotice: () => {} });
afterAll(() => admin.end());

async function emptyDatabase(name: string): Promise<string> {
  await admin.unsafe(`create database ${name} owner repspheres`);
  return `postgres://repspheres@127.0.0.1:${port}/${name}`;
}

test('of processes that start together one migrates and the others find it done', async () => {
  const url = await emptyDatabase('migrated_together');
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(url)));
  expect(outcomes.map(({ applied }) => applied).sort()).toEqual([0, 0, 0, 2]);
  expect(await migrateDatabase(url)).toEqual({ applied: 0 });
});

test('a database from an earlier state of the schema is told apart with advice', async () => {
  const url = await emptyDatabase('from_elsewhere');
  const sql = postgres(url, { max: 1 });
  await sql`create table conversations (id text)`;
  await sql.end();
  await expect(migrateDatabase(url)).rejects.toThrow('unreleased state of the schema');
});
