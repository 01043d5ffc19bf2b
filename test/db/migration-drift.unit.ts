import { expect, test } from 'vitest';
import { migrationDrift } from '../platform/migration-drift.ts';

test('the migrations in the repository are what the schema and db/sql say', async () => {
  expect(await migrationDrift()).toEqual([]);
});
