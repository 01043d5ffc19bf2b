import type Stripe from 'stripe';
import { invalid } from '../kernel/failure.ts';
import type { DiscountRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { boundary } from '../subscriptions/period.ts';

export interface DiscountInput {
  readonly coupon?: string | undefined;
  readonly promotion_code?: string | undefined;
  readonly discount?: string | undefined;
}

/** Discounts that were chosen for a subscription and not yet counted. */
export interface Chosen {
  readonly ids: readonly string[];
  /** Those that are begun with it. */
  readonly begun: readonly DiscountRow[];
}

/** Redeems coupons and codes for a subscription; tells the ids of its discounts after. */
export function redeem(
  world: World,
  subscription: SubscriptionRow,
  inputs: readonly DiscountInput[],
): string[] {
  const chosen = chooseDiscounts(world, subscription, inputs);
  countDiscounts(world, chosen);
  return [...chosen.ids];
}

/** Checks coupons and codes and begins their discounts. What asked for them may still be refused: `countDiscounts` or `dropDiscounts` follows. */
export function chooseDiscounts(
  world: World,
  subscription: SubscriptionRow,
  inputs: readonly DiscountInput[],
): Chosen {
  const sources = inputs.map((input, index) => {
    if (input.discount !== undefined) return world.discounts.get(input.discount, `discounts[${index}]`);
    const code = codeOf(world, input, index);
    const coupon = couponOf(world, { id: code?.coupon ?? input.coupon, index });
    return { coupon, code: code?.id ?? null };
  });
  const begun: DiscountRow[] = [];
  const ids = sources.map((source) => {
    if ('id' in source) return source.id;
    const row = start(world, { subscription, ...source });
    begun.push(row);
    return row.id;
  });
  return { ids, begun };
}

export function countDiscounts(world: World, { begun }: Chosen): void {
  for (const row of begun) {
    const { coupon } = row.source;
    if (typeof coupon === 'string') world.coupons.get(coupon).times_redeemed += 1;
    if (row.promotion_code !== null) world.promotionCodes.get(String(row.promotion_code)).times_redeemed += 1;
    world.emit('customer.discount.created', row);
  }
}

export function dropDiscounts(world: World, { begun }: Chosen): void {
  for (const { id } of begun) world.discounts.remove(id);
}

function codeOf(world: World, input: DiscountInput, index: number): { id: string; coupon: string } | null {
  if (input.promotion_code === undefined) return null;
  const code = world.promotionCodes.get(input.promotion_code, `discounts[${index}][promotion_code]`);
  if (!code.active) throw invalid('This promotion code is inactive.', { code: 'promotion_code_inactive' });
  return { id: code.id, coupon: String(code.promotion.coupon) };
}

function couponOf(world: World, { id, index }: { id: string | undefined; index: number }): Stripe.Coupon {
  const coupon = world.coupons.get(id ?? '', `discounts[${index}][coupon]`);
  const used = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  const late = coupon.redeem_by !== null && coupon.redeem_by < world.time.now;
  if (used || late)
    throw invalid(`Coupon ${coupon.id} is expired and cannot be applied.`, { code: 'coupon_expired' });
  return coupon;
}

function start(
  world: World,
  spec: { subscription: SubscriptionRow; coupon: Stripe.Coupon; code: string | null },
): DiscountRow {
  const { subscription, coupon, code } = spec;
  const { now } = world.timeOf(subscription);
  const row: DiscountRow = {
    id: world.ids.next('di'),
    object: 'discount',
    checkout_session: null,
    customer: subscription.customer,
    customer_account: null,
    end: endOf(coupon, now),
    invoice: null,
    invoice_item: null,
    promotion_code: code,
    source: { type: 'coupon', coupon: coupon.id },
    start: now,
    subscription: subscription.id,
    subscription_item: null,
  } satisfies Stripe.Discount;
  world.discounts.add(row);
  return row;
}

function endOf(coupon: Stripe.Coupon, now: number): number | null {
  if (coupon.duration !== 'repeating') return null;
  const month = {
    interval: 'month',
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
  return boundary(now, month, coupon.duration_in_months ?? 1);
}
