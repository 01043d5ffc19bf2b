import Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { PriceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import {
  bool,
  decimal,
  int,
  listParams,
  mergeMetadata,
  metadata,
  orUnset,
  params,
  text,
} from '../wire/params.ts';
import { route } from '../wire/route.ts';

const currency = z
  .string()
  .regex(/^[a-z]{3}$/i)
  .transform((code) => code.toLowerCase());
const recurring = z.strictObject({
  interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: int.pipe(z.number().min(1)).optional(),
  usage_type: z.enum(['licensed', 'metered']).optional(),
  meter: text.optional(),
  trial_period_days: int.optional(),
});
const amounts = {
  currency,
  unit_amount: int.optional(),
  unit_amount_decimal: decimal.optional(),
  recurring: recurring.optional(),
  tax_behavior: z.enum(['exclusive', 'inclusive', 'unspecified']).optional(),
  metadata: metadata.optional(),
};

export const PriceData = z.strictObject(amounts);
const Create = params({
  ...amounts,
  active: bool.optional(),
  billing_scheme: z.enum(['per_unit']).optional(),
  lookup_key: z.string().max(200).optional(),
  nickname: text.optional(),
  product: text.optional(),
  product_data: z.strictObject({ name: text, id: text.optional(), metadata: metadata.optional() }).optional(),
  transfer_lookup_key: bool.optional(),
});
const Update = params({
  active: bool.optional(),
  lookup_key: orUnset(z.string().max(200)).optional(),
  metadata: metadata.optional(),
  nickname: orUnset(text).optional(),
  tax_behavior: amounts.tax_behavior,
  transfer_lookup_key: bool.optional(),
});
const List = listParams({
  active: bool.optional(),
  currency: currency.optional(),
  lookup_keys: z.array(text).max(10).optional(),
  product: text.optional(),
  recurring: z
    .strictObject({ interval: text.optional(), usage_type: text.optional(), meter: text.optional() })
    .optional(),
  type: z.enum(['one_time', 'recurring']).optional(),
});

type PriceInput = Omit<z.output<typeof Create>, 'product_data' | 'expand'>;

/** Makes a price; the caller has seen to the product. Amounts in the currency's smallest unit. */
export function createPrice(world: World, input: PriceInput & { product: string }): PriceRow {
  const { unit, whole } = unitOf(input);
  const row: PriceRow = {
    id: world.ids.next('price'),
    object: 'price',
    active: input.active ?? true,
    billing_scheme: 'per_unit',
    created: world.time.now,
    currency: input.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: mergeMetadata({}, input.metadata),
    nickname: input.nickname ?? null,
    product: world.products.get(input.product, 'product').id,
    recurring: recurringOf(input.recurring),
    tax_behavior: input.tax_behavior ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: input.recurring === undefined ? 'one_time' : 'recurring',
    unit_amount: whole,
    unit_amount_decimal: Stripe.Decimal.from(unit),
  } satisfies Stripe.Price;
  takeLookupKey(world, row, input);
  world.prices.add(row);
  world.emit('price.created', row);
  return row;
}

function unitOf(input: PriceInput): { unit: string; whole: number | null } {
  if (input.unit_amount !== undefined) return { unit: String(input.unit_amount), whole: input.unit_amount };
  if (input.unit_amount_decimal === undefined)
    throw invalid('Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.');
  const whole = Number(input.unit_amount_decimal);
  return { unit: input.unit_amount_decimal, whole: Number.isInteger(whole) ? whole : null };
}

function recurringOf(input: z.output<typeof recurring> | undefined): Stripe.Price.Recurring | null {
  if (input === undefined) return null;
  return {
    interval: input.interval,
    interval_count: input.interval_count ?? 1,
    meter: input.meter ?? null,
    trial_period_days: input.trial_period_days ?? null,
    usage_type: input.usage_type ?? 'licensed',
  };
}

function takeLookupKey(
  world: World,
  row: PriceRow,
  {
    lookup_key: key,
    transfer_lookup_key: transfer,
  }: { lookup_key?: string | undefined; transfer_lookup_key?: boolean | undefined },
): void {
  if (key === undefined) return;
  const [holder] =
    key === '' ? [] : world.prices.where((price) => price.lookup_key === key && price.id !== row.id);
  if (holder !== undefined && transfer !== true)
    throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, { param: 'lookup_key' });
  if (holder !== undefined)
    world.change('price.updated', holder, (price) => {
      price.lookup_key = null;
    });
  row.lookup_key = key === '' ? null : key;
}

export const priceRoutes = [
  route('POST /v1/prices', Create, (world, input) => {
    if (input.product === undefined) throw invalid('Missing required param: product.', { param: 'product' });
    return createPrice(world, { ...input, product: input.product });
  }),
  route('GET /v1/prices', List, (world, input) =>
    page('/v1/prices', world.prices.where(filter(input)), input),
  ),
  route('GET /v1/prices/:id', params({}), (world, _, [id]) => world.prices.get(id)),
  route('POST /v1/prices/:id', Update, (world, input, [id]) =>
    world.change('price.updated', world.prices.get(id), (row) => {
      takeLookupKey(world, row, input);
      row.active = input.active ?? row.active;
      row.nickname = input.nickname === '' ? null : (input.nickname ?? row.nickname);
      row.metadata = mergeMetadata(row.metadata, input.metadata);
    }),
  ),
];

function filter(input: z.output<typeof List>): (row: PriceRow) => boolean {
  return (row) =>
    row.active === (input.active ?? row.active) &&
    row.currency === (input.currency ?? row.currency) &&
    row.product === (input.product ?? row.product) &&
    row.type === (input.type ?? row.type) &&
    (input.lookup_keys?.includes(row.lookup_key ?? '') ?? true) &&
    row.recurring?.interval === (input.recurring?.interval ?? row.recurring?.interval) &&
    row.recurring?.usage_type === (input.recurring?.usage_type ?? row.recurring?.usage_type);
}
