import { z } from 'zod';
import { cardError, invalid } from '../kernel/failure.ts';
import type { InvoiceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, int, listParams, mergeMetadata, metadata, orUnset, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import {
  attempt,
  finalize,
  markUncollectible,
  methodFor,
  plan,
  voidInvoice,
  wrongState,
} from './lifecycle.ts';
import { intentOf, markPaid } from './settle.ts';

const List = listParams({
  customer: text.optional(),
  subscription: text.optional(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
  collection_method: text.optional(),
});
const Pay = params({
  forgive: bool.optional(),
  off_session: bool.optional(),
  paid_out_of_band: bool.optional(),
  payment_method: text.optional(),
});
const Update = params({
  auto_advance: bool.optional(),
  default_payment_method: orUnset(text).optional(),
  description: orUnset(text).optional(),
  metadata: metadata.optional(),
  automatically_finalizes_at: int.optional(),
});

function pay(world: World, invoice: InvoiceRow, input: z.output<typeof Pay>): InvoiceRow {
  if (invoice.status === 'draft') finalize(world, invoice);
  if (invoice.status === 'paid') throw invalid('Invoice is already paid', { code: 'invoice_already_paid' });
  if (invoice.status === 'void') throw wrongState(invoice, 'pay', 'open');
  if (input.paid_out_of_band === true) {
    markPaid(world, invoice, true);
    return invoice;
  }
  const method = input.payment_method ?? methodFor(world, invoice);
  if (method === null)
    throw invalid(
      'Cannot charge a customer that has no active card. Please add a default payment method to the customer.',
      { code: 'resource_missing' },
    );
  attempt(world, invoice, { offSession: input.off_session ?? true, method });
  plan(world, invoice);
  if (isPaid(invoice)) return invoice;
  throw refusalOf(world, invoice);
}

function refusalOf(world: World, invoice: InvoiceRow) {
  const intent = intentOf(world, invoice);
  const error = intent?.last_payment_error;
  if (intent?.status === 'requires_action')
    return cardError({
      code: 'invoice_payment_intent_requires_action',
      message:
        'Payment for this invoice requires additional user action before it can be completed successfully.',
    });
  return cardError(
    {
      code: error?.code ?? 'card_declined',
      message: error?.message ?? 'Your card was declined.',
      ...(error?.decline_code === undefined ? {} : { declineCode: error.decline_code }),
    },
    { payment_intent: intent },
  );
}

/** Read anew: an attempt changes the invoice beneath us. */
function isPaid(invoice: InvoiceRow): boolean {
  return invoice.status === 'paid';
}

export const invoiceRoutes = [
  route('GET /v1/invoices', List, (world, input) =>
    page(
      '/v1/invoices',
      world.invoices.where(
        (row) =>
          row.customer === (input.customer ?? row.customer) &&
          row.status === (input.status ?? row.status) &&
          (input.subscription === undefined ||
            row.parent?.subscription_details?.subscription === input.subscription),
      ),
      input,
    ),
  ),
  route('GET /v1/invoices/:id', params({}), (world, _, [id]) => world.invoices.get(id)),
  route('GET /v1/invoices/:id/lines', listParams({}), (world, input, [id]) => {
    const { url, data } = world.invoices.get(id).lines;
    return page(url, data.toReversed(), input);
  }),
  route('POST /v1/invoices/:id', Update, (world, input, [id]) => {
    const row = world.change('invoice.updated', world.invoices.get(id), (invoice) => {
      invoice.auto_advance = input.auto_advance ?? invoice.auto_advance ?? true;
      invoice.metadata = mergeMetadata(invoice.metadata, input.metadata);
      invoice.description = input.description === '' ? null : (input.description ?? invoice.description);
      if (input.default_payment_method !== undefined)
        invoice.default_payment_method = input.default_payment_method || null;
      if (input.automatically_finalizes_at !== undefined)
        invoice.automatically_finalizes_at = input.automatically_finalizes_at;
    });
    plan(world, row);
    return row;
  }),
  route('POST /v1/invoices/:id/finalize', params({ auto_advance: bool.optional() }), (world, _, [id]) => {
    const row = world.invoices.get(id);
    finalize(world, row);
    plan(world, row);
    return row;
  }),
  route('POST /v1/invoices/:id/pay', Pay, (world, input, [id]) => pay(world, world.invoices.get(id), input)),
  route('POST /v1/invoices/:id/void', params({}), (world, _, [id]) => {
    voidInvoice(world, world.invoices.get(id));
    return world.invoices.get(id);
  }),
  route('POST /v1/invoices/:id/mark_uncollectible', params({}), (world, _, [id]) => {
    markUncollectible(world, world.invoices.get(id));
    return world.invoices.get(id);
  }),
  route(
    'GET /v1/invoice_payments',
    listParams({ invoice: text.optional(), status: text.optional() }),
    (world, input) =>
      page(
        '/v1/invoice_payments',
        world.invoicePayments.where(
          (row) =>
            row.invoice === (input.invoice ?? row.invoice) && row.status === (input.status ?? row.status),
        ),
        input,
      ),
  ),
  route('GET /v1/invoice_payments/:id', params({}), (world, _, [id]) => world.invoicePayments.get(id)),
];
