import Stripe from 'stripe';
import type { Database } from '../../../db/client.ts';
import { billingOf } from '../../../server/modules/billing/billing-access.ts';
import { processEvent } from '../../../server/modules/billing/process-event.ts';
import { startStripeEmulator } from '../../emulators/stripe/emulator.ts';
import { type TestBackend, testBackend } from '../../support/backend.ts';
import { appUrl, sellPlans } from '../stripe-backend.ts';
import { emulatedStage } from '../stripe-contract/emulated.ts';
import type { Stage } from '../stripe-contract/stage.ts';

/** Our billing in front of a Stripe account, emulated or of test mode. */
export interface Desk extends AsyncDisposable {
  readonly server: TestBackend;
  readonly stage: Stage;
  /** STRIPE_PRICES. */
  readonly prices: string;
  /** Pays on a checkout page as a person does, which we are told of twice; null where only a browser can. */
  readonly completeCheckout: ((sessionId: string) => Promise<void>) | null;
  /** Calls `see` for each request from now on; null where requests leave for Stripe. */
  readonly onRequest: Awaited<ReturnType<typeof startStripeEmulator>>['emulator']['onRequest'] | null;
}

/** A desk on the emulator; `database` is left open. */
export async function emulatedDesk(database: Promise<Database>): Promise<Desk> {
  const listening = await startStripeEmulator();
  const { emulator } = listening;
  const stage = emulatedStage(emulator);
  const hook = { types: ['checkout.session.completed'] };
  const variables = {
    STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
    STRIPE_WEBHOOK_SECRETS: emulator.webhooks.listen('http://127.0.0.1:9/webhooks/stripe', hook).secret,
  };
  const desk = await openDesk(database, { stage, secretKey: emulator.secretKey, variables });
  const { http, ports } = desk.server.backend;
  return {
    ...desk,
    async completeCheckout(sessionId) {
      emulator.person.completeCheckout(sessionId, { card: 'pm_card_visa' });
      for (const delivery of emulator.webhooks.waiting) {
        const { body, headers } = emulator.webhooks.requestOf(delivery);
        for (let told = 0; told < 2; told += 1) {
          await http.request('/webhooks/stripe', { method: 'POST', body, headers });
          await processEvent(billingOf(ports), delivery.event.id);
        }
        emulator.webhooks.lose(delivery);
      }
    },
    onRequest: (see) => emulator.onRequest(see),
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      await listening.close();
    },
  };
}

/** A desk on Stripe's test mode. It hears of nothing by itself: Stripe cannot reach this machine. */
export function testModeDesk(database: Promise<Database>, secretKey: string): Promise<Desk> {
  const stage: Stage = {
    stripe: new Stripe(secretKey, { maxNetworkRetries: 2 }),
    run: `plans${Date.now()}`,
    lookEveryMs: 2_000,
    metersCount: async () => {},
  };
  const variables = { STRIPE_WEBHOOK_SECRETS: 'whsec_nothing_is_delivered' };
  return openDesk(database, { stage, secretKey, variables });
}

async function openDesk(
  database: Promise<Database>,
  account: { stage: Stage; secretKey: string; variables: Record<string, string> },
): Promise<Desk> {
  const { stage, secretKey, variables } = account;
  const prices = await sellPlans(stage.stripe);
  const server = await testBackend(
    {
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_PRICES: prices,
      BILLING_RETURN_URLS: appUrl,
      ...variables,
    },
    { database },
  );
  return {
    ...{ server, stage, prices, completeCheckout: null, onRequest: null },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
