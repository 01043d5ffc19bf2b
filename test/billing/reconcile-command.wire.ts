import { expect, test } from 'vitest';
import { startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { runCommand } from '../support/command.ts';
import { testDatabase, testDatabaseUrl, testOrganisation } from '../support/database.ts';
import { sellPlans } from './stripe-backend.ts';

/** `npm run billing:reconcile`, as a person runs it. */
const reconcile = async (variables: Record<string, string>, given: readonly string[] = []) =>
  runCommand('billing-reconcile', { DATABASE_URL: await testDatabaseUrl(), ...variables }, given);

test('billing:reconcile tells its progress and ends with 0 when all is as Stripe says; a second run finds nothing', async () => {
  await using listening = await startStripeEmulator();
  const stripe = listening.emulator.client();
  const prices = await sellPlans(stripe);
  const { orgId } = await testOrganisation(await testDatabase(), { tier: 'repx0' });
  const { id: customer } = await stripe.customers.create({ metadata: { organisation_id: orgId } });
  listening.emulator.person.useCard(customer, 'pm_card_visa');
  const price = /repx3.monthly=([^,]+)/.exec(prices)?.[1] ?? '';
  await stripe.subscriptions.create({ customer, items: [{ price }] });
  const variables = {
    STRIPE_SECRET_KEY: listening.emulator.secretKey,
    STRIPE_WEBHOOK_SECRETS: 'whsec_example',
    STRIPE_PRICES: prices,
    STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
    LOG_LEVEL: 'silent',
  };
  const first = await reconcile(variables);
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/full {2}checked 1 {2}drifted 1 {2}repaired 1 {2}parked 0 {2}finished/),
  });
  expect(await reconcile(variables)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/checked 1 {2}drifted 0 {2}repaired 0 {2}parked 0 {2}finished/),
  });
  expect(await reconcile(variables, ['--recent'])).toMatchObject({ code: 0 });
}, 120_000);

test('without Stripe it says so and ends with 2', async () => {
  expect(await reconcile({})).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('STRIPE_SECRET_KEY'),
  });
});
