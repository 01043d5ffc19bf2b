import { billingCycles, plans, soldTiers } from '../../../server/core/plans.ts';
import { createPrice } from '../../emulators/stripe/catalog/price.ts';
import { createProduct } from '../../emulators/stripe/catalog/product.ts';
import type { StripeEmulator } from '../../emulators/stripe/emulator.ts';

/** Makes the plans of the catalogue in an account; gives STRIPE_PRICES. */
export function sell({ world }: StripeEmulator): string {
  const parts: string[] = [];
  for (const tier of soldTiers) {
    const product = createProduct(world, { name: plans[tier].name });
    for (const cycle of billingCycles) {
      const price = createPrice(world, {
        product: product.id,
        currency: 'usd',
        unit_amount: plans[tier].cents[cycle],
        recurring: { interval: cycle === 'annual' ? 'year' : 'month' },
      });
      parts.push(`${tier}.${cycle}=${price.id}`);
    }
  }
  const other = createProduct(world, { name: 'Something that is no plan' });
  createPrice(world, {
    product: other.id,
    currency: 'usd',
    unit_amount: 500,
    recurring: { interval: 'month' },
  });
  return parts.join(',');
}
