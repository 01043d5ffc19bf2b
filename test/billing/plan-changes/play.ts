import assert from 'node:assert/strict';
import { and, eq } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/billing.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { catalogueVersion } from '../../../server/core/plans.ts';
import type { SubscriptionSnapshot } from '../../../server/integrations/payments/port.ts';
import { billingOf } from '../../../server/modules/billing/billing-access.ts';
import { entitlementsOf } from '../../../server/modules/billing/entitlements.rules.ts';
import { syncCustomer } from '../../../server/modules/billing/sync-customer.ts';
import { advance, clockedCustomer, day } from '../stripe-contract/stage.ts';
import { doAct, type Playing, read } from './acts.ts';
import type { Desk } from './desk.ts';
import type { History } from './history.ts';
import { Oracle } from './oracle.ts';

/** A clock of Stripe moves two of the shortest intervals at once, and February has 28 days. */
const LONGEST_HOP = 58 * day;

/**
 * Plays a history through our own operations on the desk's account, and compares after each step, and every two months,
 * invoices, previews, the subscription and the tier with the oracle's: Stripe's own and ours. Tells how often it compared.
 */
export async function playHistory(desk: Desk, history: History): Promise<number> {
  const [first] = history.steps;
  if (first === undefined) throw new Error('a history has a first step');
  const who = await desk.server.signIn({ tier: 'repx0' });
  const { clock, customer } = await clockedCustomer(desk.stage, first.at);
  await desk.stage.stripe.customers.update(customer, { metadata: { organisation_id: who.orgId } });
  const playing = { desk, oracle: new Oracle(first.at), who, customer, clock };
  let compared = 0;
  for (const { at, act } of [...history.steps, { at: playing.oracle.end, act: null }]) {
    compared += await passTime(playing, at);
    if (act !== null) await doAct(playing, act);
    await compare(playing);
    compared += 1;
  }
  return compared;
}

async function passTime(playing: Playing, to: number): Promise<number> {
  const { oracle, desk, clock } = playing;
  let compared = 0;
  while (oracle.now < to) {
    const next = Math.min(to, oracle.now + LONGEST_HOP);
    await advance(desk.stage, clock, next);
    oracle.advance(next);
    if (next === to) break;
    await compare(playing);
    compared += 1;
  }
  return compared;
}

/** Looks as a delivery of Stripe's would make us look, then holds what both sides say against the oracle. */
async function compare(playing: Playing): Promise<void> {
  const { desk, oracle, customer } = playing;
  const when = new Date(oracle.now * 1000).toISOString();
  await syncCustomer(billingOf(desk.server.backend.ports), customer);
  const expected = oracle.invoices.toReversed();
  const { data: made } = await desk.stage.stripe.invoices.list({ customer, limit: 100 });
  assert.deepEqual(
    made.map(({ created: at, total, amount_due, status }) => ({
      ...{ at, total, status },
      due: status === 'draft' ? total : amount_due,
    })),
    expected.map(({ at, total, status, due }) => ({ at, total, status, due })),
    `Stripe's invoices at ${when}`,
  );
  assert.deepEqual(
    await ourInvoices(playing),
    expected.map(({ at, total, status }) => ({ at, total, status })),
    `our invoices at ${when}`,
  );
  assert.deepEqual(await ourRights(playing), rightsOf(oracle), `the rights at ${when}`);
}

async function ourInvoices(playing: Playing) {
  const data = await read(playing, 'billing.invoices', { limit: 100 });
  const items = data.items as { date: string; amount: number; status: string }[];
  return items.map(({ date, amount, status }) => ({ at: Date.parse(date) / 1000, total: amount, status }));
}

function rightsOf({ subscription, tier }: Oracle) {
  return { tier, status: subscription?.status, end: subscription?.end };
}

/** The tier by the rules at the clock's time, and what is shown of the subscription. */
async function ourRights(playing: Playing) {
  const { desk, oracle, who } = playing;
  const [row] = await withSystemScope(desk.server.backend.ports.database, 'read', ({ db }) =>
    db
      .select({ snapshot: subscriptions.snapshot })
      .from(subscriptions)
      .where(and(eq(subscriptions.orgId, who.orgId), eq(subscriptions.isCurrent, true))),
  );
  // Safe: the sync writes this column from a snapshot.
  const subscription = (row?.snapshot ?? null) as SubscriptionSnapshot | null;
  const now = oracle.now * 1000;
  const { tier } = entitlementsOf({ subscription, overrides: [], catalogueVersion, now });
  const shown = await read(playing, 'entitlements.get');
  // The server judges dates by its own clock, which stands before all of these; what has no date it must say alike.
  if (subscription?.status === 'active' || subscription?.status === 'trialing')
    assert.equal(shown.tier, tier, 'entitlements.get');
  const end = Date.parse(String(shown.currentPeriodEnd)) / 1000;
  return { tier, status: String(shown.status), end };
}
