import type { Database } from '../../../db/client.ts';
import { parsePriceList } from '../../../server/integrations/payments/stripe/price-list.ts';
import { stripePayments } from '../../../server/integrations/payments/stripe/stripe.ts';
import { type ListeningStripe, startStripeEmulator } from '../../emulators/stripe/emulator.ts';
import { testOrganisation } from '../../support/database.ts';
import { appUrl, sellPlans } from '../stripe-backend.ts';

/** What an organisation must have in the end. */
export interface Expected {
  readonly orgId: string;
  readonly subscriptionId: string;
  /** A second subscription, which must be ended once. */
  readonly surplusId: string | null;
  readonly prepaid: number;
}

export interface KillsAccount extends AsyncDisposable {
  readonly listening: ListeningStripe;
  readonly variables: Readonly<Record<string, string>>;
  readonly expected: readonly Expected[];
}

/** Stripe with so many customers of ours; all that happened to them waits to be told. */
export async function openAccount(database: Database, customers: number): Promise<KillsAccount> {
  const listening = await startStripeEmulator({ startAt: new Date() });
  const { emulator } = listening;
  const stripe = emulator.client();
  const prices = await sellPlans(stripe);
  const { secret } = emulator.webhooks.listen('http://127.0.0.1:9/webhooks/stripe');
  const baseUrl = `http://127.0.0.1:${listening.port}`;
  const { secretKey } = emulator;
  const list = parsePriceList(prices);
  const payments = stripePayments({ secretKey, webhookSecrets: [secret], prices: list, baseUrl });
  const price = list.forSale({ tier: 'repx3', cycle: 'monthly' }) ?? '';
  const expected: Expected[] = [];
  for (let index = 0; index < customers; index += 1) {
    const { orgId } = await testOrganisation(database, { tier: 'repx0' });
    const customer = await payments.createCustomer({ orgId, name: 'Example Devices', email: null });
    emulator.person.useCard(customer, 'pm_card_visa');
    const buy = (nth: number) =>
      stripe.subscriptions.create({
        customer,
        items: [{ price }],
        metadata: { organisation_id: orgId, checkout_id: `chk_${index}_${nth}` },
      });
    const first = await buy(1);
    // The older of two is kept; Stripe counts in seconds.
    await emulator.advance(1);
    const second = index % 3 === 0 ? await buy(2) : null;
    const prepaid = index % 2 === 0 ? 10 : 0;
    if (prepaid > 0) {
      const purchase = { kind: 'add-on', meter: 'aiQueries', quantity: prepaid } as const;
      const back = { successUrl: appUrl, cancelUrl: appUrl };
      const order = { checkoutId: `chk_${index}_units`, orgId, customerId: customer, purchase, ...back };
      const { sessionId } = await payments.openCheckout(order);
      emulator.person.completeCheckout(sessionId, { card: 'pm_card_visa' });
    }
    expected.push({ orgId, subscriptionId: first.id, surplusId: second?.id ?? null, prepaid });
  }
  return {
    ...{ listening, expected },
    variables: {
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_WEBHOOK_SECRETS: secret,
      STRIPE_PRICES: prices,
      STRIPE_BASE_URL: baseUrl,
    },
    [Symbol.asyncDispose]: () => listening.close(),
  };
}
