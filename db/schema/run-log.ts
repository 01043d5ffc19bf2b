import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.ts';

/**
 * Batches of a run's log, one partition a day. Not among drizzle-kit's schema files, which cannot express
 * partitions: the DDL is in db/sql/30-run-log.sql, and a test compares the two. A run may span two days.
 * Uniqueness of (run_id, last_seq) is kept by the row of run_log_heads that every append updates.
 * Platform table: only role repspheres_system reaches it.
 */
export const runLog = pgTable(
  'run_log',
  {
    runId: text('run_id').notNull(),
    firstSeq: integer('first_seq').notNull(),
    lastSeq: integer('last_seq').notNull(),
    epoch: integer('epoch').notNull(),
    /** A JSON array of run events, kept as text: it is written once and only ever read whole. */
    events: text('events').notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.lastSeq, t.createdAt] })],
);
