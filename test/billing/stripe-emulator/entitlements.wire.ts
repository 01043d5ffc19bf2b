import { expect, it } from 'vitest';
import { day, eventTypes, itemOf, subscribed, type TestAccount, testAccount } from './account.ts';

async function withFeatures() {
  const account = await testAccount();
  for (const [key, price] of [
    ['sms', account.prices.middle],
    ['numbers', account.prices.large],
  ] as const) {
    const feature = await account.stripe.entitlements.features.create({ lookup_key: key, name: key });
    const { product } = await account.stripe.prices.retrieve(price);
    await account.stripe.products.createFeature(String(product), { entitlement_feature: feature.id });
  }
  return account;
}

const keysOf = async ({ stripe }: TestAccount, customer: string) =>
  (await stripe.entitlements.activeEntitlements.list({ customer })).data.map((row) => row.lookup_key);

it('the features of the products subscribed to are entitlements, and change with the plan', async () => {
  const account = await withFeatures();
  const subscription = await subscribed(account);
  const customer = String(subscription.customer);
  expect(await keysOf(account, customer)).toEqual(['sms']);
  await account.stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: account.prices.large }],
  });
  expect(await keysOf(account, customer)).toEqual(['numbers']);
  const told = (await eventTypes(account)).filter((type) => type.startsWith('entitlements.'));
  expect(told).toHaveLength(2);
});

it('past due keeps them, the end takes them away', async () => {
  const account = await withFeatures();
  const subscription = await subscribed(account);
  const customer = String(subscription.customer);
  account.emulator.person.cardsBecome(customer, 'declines');
  await account.emulator.advance(30 * day + 3600);
  expect(await keysOf(account, customer)).toEqual(['sms']);
  await account.stripe.subscriptions.cancel(subscription.id);
  expect(await keysOf(account, customer)).toEqual([]);
});
