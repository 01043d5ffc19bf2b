import { expect, test } from 'vitest';
import { billingCycles, soldTiers } from '../../server/core/plans.ts';
import {
  compareCatalogue,
  completeCatalogue,
  priceListOf,
} from '../../server/integrations/payments/stripe/catalogue.ts';
import { missingPrices, parsePriceList } from '../../server/integrations/payments/stripe/price-list.ts';
import { StripeEmulator } from '../emulators/stripe/emulator.ts';

test('comparing makes nothing; completing makes each price once, and a wrong amount anew', async () => {
  const stripe = new StripeEmulator().client();
  const before = await compareCatalogue(stripe);
  expect(before.filter(({ change }) => change === 'create')).toHaveLength(
    soldTiers.length * billingCycles.length,
  );
  expect((await stripe.prices.list()).data).toEqual([]);
  expect(priceListOf(before)).toBeNull();
  const list = priceListOf(await completeCatalogue(stripe, before)) ?? '';
  expect(missingPrices(parsePriceList(list))).toEqual([]);
  const after = await compareCatalogue(stripe);
  expect(after.every(({ change }) => change === 'none')).toBe(true);
  expect(priceListOf(after)).toBe(list);

  const [first] = after;
  await stripe.prices.create({
    product: 'repspheres_repx1',
    currency: 'usd',
    unit_amount: 1,
    recurring: { interval: 'month' },
    lookup_key: 'repx1.monthly',
    transfer_lookup_key: true,
  });
  const drifted = await compareCatalogue(stripe);
  expect(drifted.filter(({ change }) => change === 'create').map(({ plan }) => plan)).toEqual([first?.plan]);
});
