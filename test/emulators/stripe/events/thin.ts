import type Stripe from 'stripe';
import { isObject, type Json } from '../kernel/json.ts';
import type { EventRow, ThinEventRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';

/** Statuses that API 2026-10-28 tells by a type of their own. */
const toldStatuses = new Set([
  'active',
  'past_due',
  'unpaid',
  'trialing',
  'incomplete',
  'incomplete_expired',
]);

/** Makes the thin events that go with a snapshot event: its twin, and those that name what has changed. */
export function thinEventsOf(world: World, event: EventRow): ThinEventRow[] {
  const types = [`v1.${event.type}`, ...changesOf(event)];
  const related = relatedTo(event.data.object);
  return types.map((type) =>
    keepThin(world, {
      type,
      created: event.created,
      ...(related === null ? {} : { related_object: related }),
      ...(type === `v1.${event.type}` ? { snapshot_event: event.id } : {}),
    }),
  );
}

/** Keeps a thin event that has no snapshot beside it, too. */
export function keepThin(
  world: World,
  spec: Omit<Partial<ThinEventRow>, 'created'> & { type: string; created: number },
): ThinEventRow {
  const { request } = world;
  const row: ThinEventRow = {
    ...spec,
    id: world.ids.next('evt_test'),
    object: 'v2.core.event',
    created: new Date(spec.created * 1000).toISOString(),
    livemode: false,
    ...(request === null
      ? {}
      : {
          reason: {
            type: 'request',
            request: { id: request.id, idempotency_key: request.idempotencyKey ?? '' },
          },
        }),
  } satisfies Stripe.V2.Core.EventBase;
  world.thinEvents.add(row);
  for (const told of world.hooks.thinEventMade) told(row);
  return row;
}

function changesOf(event: EventRow): string[] {
  if (event.type !== 'customer.subscription.updated' && event.type !== 'customer.subscription.created')
    return [];
  const { object, previous_attributes: previous = {} } = event.data;
  const isNew = event.type === 'customer.subscription.created';
  const told: string[] = [];
  const { status } = object;
  if ((isNew || 'status' in previous) && typeof status === 'string' && toldStatuses.has(status))
    told.push(status);
  if ('cancel_at' in previous) told.push('cancel_at_changed');
  if ('default_payment_method' in previous) told.push('default_payment_method_changed');
  if (isObject(previous.items)) told.push(...itemChanges(itemsOf(previous.items), itemsOf(object.items)));
  return told.map((change) => `v1.customer.subscription.${change}`);
}

interface Item {
  readonly id: unknown;
  readonly price: unknown;
  readonly quantity: unknown;
}

function itemsOf(list: unknown): Item[] {
  const data = isObject(list) && Array.isArray(list.data) ? list.data.filter(isObject) : [];
  return data.map((item) => ({
    id: item.id,
    price: isObject(item.price) ? item.price.id : null,
    quantity: item.quantity,
  }));
}

function itemChanges(before: readonly Item[], after: readonly Item[]): string[] {
  const told = new Set<string>();
  for (const item of after) {
    const old = before.find(({ id }) => id === item.id);
    if (old === undefined) told.add('item_added');
    else if (old.price !== item.price) told.add('item_price_changed');
    else if (old.quantity !== item.quantity) told.add('item_quantity_changed');
  }
  if (before.some(({ id }) => !after.some((item) => item.id === id))) told.add('item_removed');
  return [...told];
}

const folders: Readonly<Record<string, string>> = {
  'billing.meter': 'billing/meters',
  'checkout.session': 'checkout/sessions',
  charge: 'charges',
  coupon: 'coupons',
  customer: 'customers',
  dispute: 'disputes',
  invoice: 'invoices',
  invoice_payment: 'invoice_payments',
  invoiceitem: 'invoiceitems',
  payment_intent: 'payment_intents',
  payment_method: 'payment_methods',
  price: 'prices',
  product: 'products',
  promotion_code: 'promotion_codes',
  refund: 'refunds',
  subscription: 'subscriptions',
  subscription_schedule: 'subscription_schedules',
  'test_helpers.test_clock': 'test_helpers/test_clocks',
};

/** What a thin event points to; a few, such as `invoice.upcoming`, point to nothing. */
export function relatedTo({ id, object: type }: Json): ThinEventRow['related_object'] | null {
  const folder = typeof type === 'string' ? folders[type] : undefined;
  if (folder === undefined || typeof id !== 'string' || typeof type !== 'string') return null;
  return { id, type, url: `/v1/${folder}/${id}` };
}
