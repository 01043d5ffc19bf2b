import type { PriceRow } from './rows.ts';

const scale = 10n ** 12n;

/**
 * `numerator / denominator` to the nearest whole, halves away from zero, exact.
 * Stripe rounds each proration by itself to the smallest unit of the currency; it does not document ties.
 */
export function divideRounded(numerator: bigint, denominator: bigint): number {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  const rounded = Number((2n * n + d) / (2n * d));
  return negative && rounded !== 0 ? -rounded : rounded;
}

/** Cents for a quantity of a price, for `part` seconds of `whole`. */
export function amountFor(
  price: PriceRow,
  quantity: number,
  share: { part: number; whole: number } = { part: 1, whole: 1 },
): number {
  return divideRounded(unitOf(price) * BigInt(quantity) * BigInt(share.part), scale * BigInt(share.whole));
}

/** Part of an amount that was charged for `whole` seconds. */
export function partOf(amount: number, share: { part: number; whole: number }): number {
  return divideRounded(BigInt(amount) * BigInt(share.part), BigInt(share.whole));
}

/** `percent` (0 to 100, up to two decimals) of an amount. */
export function percentOf(amount: number, percent: number): number {
  return divideRounded(BigInt(amount) * BigInt(Math.round(percent * 100)), 10_000n);
}

/** The unit amount in cents times 10^12, from Stripe's decimal string. */
function unitOf(price: PriceRow): bigint {
  const [whole = '0', fraction = ''] = (price.unit_amount_decimal?.toString() ?? '0').split('.');
  return BigInt(whole) * scale + BigInt(fraction.padEnd(12, '0').slice(0, 12));
}
