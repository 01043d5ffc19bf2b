import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';
import { organisations } from './identity.ts';

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    orgId: text('org_id')
      .notNull()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    actorId: text('actor_id').notNull(),
    operation: text('operation').notNull(),
    key: text('key').notNull(),
    inputHash: text('input_hash').notNull(),
    state: text('state', { enum: ['running', 'done', 'failed'] })
      .notNull()
      .default('running'),
    result: jsonb('result').$type<unknown>(),
    requestId: text('request_id').notNull(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.actorId, t.operation, t.key] }),
    index('idempotency_keys_expiry').on(t.expiresAt),
  ],
);

/** Events to be sent after commit. Any tenant may write its own; only the relay (repspheres_system) reads and marks. */
export const outbox = pgTable(
  'outbox',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    orgId: text('org_id'),
    eventId: text('event_id').notNull().unique(),
    name: text('name').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    sentAt: instant('sent_at'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().default(sql`now()`),
    lastError: text('last_error'),
  },
  (t) => [
    index('outbox_due').on(t.nextAttemptAt, t.id).where(sql`sent_at is null`),
    index('outbox_sent').on(t.sentAt).where(sql`sent_at is not null`),
  ],
);

/**
 * Who did what with which outcome; append-only for tenants. Acts with a class are chained by db/sql/45-audit.sql,
 * which fills `seq`, `prev_hash` and `hash`. Holds ids, never names or addresses: it outlives an erasure.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    /** Who of the staff acted as the actor. */
    impersonatorId: text('impersonator_id'),
    operation: text('operation').notNull(),
    actClass: text('act_class'),
    subject: text('subject'),
    outcome: text('outcome').notNull(),
    requestId: text('request_id').notNull(),
    app: text('app'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
    seq: bigint('seq', { mode: 'number' }),
    prevHash: text('prev_hash'),
    hash: text('hash'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('audit_log_by_time').on(t.orgId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    uniqueIndex('audit_log_chain').on(t.orgId, t.seq),
  ],
);

/** Where each organisation's audit chain ends. Platform table, written by the chain alone. */
export const auditHeads = pgTable('audit_heads', {
  orgId: text('org_id').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  hash: text('hash').notNull(),
  updatedAt: instant('updated_at').notNull().default(sql`now()`),
});

/** Counters of limits that cost money, for when the limit service is away. Platform table. */
export const limitWindows = pgTable(
  'limit_windows',
  {
    name: text('name').notNull(),
    subject: text('subject').notNull(),
    windowStart: instant('window_start').notNull(),
    used: integer('used').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.name, t.subject, t.windowStart] }),
    index('limit_windows_age').on(t.windowStart),
  ],
);
