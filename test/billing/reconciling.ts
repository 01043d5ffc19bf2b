import { eq, sql } from 'drizzle-orm';
import type { Stripe } from 'stripe';
import type { Database } from '../../db/client.ts';
import {
  billingCursors,
  billingCustomers,
  billingEffects,
  entitlements,
  subscriptions,
} from '../../db/schema/billing.ts';
import { organisations } from '../../db/schema/identity.ts';
import { usageGrants } from '../../db/schema/usage.ts';
import { withSystemScope } from '../../db/tx.ts';
import { silentLogger } from '../../server/core/observe.ts';
import type { Payments } from '../../server/integrations/payments/port.ts';
import { parsePriceList } from '../../server/integrations/payments/stripe/price-list.ts';
import { stripePayments } from '../../server/integrations/payments/stripe/stripe.ts';
import type { CycleKind } from '../../server/modules/billing/reconcile/cycle.ts';
import { type ReconcileDeps, reconcileStep } from '../../server/modules/billing/reconcile/reconcile.ts';
import { postgresBillingStore } from '../../server/modules/billing/store.postgres.ts';
import { syncCustomer } from '../../server/modules/billing/sync-customer.ts';
import { StripeEmulator } from '../emulators/stripe/emulator.ts';
import type { Settings } from '../emulators/stripe/kernel/settings.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';
import { sellPlans } from './stripe-backend.ts';

/** Organisations that pay an emulated Stripe, and the reconciler over them. No delivery ever reaches us. */
export class Reconciling {
  readonly database: Database;
  readonly emulator: StripeEmulator;
  readonly stripe: Stripe;
  readonly payments: Payments;
  readonly prices: string;
  drift = 0;

  private constructor(database: Database, emulator: StripeEmulator, prices: string) {
    this.database = database;
    this.emulator = emulator;
    this.stripe = emulator.client();
    this.prices = prices;
    this.payments = stripePayments({
      secretKey: emulator.secretKey,
      webhookSecrets: [],
      prices: parsePriceList(prices),
      baseUrl: null,
      httpClient: emulator.httpClient(),
    });
  }

  /** An account whose time began an hour ago unless told. */
  static async start(
    settings: Partial<Settings> = {},
    startAt = new Date(Date.now() - 3_600_000),
  ): Promise<Reconciling> {
    const database = await testDatabase();
    await withSystemScope(database, 'write', async ({ db }) => {
      for (const table of [billingCursors, subscriptions, billingCustomers, entitlements])
        await db.delete(table);
    });
    const emulator = new StripeEmulator({ startAt, settings });
    return new Reconciling(database, emulator, await sellPlans(emulator.client()));
  }

  deps(changes: Partial<ReconcileDeps> = {}): ReconcileDeps {
    return {
      payments: this.payments,
      store: postgresBillingStore(this.database, false),
      logger: silentLogger,
      onMeterErrors: async () => {},
      onDrift: (customers) => {
        this.drift += customers;
      },
      ...changes,
    };
  }

  /** An organisation whose subscription our rows know. */
  async subscriber(plan = 'repx3.monthly'): Promise<{ orgId: string; customerId: string }> {
    const made = await this.stranger(plan);
    await syncCustomer(this.deps(), made.customerId);
    return made;
  }

  /** The same without our knowing: no delivery came. */
  async stranger(plan = 'repx3.monthly'): Promise<{ orgId: string; customerId: string }> {
    const { orgId } = await testOrganisation(this.database, { tier: 'repx0' });
    const customerId = await this.payments.createCustomer({ orgId, name: 'Example Devices', email: null });
    await this.emulator.person.useCard(customerId, 'pm_card_visa');
    const price = new RegExp(`${plan}=([^,|]+)`).exec(this.prices)?.[1] ?? '';
    await this.stripe.subscriptions.create({ customer: customerId, items: [{ price }] });
    return { orgId, customerId };
  }

  /** Steps until the cycle is done. */
  async cycle(kind: CycleKind, deps = this.deps()) {
    for (let needsFull = false; ; ) {
      const result = await reconcileStep(deps, kind);
      needsFull ||= result.needsFull;
      if (result.done) return { ...result.report, needsFull };
    }
  }

  /** What of our rows decides: all that a corruption may touch. */
  rows() {
    return withSystemScope(this.database, 'read', ({ db }) =>
      db
        .select({
          orgId: organisations.id,
          tier: organisations.tier,
          customerId: billingCustomers.customerId,
          deletedAt: billingCustomers.deletedAt,
          subscription: subscriptions.id,
          status: subscriptions.status,
          isCurrent: subscriptions.isCurrent,
          snapshot: subscriptions.snapshot,
          access: entitlements.access,
          rights: entitlements.tier,
        })
        .from(organisations)
        .leftJoin(billingCustomers, eq(billingCustomers.orgId, organisations.id))
        .leftJoin(subscriptions, eq(subscriptions.orgId, organisations.id))
        .leftJoin(entitlements, eq(entitlements.orgId, organisations.id))
        .where(sql`${organisations.kind} = 'team'`)
        .orderBy(organisations.id, subscriptions.id),
    );
  }

  /** Prepaid units an organisation was given, by source. */
  granted(orgId: string) {
    return withSystemScope(this.database, 'read', ({ db }) =>
      db
        .select({ sourceId: usageGrants.sourceId, quantity: usageGrants.quantity })
        .from(usageGrants)
        .where(eq(usageGrants.orgId, orgId)),
    );
  }

  effects() {
    return withSystemScope(this.database, 'read', ({ db }) =>
      db.select().from(billingEffects).orderBy(billingEffects.orgId, billingEffects.key),
    );
  }
}

/** Six ways in which rows of ours go wrong, of one organisation each. */
export const corruptions: Readonly<Record<string, string>> = {
  'the status and its snapshot are of another time': `update subscriptions set status = 'canceled',
    snapshot = snapshot || '{"status":"canceled","endedAt":1}' where org_id = $org`,
  'the plan is another one': `update subscriptions set tier = 'repx5', snapshot = snapshot || '{"tier":"repx5"}'
    where org_id = $org`,
  'the subscription is lost': `delete from subscriptions where org_id = $org`,
  'one that Stripe never had stands beside it, with the say': `with old as (
      update subscriptions set is_current = false where org_id = $org returning *)
    insert into subscriptions (org_id, id, customer_id, livemode, status, tier, cycle, is_current, snapshot)
    select org_id, id || '_ghost', customer_id, livemode, status, tier, cycle, false, snapshot from old`,
  'the mapping is lost': `delete from billing_customers where org_id = $org`,
  'the rights are wrong': `update organisations set tier = 'repx0' where id = $org`,
};
