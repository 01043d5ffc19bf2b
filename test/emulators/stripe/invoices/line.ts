import Stripe from 'stripe';
import type { PriceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';

/** What a credit gives back: a line that was invoiced, or an item that still waits for its invoice. */
export type Credited = { readonly invoice: string; readonly line: string } | { readonly invoiceItem: string };

/** A line before it stands on an invoice. Amounts in cents, negative for a credit; periods in seconds. */
export interface LineSpec {
  readonly amount: number;
  readonly description: string;
  readonly period: { readonly start: number; readonly end: number };
  readonly price: PriceRow | null;
  readonly quantity: number | null;
  readonly currency: string;
  readonly discountable: boolean;
  readonly subscription: string | null;
  /** The subscription item that the line bills, if it is one of a subscription. */
  readonly item: string | null;
  /** The invoice item that the line was kept as until now. */
  readonly invoiceItem: string | null;
  readonly proration: boolean;
  /** For a credit: the charge whose money it gives back. */
  readonly credited?: Credited;
}

export function lineOf(world: World, spec: LineSpec, invoice: string): Stripe.InvoiceLineItem {
  return {
    id: world.ids.next('il'),
    object: 'line_item',
    amount: spec.amount,
    currency: spec.currency,
    description: spec.description,
    discount_amounts: [],
    discountable: spec.discountable,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: parentOf(spec),
    period: { ...spec.period },
    pretax_credit_amounts: [],
    pricing: pricingOf(spec.price),
    quantity: spec.quantity,
    quantity_decimal: spec.quantity === null ? null : Stripe.Decimal.from(spec.quantity),
    subscription: spec.subscription,
    subtotal: spec.amount,
    taxes: [],
  } satisfies Stripe.InvoiceLineItem;
}

export function pricingOf(price: PriceRow | null): Stripe.InvoiceLineItem.Pricing | null {
  if (price === null) return null;
  return {
    type: 'price_details',
    price_details: { price: price.id, product: price.product },
    unit_amount_decimal: price.unit_amount_decimal,
  };
}

function parentOf(spec: LineSpec): Stripe.InvoiceLineItem.Parent | null {
  const { proration, subscription } = spec;
  const proration_details = { credited_items: creditedLines(spec.credited) };
  if (spec.item !== null)
    return {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: spec.invoiceItem,
        proration,
        proration_details,
        subscription,
        subscription_item: spec.item,
      },
    };
  if (spec.invoiceItem === null) return null;
  return {
    type: 'invoice_item_details',
    invoice_item_details: { invoice_item: spec.invoiceItem, proration, proration_details, subscription },
    subscription_item_details: null,
  };
}

function creditedLines(credited: Credited | undefined) {
  if (credited === undefined || !('line' in credited)) return null;
  return { invoice: credited.invoice, invoice_line_items: [credited.line] };
}
