import { type SQL, sql } from 'drizzle-orm';
import {
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { createdAt, instant, tsvector } from './columns.ts';
import { organisations, users } from './identity.ts';

export const conversations = pgTable(
  'conversations',
  {
    orgId: text('org_id')
      .notNull()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    ownerId: text('owner_id')
      .notNull()
      .references(() => users.id),
    agentId: text('agent_id').notNull(),
    app: text('app').notNull(),
    title: text('title').notNull(),
    titleSource: text('title_source', { enum: ['default', 'generated', 'person'] })
      .notNull()
      .default('default'),
    /** What the messages up to `summaryToSeq` said, for the model's context. */
    summary: text('summary'),
    summaryToSeq: integer('summary_to_seq').notNull().default(0),
    /** The `seq` the next message gets; allocated under this row's lock. */
    nextSeq: integer('next_seq').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('conversations_by_owner')
      .on(t.orgId, t.ownerId, t.updatedAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`deleted_at is null`),
    index('conversations_by_agent')
      .on(t.orgId, t.ownerId, t.agentId, t.updatedAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`deleted_at is null`),
    index('conversations_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
  ],
);

export const messages = pgTable(
  'messages',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    conversationId: text('conversation_id').notNull(),
    seq: integer('seq').notNull(),
    role: text('role', { enum: ['user', 'assistant'] }).notNull(),
    content: text('content').notNull(),
    status: text('status', { enum: ['complete', 'partial'] })
      .notNull()
      .default('complete'),
    runId: text('run_id'),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
    /** Its index is made by db/sql/35-search.sql. */
    search: tsvector('search').generatedAlwaysAs((): SQL => sql`to_tsvector('english', ${messages.content})`),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('messages_in_order').on(t.orgId, t.conversationId, t.seq),
    foreignKey({
      name: 'messages_conversation',
      columns: [t.orgId, t.conversationId],
      foreignColumns: [conversations.orgId, conversations.id],
    }).onDelete('cascade'),
  ],
);
