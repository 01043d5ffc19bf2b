import { sellPlans } from '../../billing/stripe-backend.ts';
import { startStripeEmulator } from '../../emulators/stripe/emulator.ts';
import { answer } from '../sockets/child.ts';

/** A Stripe account in a process of its own, in which each of these organisations has a subscription. */
async function open({ orgIds }: { orgIds: readonly string[] }) {
  const { emulator, port } = await startStripeEmulator();
  const stripe = emulator.client();
  const prices = await sellPlans(stripe);
  const price = /repx3\.monthly=([^,]+)/.exec(prices)?.[1] ?? '';
  const { secret } = emulator.webhooks.listen('http://127.0.0.1:9/webhooks/stripe');
  for (const orgId of orgIds) {
    const customer = await stripe.customers.create({ metadata: { organisation_id: orgId } });
    emulator.person.useCard(customer.id, 'pm_card_visa');
    await stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
  }
  const created = emulator.webhooks.waiting.filter(
    ({ event }) => event.type === 'customer.subscription.created',
  );
  let asked = 0;
  emulator.onRequest(() => {
    asked += 1;
  });
  requests = () => asked;
  const { secretKey } = emulator;
  return { port, secretKey, secret, prices, bodies: created.map(({ body }) => body) };
}
export type OpenedStripe = Awaited<ReturnType<typeof open>>;

let requests = () => 0;

answer({ open, requests: () => requests() });
