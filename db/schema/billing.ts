import { sql } from 'drizzle-orm';
import {
  boolean,
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
import { organisations } from './identity.ts';

const orgId = () =>
  text('org_id')
    .notNull()
    .references(() => organisations.id, { onDelete: 'cascade' });

/** Which organisation a customer of the payment vendor is; written before its first checkout. */
export const billingCustomers = pgTable(
  'billing_customers',
  {
    orgId: orgId(),
    customerId: text('customer_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Numbers given to fetches as they begin, and the highest whose result was applied: an older one changes nothing. */
    fetchIssued: integer('fetch_issued').notNull().default(0),
    fetchApplied: integer('fetch_applied').notNull().default(0),
    checkedAt: instant('checked_at'),
    /** Until when a call that changes the plan has its turn. */
    changingUntil: instant('changing_until'),
    deletedAt: instant('deleted_at'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.customerId] }),
    unique('billing_customers_id').on(t.customerId, t.livemode),
    uniqueIndex('billing_customers_current').on(t.orgId, t.livemode).where(sql`deleted_at is null`),
    index('billing_customers_walk').on(t.customerId).where(sql`deleted_at is null`),
  ],
);

/** What the vendor last said of each subscription: a cache, never the truth. */
export const subscriptions = pgTable(
  'subscriptions',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    customerId: text('customer_id').notNull(),
    livemode: boolean('livemode').notNull(),
    status: text('status').notNull(),
    tier: text('tier'),
    cycle: text('cycle'),
    /** Whether it is the one the organisation's entitlements follow from, in its mode. */
    isCurrent: boolean('is_current').notNull().default(false),
    snapshot: jsonb('snapshot').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    unique('subscriptions_id').on(t.id),
    uniqueIndex('subscriptions_current').on(t.orgId, t.livemode).where(sql`is_current`),
  ],
);

/**
 * Every delivery of the vendor: what was read of it once its signature was proven, a `VendorEvent`; `received` before it is
 * acknowledged. The body itself is not kept: it is a signal to look, and may hold what is no business of ours. Platform table.
 */
export const billingEvents = pgTable(
  'billing_events',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    state: text('state', { enum: ['received', 'processing', 'done', 'failed'] })
      .notNull()
      .default('received'),
    customerId: text('customer_id'),
    payload: text('payload').notNull(),
    /** Fetches of its customer that were issued before it came: one with a higher number knows what it tells of. */
    fetchesBefore: integer('fetches_before').notNull().default(0),
    attempts: integer('attempts').notNull().default(0),
    leaseUntil: instant('lease_until'),
    nextAttemptAt: instant('next_attempt_at').notNull().default(sql`now()`),
    /** What became of it: `applied`, `older`, `covered` by a fetch that was made since, or why it concerned nobody. */
    outcome: text('outcome'),
    lastError: text('last_error'),
    receivedAt: instant('received_at').notNull().default(sql`now()`),
    doneAt: instant('done_at'),
  },
  (t) => [
    index('billing_events_open').on(t.nextAttemptAt).where(sql`state <> 'done'`),
    index('billing_events_age').on(t.receivedAt),
  ],
);

/** Effects outside the vendor, each once: e-mails, credits, cancelled duplicates. Keys name subscription and transition. */
export const billingEffects = pgTable(
  'billing_effects',
  {
    orgId: orgId(),
    key: text('key').notNull(),
    livemode: boolean('livemode').notNull(),
    kind: text('kind').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
    doneAt: instant('done_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.key] }),
    index('billing_effects_open').on(t.createdAt).where(sql`done_at is null`),
  ],
);

/** Checkouts begun by an organisation; the id is the vendor's idempotency key. */
export const billingCheckouts = pgTable(
  'billing_checkouts',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** What it would buy, as one text: an open one of the same is given again. */
    purchase: text('purchase').notNull(),
    clientKey: text('client_key'),
    sessionId: text('session_id'),
    url: text('url'),
    state: text('state', { enum: ['opening', 'open', 'completed', 'expired'] })
      .notNull()
      .default('opening'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('billing_checkouts_client_key')
      .on(t.orgId, t.livemode, t.clientKey)
      .where(sql`client_key is not null`),
    index('billing_checkouts_by_time').on(t.orgId, t.createdAt.desc().nullsFirst()),
  ],
);

/** The rights of an organisation as last computed, from what the mode has; `organisations.tier` follows it in the same transaction. */
export const entitlements = pgTable(
  'entitlements',
  {
    orgId: text('org_id')
      .primaryKey()
      .references(() => organisations.id, { onDelete: 'cascade' }),
    version: integer('version').notNull().default(1),
    livemode: boolean('livemode').notNull(),
    catalogueVersion: integer('catalogue_version').notNull(),
    tier: text('tier').notNull(),
    access: text('access', { enum: ['full', 'read-only'] }).notNull(),
    spend: text('spend', { enum: ['open', 'included', 'none'] }).notNull(),
    numbers: text('numbers', { enum: ['allowed', 'kept', 'release'] }).notNull(),
    /** Whether phone numbers were allowed at any time since their last release, so that some may be held. */
    mayHoldNumbers: boolean('may_hold_numbers').notNull().default(false),
    reasons: text('reasons').array().notNull(),
    expiresAt: instant('expires_at'),
    computedAt: instant('computed_at').notNull().default(sql`now()`),
  },
  (t) => [index('entitlements_expiry').on(t.expiresAt).where(sql`expires_at is not null`)],
);

/** Tiers given by a person instead of a payment. */
export const entitlementOverrides = pgTable(
  'entitlement_overrides',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    tier: text('tier').notNull(),
    reason: text('reason').notNull(),
    startsAt: instant('starts_at').notNull().default(sql`now()`),
    endsAt: instant('ends_at'),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.id] })],
);

/** How far a walk over the vendor has come, so that a killed one goes on. Platform table. */
export const billingCursors = pgTable('billing_cursors', {
  name: text('name').primaryKey(),
  position: text('position').notNull(),
  report: jsonb('report').$type<Record<string, unknown>>().notNull().default({}),
  updatedAt: instant('updated_at').notNull().default(sql`now()`),
});
