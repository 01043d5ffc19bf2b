import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { ProductRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, mergeMetadata, metadata, orUnset, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { createPrice, PriceData } from './price.ts';

const marketing = orUnset(z.array(z.strictObject({ name: text })));
const common = {
  active: bool.optional(),
  description: orUnset(text).optional(),
  images: orUnset(z.array(text)).optional(),
  marketing_features: marketing.optional(),
  metadata: metadata.optional(),
  statement_descriptor: text.optional(),
  tax_code: orUnset(text).optional(),
  unit_label: text.optional(),
  url: orUnset(text).optional(),
};
const Create = params({
  ...common,
  id: text.optional(),
  name: text,
  default_price_data: PriceData.optional(),
});
const Update = params({ ...common, name: text.optional(), default_price: text.optional() });
const List = listParams({ active: bool.optional(), ids: z.array(text).optional(), url: text.optional() });

type Common = z.output<typeof Update>;

/** Makes a product. */
export function createProduct(world: World, input: z.output<typeof Create>): ProductRow {
  if (input.id !== undefined && world.products.find(input.id) !== undefined)
    throw invalid(`Product already exists.`, { code: 'resource_already_exists', param: 'id' });
  const row: ProductRow = {
    id: input.id ?? world.ids.next('prod'),
    object: 'product',
    active: true,
    created: world.time.now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: input.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: world.time.now,
    url: null,
  } satisfies Stripe.Product;
  const { default_price_data, id: _, ...rest } = input;
  assign(row, rest);
  world.products.add(row);
  world.emit('product.created', row);
  if (default_price_data !== undefined)
    world.change('product.updated', row, (product) => {
      product.default_price = createPrice(world, { ...default_price_data, product: product.id }).id;
    });
  return row;
}

function assign(row: ProductRow, input: Common): void {
  row.active = input.active ?? row.active;
  row.name = input.name ?? row.name;
  row.description = input.description === '' ? null : (input.description ?? row.description);
  row.images = input.images === '' ? [] : (input.images ?? row.images);
  row.marketing_features =
    input.marketing_features === '' ? [] : (input.marketing_features ?? row.marketing_features);
  row.metadata = mergeMetadata(row.metadata, input.metadata);
  row.unit_label = input.unit_label ?? row.unit_label ?? null;
  row.url = input.url === '' ? null : (input.url ?? row.url);
  row.default_price = input.default_price ?? row.default_price;
}

export const productRoutes = [
  route('POST /v1/products', Create, createProduct),
  route('GET /v1/products', List, (world, input) =>
    page(
      '/v1/products',
      world.products.where(
        (row) => row.active === (input.active ?? row.active) && (input.ids?.includes(row.id) ?? true),
      ),
      input,
    ),
  ),
  route('GET /v1/products/:id', params({}), (world, _, [id]) => world.products.get(id)),
  route('POST /v1/products/:id', Update, (world, input, [id]) => {
    if (input.default_price !== undefined) world.prices.get(input.default_price, 'default_price');
    return world.change('product.updated', world.products.get(id), (row) => {
      assign(row, input);
      row.updated = world.time.now;
    });
  }),
  route('DELETE /v1/products/:id', params({}), (world, _, [id]) => {
    const row = world.products.get(id);
    if (world.prices.where((price) => price.product === id).length > 0)
      throw invalid('This product cannot be deleted because it has one or more user-created prices.');
    world.products.remove(id);
    world.emit('product.deleted', row);
    return { id, object: 'product', deleted: true } satisfies Stripe.DeletedProduct;
  }),
];
