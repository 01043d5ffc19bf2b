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

/** What a move now would charge, as Stripe counts it; nothing is changed. */
export async function previewMove(moving: Moving, move: PlanMove): Promise<ChangePreview> {
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
 * A cancellation or a planned move is taken back first: who chooses a plan stays.
 */
export async function moveNow(moving: Moving, move: PlanMove, key: string): Promise<void> {
  await keepSubscription(moving, move.subscription, key);
  await calling(() =>
    moving.stripe.subscriptions.update(
      move.subscription.id,
      {
        items: [itemOf(moving, move)],
        proration_behavior: 'always_invoice',
        payment_behavior: 'pending_if_incomplete',
        ...(move.prorationDate === null ? {} : { proration_date: seconds(move.prorationDate) }),
      },
      { idempotencyKey: `${key}:move` },
    ),
  );
}

/** Plans a move for the end of the period that runs, by a schedule that lets the subscription go afterwards. */
export async function moveAtPeriodEnd(moving: Moving, move: PlanMove, key: string): Promise<void> {
  const { stripe } = moving;
  const { price } = itemOf(moving, move);
  await keepSubscription(moving, move.subscription, key);
  const schedule = await calling(() =>
    stripe.subscriptionSchedules.create(
      { from_subscription: move.subscription.id },
      { idempotencyKey: `${key}:plan` },
    ),
  );
  const [running] = schedule.phases;
  if (running === undefined || move.subscription.priceId === null)
    throw new Failure('billing.vendor-refused');
  const { start_date, end_date } = running;
  const interval = move.cycle === 'annual' ? 'year' : 'month';
  await calling(() =>
    stripe.subscriptionSchedules.update(
      schedule.id,
      {
        end_behavior: 'release',
        proration_behavior: 'none',
        phases: [
          { items: [{ price: move.subscription.priceId ?? '' }], start_date, end_date },
          { items: [{ price }], duration: { interval, interval_count: 1 }, proration_behavior: 'none' },
        ],
      },
      { idempotencyKey: `${key}:phases` },
    ),
  );
}

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

/** Takes back what was planned: a schedule, and a cancellation in whichever of its two forms. */
export async function keepSubscription(
  moving: Moving,
  subscription: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  await releaseSchedule(moving, subscription, key);
  const { cancelAt, cancelAtPeriodEnd } = subscription;
  if (cancelAt === null && !cancelAtPeriodEnd) return;
  await calling(() =>
    moving.stripe.subscriptions.update(
      subscription.id,
      cancelAtPeriodEnd ? { cancel_at_period_end: false } : { cancel_at: '' },
      { idempotencyKey: `${key}:keep` },
    ),
  );
}

async function releaseSchedule(
  { stripe }: Moving,
  { scheduleId }: SubscriptionSnapshot,
  key: string,
): Promise<void> {
  if (scheduleId === null) return;
  await calling(() =>
    stripe.subscriptionSchedules.release(scheduleId, {}, { idempotencyKey: `${key}:release` }),
  );
}
