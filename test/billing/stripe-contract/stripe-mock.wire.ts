import { describe, expect, it } from 'vitest';
import { comparePrices, compareProducts } from '../../../server/integrations/payments/stripe/catalogue.ts';
import { compareMeters } from '../../../server/integrations/payments/stripe/meters.ts';
import { comparePortal } from '../../../server/integrations/payments/stripe/portal.ts';
import { parsePriceList } from '../../../server/integrations/payments/stripe/price-list.ts';
import { mendSteps, type SyncStep } from '../../../server/integrations/payments/stripe/sync-step.ts';
import { meterEventNames } from '../../../server/modules/usage/export/export.rules.ts';
import { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import type { WireRequest } from '../../emulators/stripe/wire/exchange.ts';
import { testDatabase } from '../../support/database.ts';
import { type Desk, emulatedDesk } from '../plan-changes/desk.ts';
import { histories } from '../plan-changes/histories.ts';
import { playHistory } from '../plan-changes/play.ts';
import { appUrl } from '../stripe-backend.ts';
import { emulatedStage } from './emulated.ts';
import { scenarios } from './scenarios.ts';
import { startStripeMock, stripeMockMissing } from './stripe-mock.ts';

/** What our code asks of Stripe beside changes of plan. */
async function callTheRest(desk: Desk): Promise<void> {
  const { payments } = desk.server.backend.ports;
  if (payments === null) throw new Error('Stripe is not configured');
  const { stripe } = desk.stage;
  for (const compare of [
    () => compareProducts(stripe),
    () => comparePrices(stripe, parsePriceList(desk.prices)),
    () => compareMeters(stripe, Object.values(meterEventNames)),
    async () => [await comparePortal(stripe, null)],
  ])
    await mendSteps<SyncStep>(await compare());
  const { orgId } = await desk.server.signIn({ tier: 'repx0' });
  const customerId = await payments.createCustomer({
    orgId,
    name: 'Example Devices',
    email: 'a@example.com',
  });
  const back = { successUrl: appUrl, cancelUrl: appUrl };
  const purchase = { kind: 'plan', tier: 'repx2', cycle: 'annual' } as const;
  const page = await payments.openCheckout({ checkoutId: 'chk_mock', orgId, customerId, purchase, ...back });
  await payments.expireCheckout(page.sessionId);
  await payments.openPortal(customerId, appUrl);
  await payments.listAddOnCheckouts(customerId);
  await payments.findCustomer(customerId);
  const { customerIds, next } = await payments.walk.listCustomers(null);
  await payments.walk.listCustomers(next ?? customerIds.at(-1) ?? null);
  await payments.walk.listEvents((await payments.walk.latestEvent()) ?? '');
  const [eventName, usedAt] = [meterEventNames.emails, Date.now()];
  const use = { eventName, customerId, identifier: 'mock:1', quantity: 3, usedAt };
  await payments.metering.send(use);
  const from = Math.floor(usedAt / 3_600_000) * 3_600_000;
  await payments.metering.counted({ eventName, customerId, from, to: from + 3_600_000 });
}

const missing = stripeMockMissing();
const title = missing === null ? '' : ` (not checked: ${missing})`;

describe.skipIf(missing !== null)(`stripe-mock${title}`, () => {
  it('takes all that the SDK sends in the scenarios', async () => {
    await using mock = await startStripeMock();
    const sent: WireRequest[] = [];
    for (const { play } of scenarios) {
      const emulator = new StripeEmulator();
      emulator.onRequest((request) => void sent.push(request));
      await play(emulatedStage(emulator));
    }
    const objections: string[] = [];
    for (const request of sent) {
      const said = await mock.objection(request);
      if (said !== null) objections.push(said);
    }
    expect(sent.length).toBeGreaterThan(100);
    expect(objections).toEqual([]);
  });

  it('takes all that our own code sends', { timeout: 120_000 }, async () => {
    await using mock = await startStripeMock();
    await using desk = await emulatedDesk(testDatabase());
    const sent: WireRequest[] = [];
    desk.onRequest?.((request) => void sent.push(request));
    for (const history of histories.filter((_, index) => index % 4 === 0)) await playHistory(desk, history);
    await callTheRest(desk);
    const objections = new Set<string>();
    for (const request of sent) {
      const said = await mock.objection(request);
      if (said !== null) objections.add(said);
    }
    expect(sent.length).toBeGreaterThan(500);
    expect([...objections]).toEqual([]);
  });

  it('objects to a parameter that Stripe does not know', async () => {
    await using mock = await startStripeMock();
    const headers = {
      authorization: 'Bearer sk_test_x',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const said = await mock.objection({
      method: 'POST',
      target: '/v1/customers',
      headers,
      body: 'nonsense=1',
    });
    expect(said).toContain('nonsense');
  });
});
