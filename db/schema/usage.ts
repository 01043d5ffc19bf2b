import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';
import { organisations } from './identity.ts';

const ofOrganisation = () =>
  text('org_id')
    .notNull()
    .references(() => organisations.id, { onDelete: 'cascade' });

/** What one attempt at a provider cost; append-only. It outlives its run, which goes with a deleted conversation. */
export const usageAttempts = pgTable(
  'usage_attempts',
  {
    orgId: ofOrganisation(),
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
    index('usage_attempts_by_time').on(t.orgId, t.createdAt.desc().nullsFirst()),
  ],
);

/** Units used and held in one window of one meter: what limits are checked against. Sums of the ledger below. */
export const usageWindows = pgTable(
  'usage_windows',
  {
    orgId: ofOrganisation(),
    meter: text('meter').notNull(),
    windowStart: instant('window_start').notNull(),
    used: bigint('used', { mode: 'number' }).notNull().default(0),
    held: bigint('held', { mode: 'number' }).notNull().default(0),
    /** Whether people were told that it nears its limit: once a window, whatever the count does after it. */
    isWarned: boolean('is_warned').notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.meter, t.windowStart] })],
);

/** Units set aside before something costs; settled with what it did cost, released, or expired. */
export const usageHolds = pgTable(
  'usage_holds',
  {
    orgId: ofOrganisation(),
    meter: text('meter').notNull(),
    sourceId: text('source_id').notNull(),
    windowStart: instant('window_start').notNull(),
    quantity: bigint('quantity', { mode: 'number' }).notNull(),
    /** The mode of the bought units it takes; null when it takes the tier's own. */
    packLivemode: boolean('pack_livemode'),
    state: text('state', { enum: ['held', 'settled', 'released', 'expired'] })
      .notNull()
      .default('held'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.meter, t.sourceId] }),
    index('usage_holds_expiry').on(t.expiresAt).where(sql`state = 'held'`),
  ],
);

/** The ledger: what was used, once a source; append-only. */
export const usageEntries = pgTable(
  'usage_entries',
  {
    orgId: ofOrganisation(),
    meter: text('meter').notNull(),
    /** What caused it: a run, a call, an e-mail. */
    sourceId: text('source_id').notNull(),
    windowStart: instant('window_start').notNull(),
    quantity: bigint('quantity', { mode: 'number' }).notNull(),
    fromPack: boolean('from_pack').notNull().default(false),
    /** What it counts towards besides the window, such as the conversation of a session. */
    subject: text('subject'),
    app: text('app').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    /** The window of `usage_exports` it was told in; what the platform alone adds later. */
    sealedIn: text('sealed_in'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.meter, t.sourceId] }),
    index('usage_entries_unsealed').on(t.orgId, t.occurredAt).where(sql`sealed_in is null and not from_pack`),
    index('usage_entries_by_window').on(t.orgId, t.sealedIn).where(sql`sealed_in is not null`),
    index('usage_entries_by_time').on(t.orgId, t.meter, t.occurredAt.desc().nullsFirst()),
    index('usage_entries_by_subject')
      .on(t.orgId, t.meter, t.subject, t.occurredAt)
      .where(sql`subject is not null`),
    index('usage_entries_by_arrival').on(t.createdAt),
  ],
);

/** Prepaid units, once a purchase; append-only. */
export const usageGrants = pgTable(
  'usage_grants',
  {
    orgId: ofOrganisation(),
    meter: text('meter').notNull(),
    sourceId: text('source_id').notNull(),
    /** Of the payment: test mode gives a server with the live key nothing. */
    livemode: boolean('livemode').notNull(),
    quantity: bigint('quantity', { mode: 'number' }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.meter, t.sourceId] })],
);

/** Prepaid units by mode and meter: bought, used and held; they do not end with a month. */
export const usageBalances = pgTable(
  'usage_balances',
  {
    orgId: ofOrganisation(),
    meter: text('meter').notNull(),
    livemode: boolean('livemode').notNull(),
    granted: bigint('granted', { mode: 'number' }).notNull().default(0),
    used: bigint('used', { mode: 'number' }).notNull().default(0),
    held: bigint('held', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.meter, t.livemode] })],
);

/** Organisations whose usage somebody watches in some process; the ledger tells only of those. */
export const usageWatches = pgTable('usage_watches', {
  orgId: ofOrganisation().primaryKey(),
  watchedUntil: instant('watched_until').notNull(),
});
