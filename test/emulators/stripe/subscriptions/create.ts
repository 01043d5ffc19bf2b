import { chooseDiscounts, countDiscounts, dropDiscounts } from '../catalog/discount.ts';
import { buildDraft, type DraftSpec, keepDraft } from '../invoices/draft.ts';
import { attempt, finalize, methodFor } from '../invoices/lifecycle.ts';
import { cardError, invalid } from '../kernel/failure.ts';
import type { InvoiceRow, PriceRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { wholeList } from '../wire/page.ts';
import { backdatedLines, startOf } from './backdate.ts';
import { blankSubscription } from './blank.ts';
import { cancelAtOf } from './cancel-at.ts';
import { touch } from './due.ts';
import { newItem, recurringOf } from './item.ts';
import { priceOf } from './item-input.ts';
import { advanceLine, advanceLines } from './lines.ts';
import type { ItemChange, SubscriptionCreate } from './params.ts';
import { boundary, periodAt } from './period.ts';

/** Makes a subscription and its first invoice, and tries to collect that as `payment_behavior` says. */
export function createSubscription(world: World, input: SubscriptionCreate): SubscriptionRow {
  const row = buildSubscription(world, input);
  const chosen = chooseDiscounts(world, row, input.discounts || []);
  row.discounts = [...chosen.ids];
  try {
    refuseUnpayable(world, row, input);
  } catch (refusal) {
    dropDiscounts(world, chosen);
    throw refusal;
  }
  countDiscounts(world, chosen);
  world.subscriptions.add(row);
  Object.assign(row, cancelAtOf(row, input, row.created));
  firstInvoice(world, row, input);
  world.emit('customer.subscription.created', row);
  touch(world, row);
  return row;
}

/** The subscription as it would begin: not kept, no event. */
export function buildSubscription(world: World, input: SubscriptionCreate): SubscriptionRow {
  const customer = world.customers.get(input.customer, 'customer');
  const { now } = world.timeOf(customer);
  const items = pricesOf(world, input.items ?? []);
  const trialEnd = trialEndOf(input, now);
  const anchor = trialEnd ?? input.billing_cycle_anchor ?? now;
  const start = startOf(input, { now, anchor });
  const row = blankSubscription(world, input, {
    now,
    start,
    anchor,
    currency: items[0]?.price.currency ?? 'usd',
  });
  if (trialEnd !== null) Object.assign(row, { status: 'trialing', trial_start: now, trial_end: trialEnd });
  row.items = wholeList(
    row.items.url,
    items.map(({ price, quantity }) => {
      const period = anchor > now ? { start: now, end: anchor } : periodAt(anchor, recurringOf(price), now);
      return newItem(world, { subscription: row.id, price, quantity, period, now });
    }),
  );
  return row;
}

function pricesOf(
  world: World,
  items: readonly ItemChange[],
): { price: PriceRow; quantity: number | undefined }[] {
  if (items.length === 0)
    throw invalid('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  const priced = items.map((item, index) => ({
    price: priceOf(world, item, index),
    quantity: item.quantity,
  }));
  const currencies = new Set(priced.map(({ price }) => price.currency));
  if (currencies.size > 1) throw invalid('All prices on a subscription must have the same currency.');
  return priced;
}

function trialEndOf(input: SubscriptionCreate, now: number): number | null {
  if (input.trial_period_days !== undefined && input.trial_period_days > 0)
    return now + input.trial_period_days * 86_400;
  if (input.trial_end === undefined || input.trial_end === 'now') return null;
  if (input.trial_end <= now)
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', {
      param: 'trial_end',
    });
  return input.trial_end;
}

/** Stripe makes no subscription that has to be paid now by a customer without a card, nor one that must not be incomplete. */
function refuseUnpayable(world: World, row: SubscriptionRow, input: SubscriptionCreate): void {
  const needsMoney = buildDraft(world, firstDraft(world, row, input)).amount_due > 0;
  if (
    !needsMoney ||
    row.collection_method === 'send_invoice' ||
    input.payment_behavior === 'default_incomplete'
  )
    return;
  const customer = world.customers.get(row.customer);
  const method = row.default_payment_method ?? customer.invoice_settings.default_payment_method;
  if (method === null)
    throw invalid(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      { code: 'resource_missing' },
    );
  const behaviour = world.cards.get(method)?.charge;
  if (input.payment_behavior !== 'error_if_incomplete' || behaviour === 'succeeds') return;
  const needsAction = {
    code: 'subscription_payment_intent_requires_action',
    message:
      'Payment for this subscription requires additional user action before it can be completed successfully.',
  };
  throw cardError(behaviour === 'needs-action' || behaviour === undefined ? needsAction : behaviour);
}

function firstLines(world: World, row: SubscriptionRow) {
  const { billing_cycle_anchor: anchor, created: start } = row;
  if (row.status === 'trialing' || anchor <= start) return advanceLines(world, row, row.items.data);
  return row.items.data.map((item) => {
    const whole = anchor - boundary(anchor, recurringOf(item.price), -1);
    return advanceLine(world, row, item, { part: anchor - start, whole });
  });
}

export function firstDraft(
  world: World,
  row: SubscriptionRow,
  { proration_behavior: proration }: Pick<SubscriptionCreate, 'proration_behavior'> = {},
): DraftSpec {
  const before = proration === 'none' ? [] : backdatedLines(world, row);
  return {
    customer: row.customer,
    subscription: row,
    reason: 'subscription_create',
    lines: [...before, ...firstLines(world, row)],
    currency: row.currency,
    autoAdvance: row.collection_method === 'send_invoice',
  };
}

function firstInvoice(world: World, row: SubscriptionRow, input: SubscriptionCreate): void {
  const invoice = keepDraft(world, firstDraft(world, row, input));
  if (row.collection_method === 'send_invoice' && row.status === 'incomplete') row.status = 'active';
  finalize(world, invoice);
  if (row.collection_method === 'charge_automatically' && input.payment_behavior !== 'default_incomplete')
    attempt(world, invoice, { offSession: input.off_session ?? false });
  activateIfPaid(row, invoice);
  if (row.status === 'incomplete' || row.payment_settings?.save_default_payment_method !== 'on_subscription')
    return;
  row.default_payment_method ??= methodFor(world, invoice);
}

function activateIfPaid(row: SubscriptionRow, invoice: InvoiceRow): void {
  if (row.status === 'incomplete' && invoice.status === 'paid') row.status = 'active';
}
