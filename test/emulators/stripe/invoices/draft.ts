import type Stripe from 'stripe';
import type { InvoiceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { wholeList } from '../wire/page.ts';
import { activeDiscounts, useUp } from './discounting.ts';
import { type LineSpec, lineOf } from './line.ts';
import { addUp } from './totals.ts';

/** What a new invoice bills, to whom, and why. */
export interface DraftSpec {
  readonly customer: string;
  readonly subscription: SubscriptionRow | null;
  readonly reason: NonNullable<Stripe.Invoice['billing_reason']>;
  readonly lines: readonly LineSpec[];
  readonly currency: string;
  /** What the invoice says its period is; the time of making, unless told. */
  readonly period?: { readonly start: number; readonly end: number };
  readonly prorationDate?: number | undefined;
  readonly autoAdvance?: boolean;
  /** For a preview: when the invoice would be made; now, unless told. */
  readonly at?: number;
}

/** A draft that nobody has heard of yet: not kept, no event. Previews end here. */
export function buildDraft(world: World, spec: DraftSpec): InvoiceRow {
  const { subscription } = spec;
  const customer = world.customers.get(spec.customer, 'customer');
  const now = world.timeOf(customer).now;
  const id = world.ids.next('in');
  const lines = spec.lines.map((line) => lineOf(world, line, id));
  const row: InvoiceRow = {
    ...blank,
    id,
    auto_advance: spec.autoAdvance ?? true,
    billing_reason: spec.reason,
    collection_method: subscription?.collection_method ?? 'charge_automatically',
    created: spec.at ?? now,
    currency: spec.currency,
    customer: customer.id,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_address: customer.address ?? null,
    customer_phone: customer.phone ?? null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    default_tax_rates: [],
    discounts: subscription === null ? [] : activeDiscounts(world, subscription, spec.at ?? now),
    lines: wholeList(`/v1/invoices/${id}/lines`, lines),
    metadata: {},
    parent: parentOf(spec),
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: spec.period?.end ?? spec.at ?? now,
    period_start: spec.period?.start ?? spec.at ?? now,
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    test_clock: customer.test_clock,
  } satisfies Stripe.Invoice;
  addUp(world, row);
  return row;
}

function parentOf({ subscription, prorationDate }: DraftSpec): Stripe.Invoice.Parent | null {
  if (subscription === null) return null;
  return {
    type: 'subscription_details',
    quote_details: null,
    subscription_details: {
      metadata: { ...subscription.metadata },
      subscription: subscription.id,
      ...(prorationDate === undefined ? {} : { subscription_proration_date: prorationDate }),
    },
  };
}

/** Keeps a draft, and takes the invoice items that its lines came from out of the pending ones. */
export function keepDraft(world: World, spec: DraftSpec): InvoiceRow {
  const row = world.invoices.add(buildDraft(world, spec));
  for (const { invoiceItem } of spec.lines) {
    const kept = invoiceItem === null ? undefined : world.invoiceItems.find(invoiceItem);
    if (kept !== undefined) kept.invoice = row.id;
  }
  const { subscription } = spec;
  if (subscription !== null) {
    subscription.latest_invoice = row.id;
    useUp(world, subscription, row);
  }
  world.emit('invoice.created', row);
  return row;
}

/** The subscription that an invoice bills. */
export function subscriptionOf(world: World, invoice: Stripe.Invoice): SubscriptionRow | undefined {
  const link = invoice.parent?.subscription_details?.subscription;
  return typeof link === 'string' ? world.subscriptions.find(link) : undefined;
}

const blank = {
  object: 'invoice',
  account_country: 'US',
  account_name: 'RepX (emulated)',
  account_tax_ids: null,
  amount_due: 0,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  custom_fields: null,
  customer_account: null,
  customer_shipping: null,
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  description: null,
  due_date: null,
  effective_at: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'draft',
  subtotal: 0,
  subtotal_excluding_tax: 0,
  total: 0,
  total_discount_amounts: [],
  total_excluding_tax: 0,
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} as const satisfies Partial<Stripe.Invoice>;
