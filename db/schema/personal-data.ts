import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';

/** Exports and erasures of a person or an organisation; `seq` grows with every change. Platform table. */
export const dataRequests = pgTable(
  'data_requests',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['export', 'erasure'] }).notNull(),
    subject: text('subject', { enum: ['person', 'organisation'] }).notNull(),
    /** Whose data: the id of a user or of an organisation. */
    subjectId: text('subject_id').notNull(),
    requestedBy: text('requested_by').notNull(),
    status: text('status', { enum: ['waiting', 'running', 'done', 'cancelled'] })
      .notNull()
      .default('waiting'),
    seq: integer('seq').notNull().default(1),
    doneSteps: integer('done_steps').notNull().default(0),
    totalSteps: integer('total_steps').notNull(),
    createdAt: createdAt(),
    /** When the work begins: at once for an export, after the time to cancel for an erasure. */
    dueAt: instant('due_at').notNull(),
    endedAt: instant('ended_at'),
    /** When a finished export is removed; null for an erasure. */
    expiresAt: instant('expires_at'),
  },
  (t) => [
    index('data_requests_subject').on(t.subjectId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('data_requests_expiry').on(t.expiresAt),
    uniqueIndex('data_requests_one_open')
      .on(t.kind, t.subjectId)
      .where(sql`status in ('waiting', 'running')`),
  ],
);

/** A finished export in pieces, one or several a table. Platform table. */
export const dataExportParts = pgTable(
  'data_export_parts',
  {
    requestId: text('request_id')
      .notNull()
      .references(() => dataRequests.id, { onDelete: 'cascade' }),
    tableName: text('table_name').notNull(),
    part: integer('part').notNull(),
    /** Rows as JSON objects, separated by commas. */
    rows: text('rows').notNull(),
  },
  (t) => [primaryKey({ columns: [t.requestId, t.tableName, t.part] })],
);
