import { defineConfig } from 'drizzle-kit';

/** `run-log.ts` is left out: its partitions are made by db/sql. `columns.ts` has no tables. */
export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './db/schema/identity.ts',
    './db/schema/auth.ts',
    './db/schema/oauth.ts',
    './db/schema/conversations.ts',
    './db/schema/runs.ts',
    './db/schema/usage.ts',
    './db/schema/billing.ts',
    './db/schema/usage-exports.ts',
    './db/schema/operations.ts',
    './db/schema/knowledge.ts',
    './db/schema/jobs.ts',
    './db/schema/organisations.ts',
    './db/schema/personal-data.ts',
  ],
  out: './db/migrations',
});
