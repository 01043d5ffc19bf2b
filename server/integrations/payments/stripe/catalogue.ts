import type Stripe from 'stripe';
import { billingCycles, plans, soldTiers } from '../../../core/plans.ts';
import type { PlanPrice } from './price-list.ts';

/** What a plan's price lacks at Stripe; `change` says it to a person. */
export interface CatalogueStep {
  readonly plan: PlanPrice;
  readonly priceId: string | null;
  readonly change: 'none' | 'create';
}

const lookupKey = ({ tier, cycle }: PlanPrice) => `${tier}.${cycle}`;
const productId = (tier: string) => `repspheres_${tier}`;

/** The plans beside what Stripe sells under their lookup keys; a price of another amount counts as missing. */
export async function compareCatalogue(stripe: Stripe): Promise<CatalogueStep[]> {
  const wanted = soldTiers.flatMap((tier) => billingCycles.map((cycle) => ({ tier, cycle })));
  const found = await stripe.prices.list({ lookup_keys: wanted.map(lookupKey), active: true, limit: 100 });
  return wanted.map((plan) => {
    const price = found.data.find((one) => one.lookup_key === lookupKey(plan));
    const fits =
      price?.unit_amount === plans[plan.tier].cents[plan.cycle] &&
      price.currency === 'usd' &&
      price.recurring?.interval === intervalOf(plan);
    return { plan, priceId: fits ? price.id : null, change: fits ? 'none' : 'create' };
  });
}

/** Makes what is missing; a new price takes the lookup key over, and the old one stays with who has it. */
export async function completeCatalogue(
  stripe: Stripe,
  steps: readonly CatalogueStep[],
): Promise<CatalogueStep[]> {
  const done: CatalogueStep[] = [];
  for (const step of steps) done.push(step.change === 'none' ? step : await createPrice(stripe, step));
  return done;
}

async function createPrice(stripe: Stripe, { plan }: CatalogueStep): Promise<CatalogueStep> {
  const { name, cents } = plans[plan.tier];
  const known = await stripe.products.list({ ids: [productId(plan.tier)] });
  if (known.data.length === 0)
    await stripe.products.create({ id: productId(plan.tier), name: `RepX ${name}` });
  const price = await stripe.prices.create({
    product: productId(plan.tier),
    currency: 'usd',
    unit_amount: cents[plan.cycle],
    recurring: { interval: intervalOf(plan) },
    lookup_key: lookupKey(plan),
    transfer_lookup_key: true,
  });
  return { plan, priceId: price.id, change: 'create' };
}

/** The line for STRIPE_PRICES; null while a price is missing. */
export function priceListOf(steps: readonly CatalogueStep[]): string | null {
  if (steps.some(({ priceId }) => priceId === null)) return null;
  return steps.map(({ plan, priceId }) => `${lookupKey(plan)}=${priceId}`).join(',');
}

function intervalOf({ cycle }: PlanPrice): 'month' | 'year' {
  return cycle === 'annual' ? 'year' : 'month';
}
