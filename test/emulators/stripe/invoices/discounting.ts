import type Stripe from 'stripe';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';

/** What each discount of an invoice takes off. */
export function discountAmounts(_world: World, _invoice: InvoiceRow): Stripe.Invoice.TotalDiscountAmount[] {
  return [];
}

/** What is left of an amount under the discounts of a subscription. */
export function afterDiscounts(_world: World, _subscription: SubscriptionRow, amount: number): number {
  return amount;
}
