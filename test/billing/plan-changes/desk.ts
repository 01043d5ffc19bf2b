import Stripe from 'stripe';
import { type Database, openDatabase } from '../../../db/client.ts';
import { startBenchPostgres } from '../../bench/postgres.ts';
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
  /** Pays on a checkout page as a person does; null where only a browser can. */
  readonly completeCheckout: ((sessionId: string) => void) | null;
  /** Calls `see` for each request from now on; null where requests leave for Stripe. */
  readonly onRequest: Awaited<ReturnType<typeof startStripeEmulator>>['emulator']['onRequest'] | null;
}

/** A desk on the emulator; `database` is left open. */
export async function emulatedDesk(database: Promise<Database>): Promise<Desk> {
  const listening = await startStripeEmulator();
  const { emulator } = listening;
  const stage = emulatedStage(emulator);
  const address = { STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}` };
  const desk = await openDesk(database, { stage, secretKey: emulator.secretKey, address });
  return {
    ...desk,
    completeCheckout: (sessionId) =>
      void emulator.person.completeCheckout(sessionId, { card: 'pm_card_visa' }),
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
  return openDesk(database, { stage, secretKey, address: {} });
}

async function openDesk(
  database: Promise<Database>,
  account: { stage: Stage; secretKey: string; address: Record<string, string> },
): Promise<Desk> {
  const { stage, secretKey, address } = account;
  const prices = await sellPlans(stage.stripe);
  const server = await testBackend(
    {
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_WEBHOOK_SECRETS: 'whsec_nothing_is_delivered',
      STRIPE_PRICES: prices,
      BILLING_RETURN_URLS: appUrl,
      ...address,
    },
    { database },
  );
  return {
    ...{ server, stage, prices, completeCheckout: null, onRequest: null },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A database for a command, gone with it. */
export async function ownDatabase(): Promise<AsyncDisposable & { readonly database: Database }> {
  const postgres = await startBenchPostgres();
  const pool = { poolSize: 10, slowPoolSize: 2, prepare: true, applicationName: 'plans' };
  const database = openDatabase({ url: postgres.url, ...pool });
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await postgres[Symbol.asyncDispose]();
    },
  };
}
