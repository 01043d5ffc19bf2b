import type { Includable } from './wire/expand.ts';
import { wholeList } from './wire/page.ts';

/** What Stripe sends only when it is asked for by `expand`. */
export const includable: Readonly<Record<string, Includable>> = {
  'invoice.payments': (world, { id }) =>
    wholeList(
      '/v1/invoice_payments',
      world.invoicePayments.where((row) => row.invoice === id),
    ),
  'invoice.confirmation_secret': (world, { id }) => {
    const payment = world.invoicePayments.where((row) => row.invoice === id && row.is_default)[0];
    const intent = payment && world.paymentIntents.find(payment.payment.payment_intent);
    return intent?.client_secret == null
      ? null
      : { client_secret: intent.client_secret, type: 'payment_intent' };
  },
  'customer.subscriptions': (world, { id }) =>
    wholeList(
      `/v1/customers/${id}/subscriptions`,
      world.subscriptions.where((row) => row.customer === id && row.ended_at === null).toReversed(),
    ),
  'checkout.session.line_items': (world, { id }) =>
    wholeList(`/v1/checkout/sessions/${id}/line_items`, world.sessionLines.get(String(id)) ?? []),
};
