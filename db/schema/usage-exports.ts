import { sql } from 'drizzle-orm';
import { bigint, foreignKey, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { billingCustomers } from './billing.ts';
import { createdAt, instant } from './columns.ts';

/**
 * Sealed windows of the ledger: the use of one customer, meter and hour, told to the payment vendor once. What comes for
 * an hour after its window was sealed makes a window of the next sequence.
 */
export const usageExports = pgTable(
  'usage_exports',
  {
    orgId: text('org_id').notNull(),
    /** Customer, meter, hour and sequence as one text; also the first identifier sent. */
    id: text('id').notNull(),
    customerId: text('customer_id').notNull(),
    meter: text('meter').notNull(),
    hour: instant('hour').notNull(),
    sequence: integer('sequence').notNull(),
    /** What the ledger holds for this window; never changes. */
    quantity: bigint('quantity', { mode: 'number' }).notNull(),
    /** When the last of it was used; the time the vendor is told. */
    usedAt: instant('used_at').notNull(),
    /**
     * `unknown`: an attempt was begun and its end is not known. `suspect`: the vendor accepted it and reported faults
     * among what it took at that time. `parked`: waits for a person, with `reason`.
     * `credited`: the customer was credited by hand; the vendor has not counted it and is not told of it again.
     */
    state: text('state', { enum: ['pending', 'unknown', 'suspect', 'confirmed', 'parked', 'credited'] })
      .notNull()
      .default('pending'),
    /** What the next attempt sends: the window, or after a comparison only what was missing. */
    identifier: text('identifier').notNull(),
    sendQuantity: bigint('send_quantity', { mode: 'number' }).notNull(),
    resends: integer('resends').notNull().default(0),
    /** The first attempt under this identifier: the vendor forgets identifiers after 24 h. */
    firstAttemptAt: instant('first_attempt_at'),
    attempts: integer('attempts').notNull().default(0),
    leaseUntil: instant('lease_until'),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    confirmedAt: instant('confirmed_at'),
    reason: text('reason'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    foreignKey({
      name: 'usage_exports_customer',
      columns: [t.orgId, t.customerId],
      foreignColumns: [billingCustomers.orgId, billingCustomers.customerId],
    }).onDelete('cascade'),
    unique('usage_exports_window').on(t.customerId, t.meter, t.hour, t.sequence),
    unique('usage_exports_identifier').on(t.identifier),
    index('usage_exports_open').on(t.nextAttemptAt).where(sql`state in ('pending', 'unknown', 'suspect')`),
    index('usage_exports_by_hour').on(t.hour),
  ],
);
