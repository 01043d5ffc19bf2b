import { describe, expect, it } from 'vitest';
import { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import type { WireRequest } from '../../emulators/stripe/wire/exchange.ts';
import { testDatabase } from '../../support/database.ts';
import { emulatedDesk } from '../plan-changes/desk.ts';
import { histories } from '../plan-changes/histories.ts';
import { playHistory } from '../plan-changes/play.ts';
import { emulatedStage } from './emulated.ts';
import { scenarios } from './scenarios.ts';
import { startStripeMock, stripeMockMissing } from './stripe-mock.ts';

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

  it('takes all that our own code sends while plans change', { timeout: 120_000 }, async () => {
    await using mock = await startStripeMock();
    await using desk = await emulatedDesk(testDatabase());
    const sent: WireRequest[] = [];
    desk.onRequest?.((request) => void sent.push(request));
    for (const history of histories.filter((_, index) => index % 4 === 0)) await playHistory(desk, history);
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
