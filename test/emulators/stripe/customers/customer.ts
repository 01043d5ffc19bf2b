import type Stripe from 'stripe';
import { z } from 'zod';
import type { CustomerRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { attach, refuseDeclined } from '../payments/method.ts';
import { endForDeletedCustomer } from '../subscriptions/cancel.ts';
import { page } from '../wire/page.ts';
import { int, listParams, mergeMetadata, metadata, orUnset, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';

const address = z.strictObject({
  city: text.optional(),
  country: text.optional(),
  line1: text.optional(),
  line2: text.optional(),
  postal_code: text.optional(),
  state: text.optional(),
});
const common = {
  address: orUnset(address).optional(),
  balance: int.optional(),
  description: orUnset(text).optional(),
  email: orUnset(z.string().max(512)).optional(),
  invoice_settings: z.strictObject({ default_payment_method: orUnset(text).optional() }).optional(),
  metadata: metadata.optional(),
  name: orUnset(text).optional(),
  phone: orUnset(text).optional(),
  preferred_locales: z.array(text).optional(),
  tax_exempt: z.enum(['', 'none', 'exempt', 'reverse']).optional(),
};
const Create = params({ ...common, payment_method: text.optional(), test_clock: text.optional() });
const Update = params(common);
const List = listParams({ email: text.optional(), test_clock: text.optional() });

/** Makes a customer, on the account's time or on a test clock. */
export function createCustomer(world: World, input: z.output<typeof Create>): CustomerRow {
  const time = world.timeOf({ test_clock: input.test_clock });
  const row: CustomerRow = {
    id: world.ids.next('cus'),
    object: 'customer',
    address: null,
    balance: 0,
    created: time.now,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: world.ids.text(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: input.test_clock ?? null,
  } satisfies Stripe.Customer;
  const { payment_method: method, test_clock: _, invoice_settings: settings, ...rest } = input;
  if (method !== undefined) refuseDeclined(world, method);
  assign(row, rest);
  world.customers.add(row);
  world.emit('customer.created', row);
  const attached = method === undefined ? undefined : attach(world, method, row.id).id;
  const chosen = settings?.default_payment_method;
  if (chosen !== undefined && chosen !== '')
    row.invoice_settings.default_payment_method =
      chosen === method ? (attached ?? null) : world.paymentMethods.get(chosen, 'invoice_settings').id;
  return row;
}

function assign(row: CustomerRow, input: z.output<typeof Update>): void {
  const set = (given: string | undefined, held: string | null | undefined) =>
    given === '' ? null : (given ?? held ?? null);
  row.name = set(input.name, row.name);
  row.email = set(input.email, row.email);
  row.phone = set(input.phone, row.phone);
  row.description = set(input.description, row.description);
  row.balance = input.balance ?? row.balance;
  row.metadata = mergeMetadata(row.metadata, input.metadata);
  row.preferred_locales = input.preferred_locales ?? row.preferred_locales ?? [];
  if (input.tax_exempt !== undefined) row.tax_exempt = input.tax_exempt === '' ? 'none' : input.tax_exempt;
  if (input.address !== undefined) row.address = input.address === '' ? null : addressOf(input.address);
  const method = input.invoice_settings?.default_payment_method;
  if (method !== undefined) row.invoice_settings.default_payment_method = method === '' ? null : method;
}

function addressOf(given: z.output<typeof address>): Stripe.Address {
  const { city = null, country = null, line1 = null, line2 = null, postal_code = null, state = null } = given;
  return { city, country, line1, line2, postal_code, state };
}

/** Deleting ends the subscriptions at once, and for ever. */
export function deleteCustomer(world: World, id: string): Stripe.DeletedCustomer {
  const row = world.customers.get(id);
  endForDeletedCustomer(world, id);
  world.customers.remove(id);
  world.emit('customer.deleted', row);
  return world.deleted.add({ id, object: 'customer', deleted: true });
}

export const customerRoutes = [
  route('POST /v1/customers', Create, createCustomer),
  route('GET /v1/customers', List, (world, input) =>
    page(
      '/v1/customers',
      world.customers.where(
        (row) => row.email === (input.email ?? row.email) && row.test_clock === (input.test_clock ?? null),
      ),
      input,
    ),
  ),
  route(
    'GET /v1/customers/:id',
    params({}),
    (world, _, [id]) => world.deleted.find(id) ?? world.customers.get(id),
  ),
  route('POST /v1/customers/:id', Update, (world, input, [id]) => {
    const row = world.customers.get(id);
    const method = input.invoice_settings?.default_payment_method;
    if (method !== undefined && method !== '')
      world.paymentMethods.get(method, 'invoice_settings[default_payment_method]');
    return world.change('customer.updated', row, (customer) => assign(customer, input));
  }),
  route('DELETE /v1/customers/:id', params({}), (world, _, [id]) => deleteCustomer(world, id)),
];
