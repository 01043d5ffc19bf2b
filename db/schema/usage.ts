import { bigint, foreignKey, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.ts';
import { runs } from './runs.ts';

/** What one attempt at a provider cost; append-only. */
export const usageAttempts = pgTable(
  'usage_attempts',
  {
    orgId: text('org_id').notNull(),
    runId: text('run_id').notNull(),
    attempt: integer('attempt').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    inputTokens: integer('input_tokens').notNull(),
    cacheReadTokens: integer('cache_read_tokens').notNull(),
    cacheWriteTokens: integer('cache_write_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    reasoningTokens: integer('reasoning_tokens').notNull(),
    /** Billionths of a US dollar. */
    costNanoUsd: bigint('cost_nano_usd', { mode: 'number' }).notNull(),
    priceVersion: text('price_version').notNull(),
    source: text('source', { enum: ['reported', 'estimated'] }).notNull(),
    providerRequestId: text('provider_request_id'),
    app: text('app').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.runId, t.attempt] }),
    foreignKey({
      name: 'usage_attempts_run',
      columns: [t.orgId, t.runId],
      foreignColumns: [runs.orgId, runs.id],
    }).onDelete('cascade'),
    index('usage_attempts_by_time').on(t.orgId, t.createdAt.desc().nullsFirst()),
  ],
);
