import { type BillingCycle, billingCycles, soldTiers } from '../../../core/plans.ts';
import { parseTier, type Tier } from '../../../core/tiers.ts';

export interface PlanPrice {
  readonly tier: Tier;
  readonly cycle: BillingCycle;
}

/** Which of the vendor's prices are our plans: one for sale each, and any number that were once. */
export interface PriceList {
  forSale(plan: PlanPrice): string | null;
  planOf(priceId: string): PlanPrice | null;
  /** All of a plan, the one for sale first. */
  pricesOf(plan: PlanPrice): readonly string[];
}

/**
 * Reads `repx1.monthly=price_a,repx1.annual=price_b|price_old,…`: the first price of a plan is for sale, the others
 * are those that older subscriptions still have. Throws an Error naming the first part it cannot read.
 */
export function parsePriceList(text: string): PriceList {
  const sold = new Map<string, string>();
  const known = new Map<string, PlanPrice>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [name = '', ids = ''] = part.split('=');
    const plan = planNamed(name);
    const [first, ...older] = ids.split('|').filter(Boolean);
    if (plan === null || first === undefined || sold.has(keyOf(plan)))
      throw new Error(`'${name}' is not a plan with its prices, or is named twice`);
    sold.set(keyOf(plan), first);
    for (const id of [first, ...older]) {
      if (known.has(id)) throw new Error(`a price of '${name}' is named twice`);
      known.set(id, plan);
    }
  }
  return {
    forSale: (plan) => sold.get(keyOf(plan)) ?? null,
    planOf: (priceId) => known.get(priceId) ?? null,
    pricesOf: (plan) => [...known].filter(([, one]) => keyOf(one) === keyOf(plan)).map(([id]) => id),
  };
}

/** The plans that a list does not sell. */
export function missingPrices(list: PriceList): string[] {
  return soldTiers.flatMap((tier) =>
    billingCycles
      .filter((cycle) => list.forSale({ tier, cycle }) === null)
      .map((cycle) => keyOf({ tier, cycle })),
  );
}

function keyOf({ tier, cycle }: PlanPrice): string {
  return `${tier}.${cycle}`;
}

function planNamed(name: string): PlanPrice | null {
  const [tierText = '', cycleText] = name.split('.');
  const tier = parseTier(tierText);
  const cycle = billingCycles.find((one) => one === cycleText);
  return tier === null || tier === 'repx0' || cycle === undefined ? null : { tier, cycle };
}
