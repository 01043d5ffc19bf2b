import { sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import { billingCustomers } from '../../db/schema/billing.ts';
import { organisations } from '../../db/schema/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import { newId } from '../../server/core/ids.ts';
import { parsePriceList } from '../../server/integrations/payments/stripe/price-list.ts';
import type { StepResult } from '../../server/modules/billing/reconcile/reconcile.ts';
import { corruptions } from '../billing/reconciling.ts';
import { sellPlans } from '../billing/stripe-backend.ts';
import { type ListeningStripe, startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { databaseAt } from '../support/database.ts';
import { startBenchPostgres } from './postgres.ts';
import type { WorkerPace } from './reconcile/worker.ts';
import { Child } from './sockets/child.ts';

export interface ReconcileRow {
  /** `lost`: no subscription is known. `drill`: 5 % are corrupted in six ways, and the process is killed half way. */
  readonly cycle: 'lost' | 'drill';
  readonly customers: number;
  readonly kills: number;
  readonly drifted: number;
  readonly parked: number;
  /** Rows that differ from those before the drill. */
  readonly wrong: number;
  readonly stripeRequests: number;
  /** Most calls to Stripe that began within one second; the share of background work is 20 of live mode's 100. */
  readonly busiestSecond: number;
  /** At the pace kept with Stripe, and by this machine's work alone. */
  readonly minutes: number;
  readonly workS: number;
}

const CUSTOMERS = 10_000;
const LIVE_PER_SECOND = 20;
const worker = new URL('./reconcile/worker.ts', import.meta.url);

/** The drill of the design: full cycles over all customers, with their cost to Stripe's budget. Floors: 15 min, 20 calls a second. */
export async function benchReconcile({ customers = CUSTOMERS } = {}): Promise<ReconcileRow[]> {
  await using postgres = await startBenchPostgres();
  await using opened = databaseAt(postgres.url);
  const { database } = opened;
  await using listening = await startStripeEmulator({ startAt: new Date(Date.now() - 3_600_000) });
  const prices = await sellPlans(listening.emulator.client());
  const orgIds = await seed(database, listening, { prices, customers });
  const { secretKey } = listening.emulator;
  const stripe = { secretKey, prices, baseUrl: `http://127.0.0.1:${listening.port}` };
  const opening = { databaseUrl: postgres.url, stripe, perSecond: LIVE_PER_SECOND };
  let requests = 0;
  listening.emulator.onRequest(() => {
    requests += 1;
  });
  const run = async (
    cycle: ReconcileRow['cycle'],
    killAfter: number | null,
  ): Promise<Omit<ReconcileRow, 'wrong'>> => {
    const before = requests;
    const result = await runCycle(opening, killAfter);
    return { cycle, customers, ...result, stripeRequests: requests - before };
  };
  const lost = { ...(await run('lost', null)), wrong: 0 };
  const truth = await rowsOf(database);
  await corrupt(database, orgIds);
  const drill = await run('drill', Math.floor(customers / 200));
  const after = await rowsOf(database);
  const wrong =
    truth.filter((row, index) => row !== after[index]).length + Math.abs(after.length - truth.length);
  return [lost, { ...drill, wrong }];
}

/** Organisations with a customer at Stripe that pays, mapped; nothing else is known of them. */
async function seed(
  database: Database,
  { emulator }: ListeningStripe,
  { prices, customers }: { prices: string; customers: number },
): Promise<string[]> {
  const stripe = emulator.client();
  const price = parsePriceList(prices).forSale({ tier: 'repx3', cycle: 'monthly' }) ?? '';
  const rows: { orgId: string; customerId: string; livemode: boolean }[] = [];
  for (let made = 0; made < customers; made += 1) {
    const orgId = newId('organisation');
    const customer = await stripe.customers.create({ metadata: { organisation_id: orgId } });
    emulator.person.useCard(customer.id, 'pm_card_visa');
    await stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
    rows.push({ orgId, customerId: customer.id, livemode: false });
  }
  await withSystemScope(database, { access: 'write', work: 'job' }, async ({ db }) => {
    for (let from = 0; from < rows.length; from += 1_000) {
      const part = rows.slice(from, from + 1_000);
      await db.insert(organisations).values(
        part.map(({ orgId: id }) => ({
          id,
          kind: 'team' as const,
          name: 'Example Devices',
          tier: 'repx0',
        })),
      );
      await db.insert(billingCustomers).values(part);
    }
  });
  return rows.map(({ orgId }) => orgId);
}

/** All steps of one cycle; with `killAfter`, the process is killed in the midst of the step after so many. */
async function runCycle(opening: object, killAfter: number | null) {
  const began = performance.now();
  const paces: WorkerPace[] = [];
  let [steps, kills] = [0, 0];
  let child = new Child(worker, []);
  try {
    await child.ask('open', opening);
    for (;;) {
      if (steps === killAfter && kills === 0) {
        paces.push(await child.ask<WorkerPace>('pace'));
        const cut = child.ask('step').catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 100));
        await child.stop();
        await cut;
        kills += 1;
        child = new Child(worker, []);
        await child.ask('open', opening);
      }
      const { report, done } = await child.ask<StepResult>('step');
      steps += 1;
      if (!done) continue;
      paces.push(await child.ask<WorkerPace>('pace'));
      const seconds = paces.reduce((sum, pace) => sum + pace.seconds, 0);
      return {
        ...{ kills, drifted: report.drifted, parked: report.parked.length },
        busiestSecond: Math.max(...paces.map(({ busiest }) => busiest)),
        minutes: Math.round((seconds / 60) * 10) / 10,
        workS: Math.round((performance.now() - began) / 1_000),
      };
    }
  } finally {
    await child.stop();
  }
}

/** Five in a hundred, each in the next of the six ways. */
async function corrupt(database: Database, orgIds: readonly string[]): Promise<void> {
  const ways = Object.values(corruptions);
  await withSystemScope(database, { access: 'write', work: 'job' }, async ({ db }) => {
    for (const [index, orgId] of orgIds.filter((_, place) => place % 20 === 0).entries()) {
      const way = ways[index % ways.length] ?? '';
      await db.execute(sql.raw(way.replaceAll('$org', `'${orgId}'`)));
    }
  });
}

/** Of each organisation what decides, as one text. */
async function rowsOf(database: Database): Promise<string[]> {
  const rows = await withSystemScope(database, { access: 'read', work: 'job' }, ({ db }) =>
    db.execute<{ row: string }>(sql`
      select concat_ws(' ', o.id, o.tier, c.customer_id, s.id, s.status, s.tier, s.is_current, md5(s.snapshot::text),
        e.tier, e.access) as row
      from organisations o left join billing_customers c on c.org_id = o.id
        left join subscriptions s on s.org_id = o.id left join entitlements e on e.org_id = o.id
      order by o.id, s.id`),
  );
  return rows.map(({ row }) => row);
}

if (import.meta.main)
  console.table(await benchReconcile({ customers: Number(process.argv[2] ?? CUSTOMERS) }));
