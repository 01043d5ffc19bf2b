import { ne } from 'drizzle-orm';
import type Stripe from 'stripe';
import { billingEvents } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { billingCycles, plans, soldTiers } from '../../server/core/plans.ts';
import { comparePortal } from '../../server/integrations/payments/stripe/portal.ts';
import { mendSteps } from '../../server/integrations/payments/stripe/sync-step.ts';
import { billingOf } from '../../server/modules/billing/billing-access.ts';
import { processEvent } from '../../server/modules/billing/process-event.ts';
import { type ListeningStripe, startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { type TestBackend, type TestBackendParts, testBackend } from '../support/backend.ts';

/** The real backend before an emulated Stripe account; deliveries wait until a test sends them. */
export interface StripeBackend extends AsyncDisposable {
  readonly server: TestBackend;
  readonly listening: ListeningStripe;
  readonly stripe: Stripe;
  /** Sends every delivery that waits to the backend's door, in the order given, and processes what it stored; tells the statuses. */
  deliver(arrange?: (bodies: Deliverable[]) => Deliverable[]): Promise<number[]>;
  /** Processes what the door has stored, as the job does for each event. */
  work(): Promise<void>;
}

export interface Deliverable {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const appUrl = 'https://crm.example.com';

/** Makes the products and prices of the plans; gives STRIPE_PRICES. */
export async function sellPlans(stripe: Stripe): Promise<string> {
  const parts: string[] = [];
  for (const tier of soldTiers) {
    const product = await stripe.products.create({ name: plans[tier].name });
    for (const cycle of billingCycles) {
      const interval = cycle === 'annual' ? 'year' : 'month';
      const price = await stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount: plans[tier].cents[cycle],
        recurring: { interval },
      });
      parts.push(`${tier}.${cycle}=${price.id}`);
    }
  }
  return parts.join(',');
}

/** Makes the portal's configuration; gives STRIPE_PORTAL. */
export async function offerPortal(stripe: Stripe): Promise<string> {
  const [made] = await mendSteps([await comparePortal(stripe, null)]);
  return made?.id ?? '';
}

type Variables = Record<string, string>;

/** `variables` come on top of those that reach the account; they may be made of what is made there first. */
export async function stripeBackend(
  variables: Variables | ((stripe: Stripe) => Promise<Variables>) = {},
  parts: TestBackendParts = {},
): Promise<StripeBackend> {
  const listening = await startStripeEmulator();
  const { emulator } = listening;
  const stripe = emulator.client();
  const prices = await sellPlans(stripe);
  const { secret } = emulator.webhooks.listen('http://127.0.0.1:9/webhooks/stripe');
  const server = await testBackend(
    {
      STRIPE_SECRET_KEY: emulator.secretKey,
      STRIPE_WEBHOOK_SECRETS: `whsec_previous_secret,${secret}`,
      STRIPE_PRICES: prices,
      STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
      BILLING_RETURN_URLS: appUrl,
      ...(typeof variables === 'function' ? await variables(stripe) : variables),
    },
    parts,
  );
  const { http, ports } = server.backend;
  const { database } = ports;
  const work = async () => {
    const rows = await withSystemScope(database, 'read', ({ db }) =>
      db.select({ id: billingEvents.id }).from(billingEvents).where(ne(billingEvents.state, 'done')),
    );
    for (const { id } of rows) await processEvent(billingOf(ports), id);
  };
  return {
    server,
    listening,
    stripe,
    async deliver(arrange = (waiting) => waiting) {
      const waiting = emulator.webhooks.waiting;
      const requests = arrange(waiting.map((delivery) => emulator.webhooks.requestOf(delivery)));
      for (const delivery of waiting) emulator.webhooks.lose(delivery);
      const statuses: number[] = [];
      for (const { body, headers } of requests) {
        const response = await http.request('/webhooks/stripe', { method: 'POST', body, headers });
        statuses.push(response.status);
      }
      await work();
      return statuses;
    },
    work,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await listening.close();
    },
  };
}
