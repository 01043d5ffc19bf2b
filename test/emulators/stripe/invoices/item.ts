import Stripe from 'stripe';
import type { InvoiceItemRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { type Credited, type LineSpec, pricingOf } from './line.ts';

/** Keeps a line for the next invoice of its subscription, or of its customer. */
export function keepPending(world: World, customer: string, spec: LineSpec): InvoiceItemRow {
  const holder = world.customers.get(customer, 'customer');
  const row: InvoiceItemRow = {
    id: world.ids.next('ii'),
    object: 'invoiceitem',
    amount: spec.amount,
    currency: spec.currency,
    customer,
    customer_account: null,
    date: world.timeOf(holder).now,
    description: spec.description,
    discountable: spec.discountable,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: parentOf(spec),
    period: { ...spec.period },
    pricing: pricingOf(spec.price),
    proration: spec.proration,
    ...(spec.credited === undefined ? {} : { proration_details: detailsOf(spec.credited) }),
    quantity: spec.quantity ?? 1,
    quantity_decimal: Stripe.Decimal.from(spec.quantity ?? 1),
    tax_rates: [],
    test_clock: holder.test_clock,
  } satisfies Stripe.InvoiceItem;
  world.invoiceItems.add(row);
  world.emit('invoiceitem.created', row);
  return row;
}

function parentOf({ subscription, item }: LineSpec): Stripe.InvoiceItem.Parent | null {
  if (subscription === null) return null;
  return {
    type: 'subscription_details',
    subscription_details: { subscription, ...(item === null ? {} : { subscription_item: item }) },
  };
}

function detailsOf(credited: Credited): Stripe.InvoiceItem.ProrationDetails {
  if ('invoiceItem' in credited)
    return {
      credited_items: { type: 'invoice_item', invoice_item: credited.invoiceItem },
      discount_amounts: [],
    };
  const lines = { invoice: credited.invoice, invoice_line_items: [credited.line] };
  return {
    credited_items: { type: 'invoice_line_items', invoice_line_item_details: lines },
    discount_amounts: [],
  };
}
