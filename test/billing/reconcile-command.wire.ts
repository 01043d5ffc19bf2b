import { expect, test } from 'vitest';
import { usageExports } from '../../db/schema/usage-exports.ts';
import { withSystemScope } from '../../db/tx.ts';
import { startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { runCommand } from '../support/command.ts';
import { testDatabase, testDatabaseUrl, testOrganisation } from '../support/database.ts';
import { sellPlans } from './stripe-backend.ts';

/** `npm run billing:reconcile`, as a person runs it. */
const reconcile = async (variables: Record<string, string>, given: readonly string[] = []) =>
  runCommand('billing-reconcile', { DATABASE_URL: await testDatabaseUrl(), ...variables }, given);

test('billing:reconcile tells its progress, ends with 0 when all is as Stripe says, and at once where the key is wrong', async () => {
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
  expect(await reconcile(variables, ['--recent'])).toMatchObject({ code: 0 });

  const hour = new Date('2026-11-01T08:00:00Z');
  await stripe.billing.meters.create({
    ...{ event_name: 'repspheres_emails', display_name: 'emails', default_aggregation: { formula: 'sum' } },
  });
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db.insert(usageExports).values({
      ...{ orgId, id: 'parked:1', customerId: customer, meter: 'emails', hour, sequence: 0, quantity: 5 },
      ...{
        usedAt: hour,
        state: 'parked',
        reason: 'refused: a test',
        identifier: 'parked:1',
        sendQuantity: 5,
      },
      nextAttemptAt: hour,
    }),
  );
  const stranger = { ...variables, STRIPE_SECRET_KEY: 'sk_test_of_somebody_else' };
  expect(await reconcile(stranger)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Stripe did not do it: Invalid API Key.*\n$/),
  });
  const [listed, unknown] = await Promise.all([
    reconcile(variables, ['--parked']),
    reconcile(variables, ['--release', 'parked:2']),
  ]);
  expect(listed).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^parked:1 {2}5 emails {2}cus_.* {2}refused: a test\n1 waiting\n$/),
  });
  expect(unknown).toMatchObject({ code: 1, stdout: expect.stringMatching(/^parked:2: no parked window/) });
  expect(await reconcile(variables, ['--release', 'parked:1'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^parked:1: what Stripe lacks/),
  });
}, 120_000);

test('without Stripe, or with an option it does not know, it says so in a line and ends with 2', async () => {
  const [unset, mistyped] = await Promise.all([reconcile({}), reconcile({}, ['--realese', 'x'])]);
  expect(unset).toMatchObject({ code: 2, stderr: expect.stringMatching(/^STRIPE_SECRET_KEY.*\n$/) });
  expect(mistyped).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^Unknown option '--realese'.*\n$/),
  });
});
