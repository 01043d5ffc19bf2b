import type Stripe from 'stripe';
import { keepThin } from '../events/thin.ts';
import type { World } from '../kernel/world.ts';
import { wholeList } from '../wire/page.ts';

/** Statuses under which a subscription grants the features of its products. */
const granting = new Set(['trialing', 'active', 'past_due']);

/** What a customer may use, one entry a feature however many products grant it. */
export function activeEntitlements(world: World, customer: string): Stripe.Entitlements.ActiveEntitlement[] {
  const products = world.subscriptions
    .where((row) => row.customer === customer && granting.has(row.status))
    .flatMap((row) => row.items.data.map((item) => item.price.product));
  const features = products
    .flatMap((product) => world.productFeatures.get(product) ?? [])
    .map((row) => row.entitlement_feature);
  return [...new Map(features.map((feature) => [feature.id, feature])).values()].map(
    (feature) =>
      ({
        id: `ent_test_${customer}_${feature.id}`,
        object: 'entitlements.active_entitlement',
        feature: feature.id,
        livemode: false,
        lookup_key: feature.lookup_key,
      }) satisfies Stripe.Entitlements.ActiveEntitlement,
  );
}

/** Tells, if what a customer may use is not what was told last. */
export function tellChanges(world: World, customer: string): void {
  const held = activeEntitlements(world, customer);
  const now = held.map((row) => row.lookup_key);
  const before = world.toldEntitlements.get(customer) ?? [];
  if (before.join() === now.join()) return;
  world.toldEntitlements.set(customer, now);
  const summary = {
    object: 'entitlements.active_entitlement_summary',
    customer,
    entitlements: wholeList(`/v1/customer/${customer}/entitlements`, held),
    livemode: false,
  } satisfies Stripe.Entitlements.ActiveEntitlementSummary;
  const previous = { entitlements: { data: before.map((lookup_key) => ({ lookup_key })) } };
  world.emit('entitlements.active_entitlement_summary.updated', summary, previous);
  const kinds = [
    ['added', now.some((key) => !before.includes(key))],
    ['removed', before.some((key) => !now.includes(key))],
  ] as const;
  const base = 'v1.entitlements.active_entitlement_summary.entitlement';
  for (const [kind, happened] of kinds)
    if (happened) keepThin(world, { type: `${base}_${kind}`, created: world.time.now });
}

export function grantFeatures(world: World): void {
  world.hooks.subscriptionChanged.push((row) => tellChanges(world, row.customer));
}
