import type Stripe from 'stripe';
import { billingCycles, plans, soldTiers } from '../../../core/plans.ts';
import type { Tier } from '../../../core/tiers.ts';
import { calling, isMissing } from './call.ts';
import type { PlanPrice, PriceList } from './price-list.ts';
import type { SyncStep } from './sync-step.ts';

/** The price of a plan at Stripe, and the prices it had before, which older subscriptions still have. */
export interface PriceStep extends SyncStep {
  readonly plan: PlanPrice;
  readonly olderIds: readonly string[];
}

const lookupKey = ({ tier, cycle }: PlanPrice) => `${tier}.${cycle}`;
const productId = (tier: Tier) => `repspheres_${tier}`;
const intervalOf = ({ cycle }: PlanPrice) => (cycle === 'annual' ? 'year' : 'month');

/** The products of the plans beside what Stripe has under their ids; nothing is changed. */
export async function compareProducts(stripe: Stripe): Promise<SyncStep[]> {
  const found = await calling(() => stripe.products.list({ ids: soldTiers.map(productId), limit: 100 }));
  return soldTiers.map((tier) => {
    const id = productId(tier);
    const name = `RepX ${plans[tier].name}`;
    const product = found.data.find((one) => one.id === id);
    const step = { name: `product ${id}`, id: product?.id ?? null };
    if (product?.active) return { ...step, lacks: null, mend: null };
    const mend = (idempotencyKey: string) =>
      product === undefined
        ? stripe.products.create({ id, name }, { idempotencyKey })
        : stripe.products.update(id, { active: true }, { idempotencyKey });
    return { ...step, lacks: product === undefined ? 'missing' : 'archived', mend };
  });
}

/**
 * The prices of the plans beside what Stripe sells under their lookup keys; nothing is changed. A price of another amount is
 * replaced: the new one takes the lookup key over, and the old one stays with who has it.
 */
export async function comparePrices(stripe: Stripe, configured: PriceList): Promise<PriceStep[]> {
  const wanted = soldTiers.flatMap((tier) => billingCycles.map((cycle) => ({ tier, cycle })));
  const byTier = new Map<Tier, Stripe.Price[]>();
  for (const tier of soldTiers) byTier.set(tier, await pricesOf(stripe, tier));
  return wanted.map((plan) => {
    const known = (byTier.get(plan.tier) ?? []).filter(
      (price) => price.recurring?.interval === intervalOf(plan),
    );
    const keyed = known.find((price) => price.active && price.lookup_key === lookupKey(plan));
    const fits = keyed?.unit_amount === plans[plan.tier].cents[plan.cycle] && keyed.currency === 'usd';
    const sold = fits ? keyed.id : null;
    const older = [...known.map(({ id }) => id), ...configured.pricesOf(plan)].filter((id) => id !== sold);
    return {
      ...{ name: `price ${lookupKey(plan)}`, id: sold, plan, olderIds: [...new Set(older)] },
      lacks: fits ? null : keyed === undefined ? 'missing' : `of another amount (${keyed.id})`,
      mend: fits ? null : (key) => createPrice(stripe, plan, key),
    };
  });
}

/** All that a product ever sold for; of a product that is not there, none. */
async function pricesOf(stripe: Stripe, tier: Tier): Promise<Stripe.Price[]> {
  const prices: Stripe.Price[] = [];
  for (let after: string | undefined; ; after = prices.at(-1)?.id) {
    const page = { product: productId(tier), limit: 100, ...(after && { starting_after: after }) };
    const list = await calling(() => stripe.prices.list(page));
    prices.push(...list.data);
    if (!list.has_more) return prices;
  }
}

function createPrice(stripe: Stripe, plan: PlanPrice, idempotencyKey: string): Promise<Stripe.Price> {
  const price = {
    product: productId(plan.tier),
    currency: 'usd',
    unit_amount: plans[plan.tier].cents[plan.cycle],
    recurring: { interval: intervalOf(plan) },
    lookup_key: lookupKey(plan),
    transfer_lookup_key: true,
  };
  return stripe.prices.create(price, { idempotencyKey });
}

/** Prices that a list names and Stripe does not have: of another account or mode, or mistyped. */
export async function unknownPrices(stripe: Stripe, configured: PriceList): Promise<string[]> {
  const unknown: string[] = [];
  for (const tier of soldTiers)
    for (const cycle of billingCycles)
      for (const id of configured.pricesOf({ tier, cycle }))
        if (!(await isThere(stripe, id))) unknown.push(id);
  return unknown;
}

async function isThere(stripe: Stripe, id: string): Promise<boolean> {
  try {
    await calling(() => stripe.prices.retrieve(id));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The line for STRIPE_PRICES, each price for sale before those that were, without `left`; null while one is missing. */
export function priceListOf(steps: readonly PriceStep[], left: readonly string[] = []): string | null {
  if (steps.some(({ id }) => id === null)) return null;
  const idsOf = ({ id, olderIds }: PriceStep) => [id, ...olderIds.filter((older) => !left.includes(older))];
  return steps.map((step) => `${lookupKey(step.plan)}=${idsOf(step).join('|')}`).join(',');
}
