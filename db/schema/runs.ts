import { sql } from 'drizzle-orm';
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';
import { conversations, messages } from './conversations.ts';
import { users } from './identity.ts';

export const runStatuses = ['queued', 'running', 'completed', 'incomplete', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** The arbiter of a run: who owns it (`epoch`, lease) and how it ended. Events are in the run log, not here. */
export const runs = pgTable(
  'runs',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    conversationId: text('conversation_id').notNull(),
    ownerId: text('owner_id')
      .notNull()
      .references(() => users.id),
    agentId: text('agent_id').notNull(),
    app: text('app').notNull(),
    clientKey: text('client_key').notNull(),
    status: text('status', { enum: runStatuses }).notNull().default('queued'),
    epoch: integer('epoch').notNull().default(0),
    instanceId: text('instance_id'),
    leaseUntil: instant('lease_until'),
    deadlineAt: instant('deadline_at'),
    limitSeconds: integer('limit_seconds'),
    /** The plan that allows more than `limitSeconds`; null when none does, or nothing limits. */
    requiredTier: text('required_tier'),
    userMessageId: text('user_message_id').notNull(),
    assistantMessageId: text('assistant_message_id'),
    provider: text('provider'),
    model: text('model'),
    lastSeq: integer('last_seq').notNull().default(0),
    checkpoint: jsonb('checkpoint').$type<{ seq: number; text: string }>(),
    /** The terminal event as it is, or will be, in the log. */
    terminal: jsonb('terminal').$type<Record<string, unknown>>(),
    logKind: text('log_kind', { enum: ['postgres', 'redis', 'memory'] })
      .notNull()
      .default('postgres'),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    unique('runs_id').on(t.id),
    uniqueIndex('runs_client_key').on(t.orgId, t.ownerId, t.clientKey),
    foreignKey({
      name: 'runs_conversation',
      columns: [t.orgId, t.conversationId],
      foreignColumns: [conversations.orgId, conversations.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'runs_user_message',
      columns: [t.orgId, t.userMessageId],
      foreignColumns: [messages.orgId, messages.id],
    }),
    foreignKey({
      name: 'runs_assistant_message',
      columns: [t.orgId, t.assistantMessageId],
      foreignColumns: [messages.orgId, messages.id],
    }),
    // For the foreign keys: a message that is erased looks for the run that names it.
    index('runs_of_user_message').on(t.orgId, t.userMessageId),
    index('runs_of_assistant_message')
      .on(t.orgId, t.assistantMessageId)
      .where(sql`assistant_message_id is not null`),
    // Leases that may be over: of runs not ended (the owner died), or ended but not yet sealed in the log.
    index('runs_lease').on(t.leaseUntil).where(sql`lease_until is not null`),
    uniqueIndex('runs_one_live').on(t.orgId, t.conversationId).where(sql`status in ('queued', 'running')`),
    // Without them each message that goes would read all runs of its organisation.
    index('runs_by_user_message').on(t.orgId, t.userMessageId),
    index('runs_by_assistant_message').on(t.orgId, t.assistantMessageId),
    index('runs_in_conversation').on(
      t.orgId,
      t.conversationId,
      t.createdAt.desc().nullsFirst(),
      t.id.desc().nullsFirst(),
    ),
  ],
);

/** Where a run's Postgres log ends. Platform table: only role repspheres_system reaches it. */
export const runLogHeads = pgTable(
  'run_log_heads',
  {
    runId: text('run_id').primaryKey(),
    epoch: integer('epoch').notNull(),
    lastSeq: integer('last_seq').notNull(),
    ended: boolean('ended').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [index('run_log_heads_age').on(t.createdAt)],
);
