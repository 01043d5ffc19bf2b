import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { InvoiceItemRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, int, listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { keepDraft } from './draft.ts';
import { keepPending } from './item.ts';
import type { LineSpec } from './line.ts';

const CreateItem = params({
  amount: int.optional(),
  currency: text.optional(),
  customer: text,
  description: text.optional(),
  discountable: bool.optional(),
  metadata: metadata.optional(),
  subscription: text.optional(),
});

/** Something to bill beside the subscription: on its next invoice, or on one made by hand. */
function createItem(world: World, input: z.output<typeof CreateItem>): InvoiceItemRow {
  const { now } = world.timeOf(world.customers.get(input.customer, 'customer'));
  const subscription = input.subscription && world.subscriptions.get(input.subscription, 'subscription').id;
  const row = keepPending(world, input.customer, {
    amount: input.amount ?? 0,
    description: input.description ?? '',
    period: { start: now, end: now },
    price: null,
    quantity: 1,
    currency: input.currency ?? 'usd',
    discountable: input.discountable ?? true,
    subscription: subscription || null,
    item: null,
    invoiceItem: null,
    proration: false,
  });
  row.metadata = mergeMetadata({}, input.metadata);
  return row;
}

const CreateInvoice = params({
  auto_advance: bool.optional(),
  collection_method: z.enum(['charge_automatically']).optional(),
  currency: text.optional(),
  customer: text,
  description: text.optional(),
  metadata: metadata.optional(),
  pending_invoice_items_behavior: z.enum(['include', 'exclude']).optional(),
});

/** A draft made by hand, of what is pending for the customer outside their subscriptions. */
function createInvoice(world: World, input: z.output<typeof CreateInvoice>) {
  const pending = world.invoiceItems.where(
    (row) => row.customer === input.customer && row.invoice === null && row.parent === null,
  );
  const row = keepDraft(world, {
    customer: input.customer,
    subscription: null,
    reason: 'manual',
    lines: input.pending_invoice_items_behavior === 'include' ? pending.map(lineOfItem) : [],
    currency: input.currency ?? 'usd',
    autoAdvance: input.auto_advance ?? false,
  });
  row.metadata = mergeMetadata({}, input.metadata);
  row.description = input.description ?? null;
  return row;
}

function lineOfItem(row: InvoiceItemRow): LineSpec {
  return {
    amount: row.amount,
    description: row.description ?? '',
    period: row.period,
    price: null,
    quantity: row.quantity,
    currency: row.currency,
    discountable: row.discountable,
    subscription: null,
    item: null,
    invoiceItem: row.id,
    proration: false,
  };
}

const ListItems = listParams({
  customer: text.optional(),
  invoice: text.optional(),
  pending: bool.optional(),
});

export const invoiceItemRoutes = [
  route('POST /v1/invoices', CreateInvoice, createInvoice),
  route('POST /v1/invoiceitems', CreateItem, createItem),
  route('GET /v1/invoiceitems', ListItems, (world, input) =>
    page(
      '/v1/invoiceitems',
      world.invoiceItems.where(
        (row) =>
          row.customer === (input.customer ?? row.customer) &&
          row.invoice === (input.invoice ?? row.invoice) &&
          (input.pending === undefined || (row.invoice === null) === input.pending),
      ),
      input,
    ),
  ),
  route('GET /v1/invoiceitems/:id', params({}), (world, _, [id]) => world.invoiceItems.get(id)),
  route('DELETE /v1/invoiceitems/:id', params({}), (world, _, [id]) => {
    const row = world.invoiceItems.get(id);
    if (row.invoice !== null) throw invalid('This invoice item can no longer be deleted.');
    world.invoiceItems.remove(id);
    world.emit('invoiceitem.deleted', row);
    return { id, object: 'invoiceitem', deleted: true };
  }),
];
