import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { World } from '../kernel/world.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, mergeMetadata, metadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { activeEntitlements, tellChanges } from './active.ts';

const Create = params({
  lookup_key: z.string().max(80),
  metadata: metadata.optional(),
  name: z.string().max(80),
});

function createFeature(world: World, input: z.output<typeof Create>): Stripe.Entitlements.Feature {
  if (world.features.where((row) => row.lookup_key === input.lookup_key && row.active).length > 0)
    throw invalid(`A feature with lookup key ${input.lookup_key} already exists.`, { param: 'lookup_key' });
  return world.features.add({
    id: world.ids.next('feat_test'),
    object: 'entitlements.feature',
    active: true,
    livemode: false,
    lookup_key: input.lookup_key,
    metadata: mergeMetadata({}, input.metadata),
    name: input.name,
  } satisfies Stripe.Entitlements.Feature);
}

function addFeature(world: World, product: string, feature: string): Stripe.ProductFeature {
  world.products.get(product);
  const row = {
    id: world.ids.next('prodft'),
    object: 'product_feature',
    entitlement_feature: world.features.get(feature, 'entitlement_feature'),
    livemode: false,
  } as const satisfies Stripe.ProductFeature;
  world.productFeatures.set(product, [...(world.productFeatures.get(product) ?? []), row]);
  for (const customer of world.customers.all) tellChanges(world, customer.id);
  return row;
}

const featuresOf = (world: World, product: string) => world.productFeatures.get(product) ?? [];

export const entitlementRoutes = [
  route('POST /v1/entitlements/features', Create, createFeature),
  route(
    'GET /v1/entitlements/features',
    listParams({ archived: bool.optional(), lookup_key: text.optional() }),
    (world, input) =>
      page(
        '/v1/entitlements/features',
        world.features.where(
          (row) =>
            row.lookup_key === (input.lookup_key ?? row.lookup_key) &&
            row.active !== (input.archived ?? false),
        ),
        input,
      ),
  ),
  route('GET /v1/entitlements/features/:id', params({}), (world, _, [id]) => world.features.get(id)),
  route(
    'POST /v1/entitlements/features/:id',
    params({ active: bool.optional(), name: text.optional(), metadata: metadata.optional() }),
    (world, input, [id]) => {
      const row = world.features.get(id);
      row.active = input.active ?? row.active;
      row.name = input.name ?? row.name;
      row.metadata = mergeMetadata(row.metadata, input.metadata);
      return row;
    },
  ),
  route('POST /v1/products/:id/features', params({ entitlement_feature: text }), (world, input, [id]) =>
    addFeature(world, id, input.entitlement_feature),
  ),
  route('GET /v1/products/:id/features', listParams({}), (world, input, [id]) =>
    page(`/v1/products/${id}/features`, featuresOf(world, id), input),
  ),
  route('DELETE /v1/products/:id/features/:feature', params({}), (world, _, [id, feature]) => {
    world.productFeatures.set(
      id,
      featuresOf(world, id).filter((row) => row.id !== feature),
    );
    for (const customer of world.customers.all) tellChanges(world, customer.id);
    return { id: feature, object: 'product_feature', deleted: true } satisfies Stripe.DeletedProductFeature;
  }),
  route('GET /v1/entitlements/active_entitlements', listParams({ customer: text }), (world, input) => {
    world.customers.get(input.customer, 'customer');
    return page('/v1/entitlements/active_entitlements', activeEntitlements(world, input.customer), input);
  }),
];
