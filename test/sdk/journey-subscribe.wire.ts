import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { subscriptions } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { offerPortal, sellPlans } from '../billing/stripe-backend.ts';
import { startStripeEmulator } from '../emulators/stripe/emulator.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { browserTab } from './browser-tab.ts';
import { type ListeningBackend, listeningBackend } from './listening-backend.ts';

const origin = 'https://crm.example.com';
const email = 'robin.j1@example.com';

/** The backend on a port with its jobs running, and a Stripe that reaches its door by itself. */
async function backendWithStripe() {
  const listening = await startStripeEmulator({ startAt: new Date() });
  const { webhooks } = listening.emulator;
  const stripe = listening.emulator.client();
  const prices = await sellPlans(stripe);
  const portal = await offerPortal(stripe);
  const backend = await listeningBackend(origin, (url) => ({
    OFFLINE_CHUNK_MS: '0',
    STRIPE_SECRET_KEY: listening.emulator.secretKey,
    STRIPE_WEBHOOK_SECRETS: webhooks.listen(`${url}/webhooks/stripe`).secret,
    STRIPE_PRICES: prices,
    STRIPE_PORTAL: portal,
    STRIPE_BASE_URL: `http://127.0.0.1:${listening.port}`,
    BILLING_RETURN_URLS: origin,
  }));
  await backend.server.backend.jobs.start();
  webhooks.automatic = true;
  return {
    ...{ backend, emulator: listening.emulator },
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      await listening.close();
    },
  };
}

async function signUp(browser: Browser, { server }: ListeningBackend): Promise<void> {
  const person = { name: 'Robin Example', email, password: 'a long enough phrase 42' };
  expect((await browser.post('/api/auth/sign-up/email', person)).status).toBe(200);
  await browser.open(await server.mailbox.link(email));
}

/** What a subscription has brought so far. */
function collected<Item>(follow: (onData: (item: Item) => void) => unknown): Item[] {
  const items: Item[] = [];
  follow((item) => items.push(item));
  return items;
}

test('J1 through the SDK: plans, sign-up, checkout, rights pushed over the socket, usage, invoice, portal, cancellation', async () => {
  await using stripe = await backendWithStripe();
  const { backend, emulator } = stripe;
  const browser = new Browser(backend.server.backend, origin);
  await using visitor = browserTab(browser, { url: backend.url, app: 'global' });

  const { plans, byTier } = await visitor.billing.plans.query();
  expect(plans.map(({ tier, monthly }) => [tier, monthly.amount])).toEqual([
    ['repx1', 9_700],
    ['repx2', 19_700],
    ['repx3', 29_700],
    ['repx4', 49_700],
    ['repx5', 99_700],
  ]);
  for (const plan of plans) {
    expect(plan.annual.amount).toBe(10 * plan.monthly.amount);
    expect(byTier[plan.tier]).toEqual(plan);
    expect(plan.features.basic.length).toBeGreaterThan(0);
  }

  await signUp(browser, backend);
  await using page = browserTab(browser, { url: backend.url, app: 'crm' });
  const session = await page.session.get();
  expect(session).toMatchObject({ kind: 'member', user: { email } });
  const before = await page.entitlements.get.query();
  expect(before).toMatchObject({
    tier: 'repx0',
    status: 'none',
    features: { agentTimeLimit: 30, emailAccess: false },
    resetsAt: expect.any(String),
  });
  expect(new Set(Object.values(before.usage))).toEqual(new Set([0]));
  const rights = collected<typeof before>((onData) => page.entitlements.follow.subscribe({}, { onData }));
  await expect.poll(() => rights).toHaveLength(1);

  const order = {
    tier: 'repx3',
    billingCycle: 'annual',
    successUrl: `${origin}/subscribe/success`,
    cancelUrl: `${origin}/subscribe`,
  } as const;
  const once = { idempotencyKey: randomUUID() };
  const checkout = await page.billing.checkout.mutate(order, once);
  expect(await page.billing.checkout.mutate(order, once)).toEqual(checkout);
  await expect(
    page.billing.checkout.mutate({ ...order, successUrl: 'https://evil.example.net/subscribe/success' }),
  ).rejects.toMatchObject({ code: 'request.invalid', fields: [{ path: 'successUrl' }] });
  const sold = await emulator.client().checkout.sessions.retrieve(checkout.sessionId);
  expect(sold.client_reference_id).toBe(session?.organisation.id);

  emulator.person.completeCheckout(checkout.sessionId, { card: 'pm_card_visa' });
  await emulator.settled();
  const completed = emulator.webhooks.all.find(({ event }) => event.type === 'checkout.session.completed');
  if (completed === undefined) throw new Error('Stripe told nothing');
  expect(await emulator.webhooks.deliver(completed)).toBe(200);
  expect(completed.attempts).toEqual([200, 200]);
  await expect.poll(() => rights.at(-1)?.tier, { timeout: 10_000 }).toBe('repx3');
  const paid = await page.entitlements.get.query();
  expect(rights.at(-1)).toEqual(paid);
  expect(paid).toMatchObject({
    ...{ tier: 'repx3', tierName: 'Business', status: 'active', cancelAtPeriodEnd: false },
    currentPeriodEnd: expect.any(String),
    features: { phoneAccess: true, twilioProvisioning: true, gmailIntegration: false, agentTimeLimit: 900 },
    ...{ agentSeconds: 900, unlimited: false, limits: { aiQueries: 500 } },
    connections: { phone: true, sms: true, email: true, gmail: false },
    usage: { canvas_briefs: 0, ripples: 0 },
  });
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select()
      .from(subscriptions)
      .where(eq(subscriptions.orgId, session?.organisation.id ?? '')),
  );
  expect(rows).toHaveLength(1);

  const used = collected<{ meters: Record<'aiQueries', { used: number; remaining: number | null }> }>(
    (onData) => page.usage.follow.subscribe({}, { onData }),
  );
  const [agent] = (await page.agents.list.query()).items;
  const run = page.runs.startAndFollow({ agentId: agent?.id ?? '', message: 'Hello' });
  expect(await run.finished).toMatchObject({ status: 'completed' });
  await expect
    .poll(() => used.at(-1)?.meters.aiQueries, { timeout: 10_000 })
    .toMatchObject({ used: 1, remaining: 499 });

  const { items: invoices } = await page.billing.invoices.query();
  expect(invoices).toEqual([
    {
      ...{ id: expect.any(String), date: expect.any(String), description: expect.any(String) },
      ...{ amount: 297_000, status: 'paid', invoice_url: expect.stringMatching(/^https:/) },
    },
  ]);
  const portal = await page.billing.portal.mutate({ returnUrl: `${origin}/account` });
  expect(portal.url).toMatch(/^https:\/\/billing\.stripe\.com\//);
  const price = emulator.world.prices.all.at(-1)?.id ?? '';
  expect(() => emulator.person.changePlanInPortal(rows[0]?.id ?? '', price)).toThrow(/does not offer/);
  await expect(page.billing.portal.mutate({ returnUrl: 'https://evil.example.net/' })).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ path: 'returnUrl' }],
  });

  emulator.person.cancelInPortal(rows[0]?.id ?? '');
  await emulator.settled();
  await expect.poll(() => rights.at(-1)?.cancelAtPeriodEnd, { timeout: 10_000 }).toBe(true);
  expect(rights.at(-1)).toMatchObject({ tier: 'repx3', currentPeriodEnd: paid.currentPeriodEnd });
});
