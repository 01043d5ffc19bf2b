import type Stripe from 'stripe';
import { divideRounded, percentOf } from '../kernel/money.ts';
import type { DiscountRow, InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';

/** Writes on each line what each discount takes off it, and tells the sums. Discounts come one after the other. */
export function discountAmounts(world: World, invoice: InvoiceRow): Stripe.Invoice.TotalDiscountAmount[] {
  for (const line of invoice.lines.data) line.discount_amounts = [];
  return invoice.discounts.flatMap((id) => {
    const discount = world.discounts.find(id);
    return discount === undefined ? [] : [{ discount: id, amount: takeOff(world, invoice, discount) }];
  });
}

function takeOff(world: World, invoice: InvoiceRow, discount: DiscountRow): number {
  const lines = invoice.lines.data.filter((line) => line.discountable && leftOf(line) > 0);
  const amounts = sharesOf(couponOf(world, discount), lines.map(leftOf));
  lines.forEach((line, index) => {
    const amount = amounts[index] ?? 0;
    line.discount_amounts = [...(line.discount_amounts ?? []), { amount, discount: discount.id }];
  });
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Per cent of each amount, each rounded by itself; or a fixed sum shared out by size, the last taking the rest. */
function sharesOf(coupon: Stripe.Coupon | undefined, amounts: readonly number[]): number[] {
  const percent = coupon?.percent_off;
  if (typeof percent === 'number') return amounts.map((amount) => percentOf(amount, percent));
  const whole = amounts.reduce((sum, amount) => sum + amount, 0);
  const off = Math.min(coupon?.amount_off ?? 0, whole);
  let left = off;
  return amounts.map((amount, index) => {
    const share =
      index === amounts.length - 1 ? left : divideRounded(BigInt(off) * BigInt(amount), BigInt(whole));
    left -= share;
    return share;
  });
}

function leftOf(line: Stripe.InvoiceLineItem): number {
  return line.amount - (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
}

/** What is left of an amount under the discounts that a subscription has now; of a fixed sum each item takes its share. */
export function afterDiscounts(world: World, subscription: SubscriptionRow, amount: number): number {
  return activeDiscounts(world, subscription, world.timeOf(subscription).now).reduce((left, id) => {
    const discount = world.discounts.find(id);
    const [off = 0] = sharesOf(discount && couponOf(world, discount), [left]);
    return left - off;
  }, amount);
}

/** The discounts of a subscription that hold at an instant. */
export function activeDiscounts(world: World, subscription: SubscriptionRow, at: number): string[] {
  return subscription.discounts.filter((id) => {
    const discount = world.discounts.find(id);
    return discount !== undefined && (discount.end === null || discount.end > at);
  });
}

/** A coupon that counts once is used up by the first invoice that it took something off. */
export function useUp(world: World, subscription: SubscriptionRow, invoice: InvoiceRow): void {
  const spent = (invoice.total_discount_amounts ?? [])
    .filter(({ amount }) => amount > 0)
    .flatMap(({ discount }) => (typeof discount === 'string' ? (world.discounts.find(discount) ?? []) : []))
    .filter((discount) => couponOf(world, discount)?.duration === 'once');
  if (spent.length === 0) return;
  subscription.discounts = subscription.discounts.filter(
    (id) => !spent.some((discount) => discount.id === id),
  );
  for (const discount of spent) world.emit('customer.discount.deleted', discount);
}

function couponOf(world: World, { source }: DiscountRow): Stripe.Coupon | undefined {
  return world.coupons.find(source.coupon) ?? world.deletedCoupons.find(source.coupon);
}
