import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { billingCustomers } from '../../../db/schema/billing.ts';
import { usageEntries } from '../../../db/schema/usage.ts';
import { usageExports } from '../../../db/schema/usage-exports.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { silentLogger } from '../../../server/core/observe.ts';
import { stripeMetering } from '../../../server/integrations/payments/stripe/metering.ts';
import { meterEventNames } from '../../../server/modules/usage/export/export.rules.ts';
import type { ExportDeps } from '../../../server/modules/usage/export/export-deps.ts';
import { sealUsage } from '../../../server/modules/usage/export/seal-usage.ts';
import { tellUsage } from '../../../server/modules/usage/export/tell-usage.ts';
import { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import { testDatabase, testOrganisation } from '../../support/database.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Half an hour into an hour, so that bounds of hours are passed on purpose. */
export const START = new Date('2026-11-25T12:30:00Z');

/** An organisation that is a customer of an emulated Stripe with our meters; its export runs on Stripe's virtual time. */
export class Exporting {
  readonly database: Database;
  readonly stripe = new StripeEmulator({ startAt: START });
  readonly orgId: string;
  customerId = '';
  #sources = 0;

  private constructor(database: Database, orgId: string) {
    this.database = database;
    this.orgId = orgId;
  }

  static async start(): Promise<Exporting> {
    const database = await testDatabase();
    // One organisation at a time: the export works on all there are.
    await withSystemScope(database, 'write', async ({ db }) => {
      await db.delete(usageEntries);
      await db.delete(billingCustomers);
    });
    const { orgId } = await testOrganisation(database);
    const made = new Exporting(database, orgId);
    const client = made.stripe.client();
    for (const event_name of Object.values(meterEventNames))
      await client.billing.meters.create({
        event_name,
        display_name: event_name,
        default_aggregation: { formula: 'sum' },
      });
    made.customerId = (await client.customers.create({ metadata: { orgId } })).id;
    await withSystemScope(database, 'write', ({ db }) =>
      db.insert(billingCustomers).values({
        orgId,
        customerId: made.customerId,
        livemode: false,
        createdAt: new Date(START.getTime() - 100 * DAY),
      }),
    );
    return made;
  }

  get now(): number {
    return this.stripe.world.time.now * 1000;
  }

  deps(changes: Partial<ExportDeps> = {}): ExportDeps {
    return {
      database: this.database,
      livemode: false,
      metering: stripeMetering(async () => ({ stripe: this.stripe.client() })),
      logger: silentLogger,
      time: async () => new Date(this.now),
      ...changes,
    };
  }

  /** Records use in the ledger that happened `agoMs` before now. */
  async use(quantity: number, agoMs = 0, meter = 'aiQueries'): Promise<void> {
    this.#sources += 1;
    const row = {
      orgId: this.orgId,
      meter,
      sourceId: `source_${this.#sources}`,
      windowStart: new Date(this.now),
      quantity,
      app: 'crm',
      occurredAt: new Date(this.now - agoMs),
    };
    await withSystemScope(this.database, 'write', ({ db }) => db.insert(usageEntries).values(row));
  }

  /** One turn of the job. */
  async turn(deps = this.deps()) {
    await sealUsage(deps);
    return tellUsage(deps);
  }

  async pass(ms: number): Promise<void> {
    await this.stripe.advance(ms / 1000);
  }

  windows() {
    return withSystemScope(this.database, 'read', ({ db }) =>
      db
        .select()
        .from(usageExports)
        .where(eq(usageExports.orgId, this.orgId))
        .orderBy(usageExports.hour, usageExports.sequence),
    );
  }

  /** What Stripe counted for the customer, ever. */
  counted(meter: keyof typeof meterEventNames = 'aiQueries'): number {
    return this.stripe.world.recorded
      .filter(
        (event) =>
          event.state === 'counted' &&
          event.eventName === meterEventNames[meter] &&
          event.payload.stripe_customer_id === this.customerId,
      )
      .reduce((sum, event) => sum + Number(event.payload.value), 0);
  }

  async ledger(meter = 'aiQueries'): Promise<number> {
    const rows = await withSystemScope(this.database, 'read', ({ db }) =>
      db
        .select({ units: sql<number>`coalesce(sum(quantity), 0)::float8` })
        .from(usageEntries)
        .where(and(eq(usageEntries.orgId, this.orgId), eq(usageEntries.meter, meter))),
    );
    return rows[0]?.units ?? 0;
  }
}
