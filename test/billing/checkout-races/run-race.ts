import { eq } from 'drizzle-orm';
import { billingEvents, subscriptions } from '../../../db/schema/billing.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { plans, soldTiers } from '../../../server/core/plans.ts';
import type { Tier } from '../../../server/core/tiers.ts';
import { billingOf } from '../../../server/modules/billing/billing-access.ts';
import { processEvent } from '../../../server/modules/billing/process-event.ts';
import type { StripeBackend } from '../stripe-backend.ts';
import { customerOf, type Race, racerFor } from './races.ts';

/** Below 1, from zero on. */
export type Dice = () => number;

export interface Raced {
  /** Subscriptions that were made beyond one; they must have ended. */
  readonly surplus: number;
  readonly faults: readonly string[];
}

/** Runs one race of somebody new, tells all that happened doubled and out of order, and says what is wrong afterwards. */
export async function runRace(it: StripeBackend, race: Race, dice: Dice): Promise<Raced> {
  const who = await it.server.signIn({ tier: 'repx0' });
  await race(racerFor(it, who), threeOf(dice));
  // A cancelled duplicate makes events of its own.
  while (it.listening.emulator.webhooks.waiting.length > 0) await tell(it, dice);
  const customer = customerOf(it, who.orgId);
  const made = it.listening.emulator.world.subscriptions.where((row) => row.customer === customer);
  return { surplus: made.length - 1, faults: await faultsOf(it, who.orgId) };
}

function threeOf(dice: Dice): [Tier, Tier, Tier] {
  const [a = 'repx1', b = 'repx2', c = 'repx3'] = shuffled(soldTiers, dice);
  return [a, b, c];
}

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  return items
    .map((item) => ({ item, at: dice() }))
    .toSorted((x, y) => x.at - y.at)
    .map(({ item }) => item);
}

async function tell(it: StripeBackend, dice: Dice): Promise<void> {
  const { webhooks } = it.listening.emulator;
  const { http, ports } = it.server.backend;
  const waiting = webhooks.waiting;
  const told = shuffled([...waiting, ...waiting], dice);
  for (const delivery of waiting) webhooks.lose(delivery);
  await Promise.all(
    told.map(async (delivery) => {
      const { body, headers } = webhooks.requestOf(delivery);
      const { status } = await http.request('/webhooks/stripe', { method: 'POST', body, headers });
      if (status !== 200) throw new Error(`a delivery was answered ${status}`);
      // A failure is stored with the event (on a busy machine its turn may not come in time), which is taken up below.
      await processEvent(billingOf(ports), delivery.event.id).catch(() => null);
    }),
  );
  await it.work();
}

const live = new Set(['active', 'trialing', 'past_due', 'unpaid', 'paused']);

/** One live subscription, ours the same, each other one ended once, and the customer's money worth exactly one plan. */
async function faultsOf(it: StripeBackend, orgId: string): Promise<string[]> {
  const { world } = it.listening.emulator;
  const customer = customerOf(it, orgId);
  const made = world.subscriptions.where((row) => row.customer === customer);
  const alive = made.filter(({ status }) => live.has(status));
  const { rows, open } = await withSystemScope(it.server.backend.ports.database, 'read', async ({ db }) => ({
    rows: await db.select().from(subscriptions).where(eq(subscriptions.orgId, orgId)),
    open: await db.select().from(billingEvents).where(eq(billingEvents.customerId, customer)),
  }));
  const faults = open
    .filter(({ state }) => state !== 'done')
    .map(({ id, state, lastError }) => `${id} is ${state}: ${lastError}`);
  if (alive.length !== 1) faults.push(`${alive.length} live subscriptions of ${made.length}`);
  const current = rows.filter(({ isCurrent }) => isCurrent);
  if (current.length !== 1 || current[0]?.id !== alive[0]?.id)
    faults.push(
      `ours is ${current.map(({ id }) => id).join()}, Stripe's ${alive.map(({ id }) => id).join()}`,
    );
  for (const { id } of made.filter((row) => !alive.includes(row))) {
    const ends = world.events.where(
      ({ type, data }) =>
        type === 'customer.subscription.deleted' && 'id' in data.object && data.object.id === id,
    );
    if (ends.length !== 1) faults.push(`${id} was ended ${ends.length} times`);
  }
  const paid = world.invoices
    .where((row) => row.customer === customer && row.status === 'paid')
    .reduce((sum, { amount_paid: amount }) => sum + amount, 0);
  const kept = paid + (world.customers.find(customer)?.balance ?? 0);
  const tier = current[0]?.tier as Tier | undefined;
  const worth = tier === undefined ? Number.NaN : plans[tier].cents.monthly;
  if (kept !== worth) faults.push(`paid ${paid}, ${kept} after credit, for ${tier} at ${worth}`);
  return faults;
}
