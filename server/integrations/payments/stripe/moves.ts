import { isDeepStrictEqual } from 'node:util';
import type Stripe from 'stripe';
import { Failure } from '../../../core/failure.ts';
import type { ChangePreview, PlanMove, SubscriptionSnapshot } from '../port.ts';
import { calling } from './call.ts';
import type { PriceList } from './price-list.ts';

export interface Moving {
  readonly stripe: Stripe;
  readonly prices: PriceList;
}

function itemOf({ prices }: Moving, { subscription, tier, cycle }: PlanMove) {
  const price = prices.forSale({ tier, cycle });
  if (price === null || subscription.itemId === null) throw new Failure('billing.vendor-refused');
  return { id: subscription.itemId, price };
}

const seconds = (at: number) => Math.floor(at / 1000);

/**
 * What a move now would charge, as Stripe counts it; nothing is changed. Within a trial nothing is charged now, and Stripe
 * would preview the invoice of its end instead.
 */
export async function previewMove(moving: Moving, move: PlanMove): Promise<ChangePreview> {
  if (move.subscription.status === 'trialing') return { dueNowCents: 0, lines: [], prorationDate: null };
  const invoice = await calling(() =>
    moving.stripe.invoices.createPreview({
      customer: move.subscription.customerId,
      subscription: move.subscription.id,
      subscription_details: {
        items: [itemOf(moving, move)],
        proration_behavior: 'always_invoice',
        ...(move.prorationDate === null ? {} : { proration_date: seconds(move.prorationDate) }),
      },
    }),
  );
  return {
    dueNowCents: Math.max(0, invoice.amount_due),
    lines: invoice.lines.data.map((line) => ({ description: line.description ?? '', cents: line.amount })),
    prorationDate:
      (invoice.parent?.subscription_details?.subscription_proration_date ?? invoice.created) * 1000,
  };
}

/**
 * Moves at once: the difference is invoiced now, and until it is paid Stripe keeps the old plan with the change pending.
 * Who has paid for a plan stays: only then is a cancellation or a planned move taken back.
 */
export async function moveNow(moving: Moving, move: PlanMove, key: string): Promise<void> {
  const item = itemOf(moving, move);
  const moved = await calling(() =>
    moving.stripe.subscriptions.update(
      move.subscription.id,
      {
        items: [item],
        proration_behavior: 'always_invoice',
        payment_behavior: 'pending_if_incomplete',
        ...(move.prorationDate === null ? {} : { proration_date: seconds(move.prorationDate) }),
      },
      { idempotencyKey: `${key}:move` },
    ),
  );
  if (moved.pending_update === null) await keepSubscription(moving, move.subscription, key);
}

/**
 * Plans a move for the end of the period that runs, by a schedule that lets the subscription go afterwards. A schedule that
 * is there is brought to say so, whether it plans something else or was left half made.
 */
export async function moveAtPeriodEnd(moving: Moving, move: PlanMove, key: string): Promise<void> {
  const { stripe } = moving;
  const { price } = itemOf(moving, move);
  const { id, scheduleId } = move.subscription;
  await takeBackCancellation(moving, move.subscription, key);
  const schedule = await calling(() =>
    scheduleId === null
      ? stripe.subscriptionSchedules.create({ from_subscription: id }, { idempotencyKey: `${key}:plan` })
      : stripe.subscriptionSchedules.retrieve(scheduleId),
  );
  const from = schedule.phases.findIndex((phase) => phase.start_date === schedule.current_phase?.start_date);
  const [running, ...next] = schedule.phases.slice(Math.max(0, from));
  if (running === undefined) throw new Failure('billing.vendor-refused');
  const phases = phasesOf(running, move, price);
  if (schedule.end_behavior === 'release' && isSameItems(next, phases.slice(1))) return;
  await calling(() =>
    stripe.subscriptionSchedules.update(
      schedule.id,
      { end_behavior: 'release', proration_behavior: 'none', phases },
      { idempotencyKey: `${key}:phases` },
    ),
  );
}

function isSameItems(held: readonly Phase[], wanted: readonly PhaseParams[]): boolean {
  const said = ({ items }: Phase | PhaseParams) =>
    items.map(({ price, quantity }) => `${idOf(price ?? '')}×${quantity ?? 1}`).toSorted();
  return isDeepStrictEqual(held.map(said), wanted.map(said));
}

type Phase = Stripe.SubscriptionSchedule.Phase;
type PhaseParams = Stripe.SubscriptionScheduleUpdateParams.Phase;

/** The running phase as it is, then one with the plan's price in place of the old. What a phase does not name Stripe takes away. */
function phasesOf(
  running: Phase,
  { subscription: { priceId, currentPeriodEnd } }: PlanMove,
  price: string,
): PhaseParams[] {
  const items = running.items.map((item) => ({
    price: idOf(item.price),
    ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
  }));
  const discounts = running.discounts.map(({ coupon, discount, promotion_code: code }) => {
    if (discount !== null) return { discount: idOf(discount) };
    return code === null ? { coupon: idOf(coupon ?? '') } : { promotion_code: idOf(code) };
  });
  const { start_date, trial_end } = running;
  // What is planned begins with the next period, which the phase of a plan that has just begun ends long before.
  const end_date = currentPeriodEnd === null ? running.end_date : seconds(currentPeriodEnd);
  return [
    { items, discounts, start_date, end_date, ...(trial_end === null ? {} : { trial_end }) },
    {
      items: items.map((item) => (item.price === priceId ? { ...item, price } : item)),
      discounts,
      // Long enough to begin: afterwards the subscription goes on as it is, and nothing is planned any more.
      duration: { interval: 'day', interval_count: 1 },
      proration_behavior: 'none',
    },
  ];
}

const idOf = (ref: string | { id: string }) => (typeof ref === 'string' ? ref : ref.id);

/** Ends with the period; a move that was planned falls away with it. */
export async function cancelAtPeriodEnd(
  moving: Moving,
  subscription: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  await releaseSchedule(moving, subscription, key);
  await calling(() =>
    moving.stripe.subscriptions.update(
      subscription.id,
      { cancel_at_period_end: true },
      { idempotencyKey: `${key}:cancel` },
    ),
  );
}

/** Takes back what was planned: a schedule, and a cancellation. */
export async function keepSubscription(
  moving: Moving,
  subscription: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  await releaseSchedule(moving, subscription, key);
  await takeBackCancellation(moving, subscription, key);
}

/** In whichever of its two forms. */
async function takeBackCancellation(
  { stripe }: Moving,
  { id, cancelAt, cancelAtPeriodEnd }: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  if (cancelAt === null && !cancelAtPeriodEnd) return;
  await calling(() =>
    stripe.subscriptions.update(id, cancelAtPeriodEnd ? { cancel_at_period_end: false } : { cancel_at: '' }, {
      idempotencyKey: `${key}:keep`,
    }),
  );
}

async function releaseSchedule(
  { stripe }: Moving,
  { scheduleId }: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  if (scheduleId === null) return;
  try {
    await calling(() =>
      stripe.subscriptionSchedules.release(scheduleId, {}, { idempotencyKey: `${key}:release` }),
    );
  } catch (error) {
    // Let go by somebody who was faster, or by a call whose answer was lost.
    const { status } = await calling(() => stripe.subscriptionSchedules.retrieve(scheduleId));
    if (status !== 'released' && status !== 'completed' && status !== 'canceled') throw error;
  }
}
