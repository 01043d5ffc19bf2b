import { describe, expect, test } from 'vitest';
import {
  comparePrices,
  compareProducts,
  priceListOf,
} from '../../server/integrations/payments/stripe/catalogue.ts';
import { compareMeters } from '../../server/integrations/payments/stripe/meters.ts';
import { missingPrices, parsePriceList } from '../../server/integrations/payments/stripe/price-list.ts';
import { mendSteps } from '../../server/integrations/payments/stripe/sync-step.ts';
import { meterEventNames } from '../../server/modules/usage/export/export.rules.ts';
import { StripeEmulator, startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { runCommand } from '../support/command.ts';

const none = parsePriceList('');
const lacking = <T extends { lacks: string | null; name: string }>(steps: readonly T[]) =>
  steps.filter(({ lacks }) => lacks !== null).map(({ name, lacks }) => `${name}: ${lacks}`);

describe('npm run billing:sync', () => {
  test('makes nothing unasked, then all, then nothing; what has drifted is made anew, and the old prices stay known', async () => {
    await using listening = await startStripeEmulator();
    const stripe = listening.emulator.client();
    const variables = {
      STRIPE_SECRET_KEY: listening.emulator.secretKey,
      STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
    };
    const sync = (...given: string[]) => runCommand('billing-sync', variables, given);

    const dry = await sync();
    expect(dry).toMatchObject({ code: 1, stderr: '' });
    expect(dry.stdout.match(/: missing/g)).toHaveLength(5 + 10 + 6 + 1);
    expect((await stripe.prices.list()).data).toEqual([]);
    const made = await sync('--apply');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const list = /STRIPE_PRICES=(\S+)/.exec(made.stdout)?.[1] ?? '';
    expect(missingPrices(parsePriceList(list))).toEqual([]);
    const portal = /STRIPE_PORTAL=(bpc_\S+)/.exec(made.stdout)?.[1] ?? '';
    expect((await stripe.billingPortal.configurations.retrieve(portal)).active).toBe(true);
    const events = listening.emulator.world.events.all.length;
    const again = await sync('--apply');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`STRIPE_PRICES=${list}\n`) });
    expect(again.stdout).not.toContain('made');
    expect(listening.emulator.world.events.all).toHaveLength(events);

    const sold = parsePriceList(list).forSale({ tier: 'repx1', cycle: 'monthly' }) ?? '';
    const wrong = await stripe.prices.create({
      product: 'repspheres_repx1',
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
      lookup_key: 'repx1.monthly',
      transfer_lookup_key: true,
    });
    await stripe.products.update('repspheres_repx4', { active: false });
    await stripe.billingPortal.configurations.update(portal, { active: false });
    const [meter] = (await stripe.billing.meters.list()).data;
    await stripe.billing.meters.deactivate(meter?.id ?? '');
    expect(
      (await sync()).stdout.split('\n').filter((line) => /amount|archived|inactive|out of use/.test(line)),
    ).toEqual([
      'product repspheres_repx4: archived',
      `price repx1.monthly: of another amount (${wrong.id})`,
      `meter ${meter?.event_name}: inactive`,
      'portal configuration: out of use',
    ]);
    const mended = await sync('--apply');
    expect(mended.code).toBe(0);
    const prices = parsePriceList(/STRIPE_PRICES=(\S+)/.exec(mended.stdout)?.[1] ?? '');
    for (const id of [sold, wrong.id]) expect(prices.planOf(id)).toEqual({ tier: 'repx1', cycle: 'monthly' });
    const mistyped = await runCommand('billing-sync', {
      ...variables,
      STRIPE_PRICES: 'repx1.monthly=price_x',
    });
    expect(mistyped).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('price_x, which Stripe does not'),
    });
    expect(/STRIPE_PRICES=(\S+)/.exec(mistyped.stdout)?.[1]).not.toContain('price_x');
    expect((await sync()).code).toBe(0);
    const foreign = await runCommand('billing-sync', { ...variables, STRIPE_PORTAL: 'bpc_other' });
    expect(foreign).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('STRIPE_PORTAL names bpc_other, which is not ours'),
    });
  });

  test('given wrong input says so in a line, and sends nothing', async () => {
    const cases: readonly [Record<string, string>, string[], RegExp][] = [
      [{}, [], /STRIPE_SECRET_KEY: must be set to a secret key of Stripe/],
      [{ STRIPE_SECRET_KEY: 'secret' }, [], /must be a secret key of Stripe/],
      [{ STRIPE_SECRET_KEY: 'sk_live_x' }, ['--apply'], /another mode than STRIPE_MODE/],
      [{ STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_PRICES: 'repx9=a' }, [], /'repx9'/],
      [{ STRIPE_SECRET_KEY: 'sk_test_x' }, ['--force'], /--force/],
    ];
    await Promise.all(
      cases.map(async ([variables, given, told]) => {
        const ended = await runCommand('billing-sync', variables, given);
        expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(told) });
        expect(ended.stderr).not.toContain('    at ');
      }),
    );
  });

  test('given a key that Stripe does not take says what Stripe said', async () => {
    await using listening = await startStripeEmulator();
    const ended = await runCommand('billing-sync', {
      STRIPE_SECRET_KEY: 'sk_test_of_somebody_else',
      STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
    });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Stripe did not do it: .+\n$/) });
  });
});

test('a meter that counts otherwise is left to a person; once it is inactive, a right one is made beside it', async () => {
  const stripe = new StripeEmulator().client();
  const event_name = meterEventNames.aiQueries;
  const { id } = await stripe.billing.meters.create({
    display_name: 'counts',
    event_name,
    default_aggregation: { formula: 'count' },
  });
  const compared = await compareMeters(stripe, [event_name]);
  expect(lacking(compared)).toEqual([expect.stringMatching(/counts by count, not sum: deactivate it/)]);
  expect(await mendSteps(compared)).toEqual(compared);
  await stripe.billing.meters.deactivate(id);
  const mended = await mendSteps(await compareMeters(stripe, [event_name]));
  expect(lacking(mended)).toEqual([]);
  expect(mended[0]?.id).not.toBe(id);
});

test('a price is lacking until it is there, and there is no list before', async () => {
  const compared = await comparePrices(new StripeEmulator().client(), none);
  expect(lacking(compared)).toHaveLength(10);
  expect(priceListOf(compared)).toBeNull();
});

test('what is made is made once, though the answer to its making was lost', async () => {
  const emulator = new StripeEmulator();
  const stripe = emulator.client();
  const { products, prices, meters } = emulator.world;
  for (const [held, compare] of [
    [products, () => compareProducts(stripe)],
    [prices, () => comparePrices(stripe, none)],
    [meters, () => compareMeters(stripe, Object.values(meterEventNames))],
  ] as const) {
    emulator.fail({ kind: 'reset', at: 'after', method: 'POST' });
    const mended = await mendSteps(await compare());
    expect(held.all.map(({ id }) => id).toSorted()).toEqual(mended.map(({ id }) => id).toSorted());
  }
});
