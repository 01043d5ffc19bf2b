import type Stripe from 'stripe';
import { planOf } from '../catalog/plan.ts';
import { invalid } from '../kernel/failure.ts';
import type { PriceRow, SubscriptionItemRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import type { Period } from './period.ts';

/** An item of a subscription, billed for a period. */
export function newItem(
  world: World,
  spec: { subscription: string; price: PriceRow; quantity?: number | undefined; period: Period; now: number },
): SubscriptionItemRow {
  const metered = spec.price.recurring?.usage_type === 'metered';
  return {
    id: world.ids.next('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: spec.now,
    current_period_end: spec.period.end,
    current_period_start: spec.period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(spec.price),
    price: spec.price,
    ...(metered ? {} : { quantity: spec.quantity ?? 1 }),
    subscription: spec.subscription,
    tax_rates: [],
  } satisfies Stripe.SubscriptionItem;
}

/** A price that a subscription may have: active and recurring. */
export function recurringPrice(world: World, id: string, param: string): PriceRow {
  const price = world.prices.get(id, param);
  if (price.recurring === null)
    throw invalid(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param },
    );
  if (!price.active)
    throw invalid('The price specified is inactive. This field only accepts active prices.', { param });
  return price;
}

export function recurringOf(price: PriceRow): NonNullable<PriceRow['recurring']> {
  if (price.recurring === null) throw invalid(`The price ${price.id} is not recurring.`);
  return price.recurring;
}

export function isMetered(item: SubscriptionItemRow): boolean {
  return item.price.recurring?.usage_type === 'metered';
}
