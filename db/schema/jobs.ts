import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';

/** An event as functions see it. `ts` is milliseconds since 1970. */
export interface JobEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly ts: number;
}

/** What a finished step is replayed with. */
export type StepOutput = { readonly data: unknown } | { readonly error: unknown };

export const jobRunStatuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobRunStatus = (typeof jobRunStatuses)[number];

/** One execution of a durable function. `queued` until its first call. */
export const jobRuns = pgTable(
  'job_runs',
  {
    id: text('id').primaryKey(),
    /** The organisation of the event's data; null for platform work. */
    orgId: text('org_id'),
    functionId: text('function_id').notNull(),
    status: text('status', { enum: jobRunStatuses }).notNull().default('queued'),
    events: jsonb('events').$type<readonly JobEvent[]>().notNull(),
    /** True once several steps were reported at once: the SDK then plans steps instead of running the first it finds. */
    parallel: boolean('parallel').notNull().default(false),
    stateBytes: integer('state_bytes').notNull().default(0),
    result: jsonb('result').$type<unknown>(),
    error: jsonb('error').$type<unknown>(),
    /** Seconds by which this run goes before (or, negative, after) others of its age. */
    prioritySeconds: integer('priority_seconds').notNull().default(0),
    /** Concurrency: the i-th key may be held by at most the i-th size of steps at once. */
    limitKeys: text('limit_keys').array().notNull().default(sql`'{}'`),
    limitSizes: integer('limit_sizes').array().notNull().default(sql`'{}'`),
    parentRunId: text('parent_run_id'),
    parentStepId: text('parent_step_id'),
    startBefore: instant('start_before'),
    finishMs: integer('finish_ms'),
    finishBefore: instant('finish_before'),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('job_runs_by_org').on(t.orgId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('job_runs_by_time').on(t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('job_runs_start').on(t.startBefore).where(sql`status = 'queued'`),
    index('job_runs_finish').on(t.finishBefore).where(sql`status = 'running'`),
    index('job_runs_ended').on(t.endedAt),
  ],
);

const ofRun = () =>
  text('run_id')
    .notNull()
    .references(() => jobRuns.id, { onDelete: 'cascade' });

/** The steps of a run; `position` is the order of completion, in which the SDK replays them. */
export const jobSteps = pgTable(
  'job_steps',
  {
    runId: ofRun(),
    stepId: text('step_id').notNull(),
    orgId: text('org_id'),
    name: text('name').notNull(),
    op: text('op').notNull(),
    status: text('status', { enum: ['pending', 'done', 'failed'] })
      .notNull()
      .default('pending'),
    /** In a race the function goes on when the first of the group is done. */
    races: boolean('races').notNull().default(false),
    output: jsonb('output').$type<StepOutput>(),
    position: integer('position'),
    attempts: integer('attempts').notNull().default(0),
    createdAt: createdAt(),
    endedAt: instant('ended_at'),
  },
  (t) => [primaryKey({ columns: [t.runId, t.stepId] })],
);

/** What a run waits for besides its turn: time, an event, another run, or (kind `cancel`) an event that ends it. */
export const jobWaits = pgTable(
  'job_waits',
  {
    runId: ofRun(),
    stepId: text('step_id').notNull(),
    kind: text('kind', { enum: ['sleep', 'event', 'invoke', 'cancel'] }).notNull(),
    eventName: text('event_name'),
    expression: text('expression'),
    deadline: instant('deadline'),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.stepId] }),
    index('job_waits_event').on(t.eventName),
    index('job_waits_deadline').on(t.deadline),
  ],
);

/** Calls to be made. `step_id` is `step` (look for the next step) or the id of a planned step. */
export const jobQueue = pgTable(
  'job_queue',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    runId: ofRun(),
    functionId: text('function_id').notNull(),
    stepId: text('step_id').notNull(),
    attempt: integer('attempt').notNull().default(0),
    /** How often the process died while making this call. */
    losses: integer('losses').notNull().default(0),
    dueAt: instant('due_at').notNull(),
    rankAt: instant('rank_at').notNull(),
    limitKeys: text('limit_keys').array().notNull().default(sql`'{}'`),
    limitSizes: integer('limit_sizes').array().notNull().default(sql`'{}'`),
    /** Fences the outcome: only the holder of the token may record it. */
    leaseToken: text('lease_token'),
    leaseUntil: instant('lease_until'),
    lastError: text('last_error'),
  },
  (t) => [
    unique('job_queue_step').on(t.runId, t.stepId),
    index('job_queue_rank').on(t.rankAt),
    index('job_queue_due').on(t.dueAt),
    index('job_queue_leased').on(t.leaseUntil).where(sql`lease_token is not null`),
  ],
);

/** Received events, kept for dropping repetitions. */
export const jobEvents = pgTable(
  'job_events',
  {
    id: text('id').primaryKey(),
    orgId: text('org_id'),
    name: text('name').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [index('job_events_age').on(t.receivedAt)],
);

/** Events held back by debounce or until a batch is full. */
export const jobBuffers = pgTable(
  'job_buffers',
  {
    functionId: text('function_id').notNull(),
    key: text('key').notNull(),
    events: jsonb('events').$type<readonly JobEvent[]>().notNull(),
    firstAt: instant('first_at').notNull(),
    dueAt: instant('due_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.functionId, t.key] }), index('job_buffers_due').on(t.dueAt)],
);

/** When which key was admitted: what idempotency, rate limit, throttle and singleton look back on. */
export const jobAdmissions = pgTable(
  'job_admissions',
  {
    runId: ofRun(),
    rule: text('rule', { enum: ['idempotency', 'rateLimit', 'throttle', 'singleton'] }).notNull(),
    functionId: text('function_id').notNull(),
    key: text('key').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.rule] }),
    index('job_admissions_lookup').on(t.functionId, t.rule, t.key, t.at.desc().nullsFirst()),
  ],
);
