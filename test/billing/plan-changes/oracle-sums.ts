import type { BillingCycle } from '../../../server/core/plans.ts';
import type { Tier } from '../../../server/core/tiers.ts';
import type { CouponTerms } from './history.ts';

// Prices as product/decisions.md prints them, in US cents; not read from the catalogue under test.
const monthlyCents: Readonly<Record<Tier, number>> = {
  repx0: 0,
  repx1: 97_00,
  repx2: 197_00,
  repx3: 297_00,
  repx4: 497_00,
  repx5: 997_00,
};

export function priceOf({ tier, cycle }: { tier: Tier; cycle: BillingCycle }): number {
  return monthlyCents[tier] * (cycle === 'annual' ? 10 : 1);
}

/** `amount × part ÷ whole` in whole cents, halves up. All are below 2^53 together. */
export function shareOf(amount: number, part: number, whole: number): number {
  return Math.floor((2 * amount * part + whole) / (2 * whole));
}

/** What is left of a price under a coupon. */
export function lessCoupon(price: number, terms: CouponTerms | null): number {
  if (terms === null) return price;
  if (terms.percent !== undefined) return price - shareOf(price, terms.percent, 100);
  return price - Math.min(price, terms.cents ?? 0);
}

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** So many months after an instant (s), on its day of the month or the last that there is. */
export function monthsAfter(from: number, months: number): number {
  const date = new Date(from * 1000);
  const count = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  const [year, month] = [Math.floor(count / 12), count % 12];
  const day = Math.min(date.getUTCDate(), daysIn(year, month));
  return Date.UTC(year, month, day) / 1000 + (from % 86_400);
}
