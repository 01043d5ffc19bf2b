import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { testDatabase } from '../support/database.ts';
import { describeContract } from './log-harness/contract.ts';
import { editSql, mutations, sqlMutations } from './log-harness/mutations.ts';
import { itKeepsThePromise, itSees } from './log-harness/promise.ts';
import { simulate } from './log-harness/simulate.ts';
import { type LogStore, memoryStore, postgresStore } from './log-harness/stores.ts';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

const stores: { name: string; runs: number; open: () => LogStore }[] = [
  { name: 'memory', runs: 1000, open: sharedMemory() },
  { name: 'postgres', runs: 400, open: () => postgresStore(database) },
];

describe.each(stores)('run log: $name', ({ runs, open }) => {
  describeContract(open);
  itKeepsThePromise(open, runs);
  for (const [mistake, mutation] of Object.entries(mutations)) itSees(mistake, open, mutation);
});

describe('run log: the statements of Postgres', () => {
  for (const [mistake, edits] of Object.entries(sqlMutations)) {
    const { edit, unused } = editSql(edits);
    itSees(mistake, () => postgresStore(database, edit));
    it(`the mutation "${mistake}" still fits the statements`, () => expect(unused()).toEqual([]));
  }
});

it('a simulation without faults is as right as one with them', async () => {
  const calm = memoryStore();
  const store: LogStore = { ...calm, openLog: () => calm.openLog(null) };
  expect((await simulate({ store, seed: 3, runs: 50 })).wrong).toEqual([]);
});

function sharedMemory(): () => LogStore {
  const store = memoryStore();
  return () => store;
}
