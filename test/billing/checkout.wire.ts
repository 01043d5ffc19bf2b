import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billingCheckouts, billingCustomers } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { IDEMPOTENCY_TTL_MS } from '../../server/core/idempotency.ts';
import { createPace } from '../../server/integrations/payments/pace.ts';
import { reconcileDeps } from '../../server/main/billing-operations.ts';
import { reconcileStep } from '../../server/modules/billing/reconcile/reconcile.ts';
import type { UsageSummary } from '../../server/modules/usage/usage.contract.ts';
import type { SignedIn } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { buyersAt, pageRows, returning, subscriptionRows } from './buying.ts';
import { type StripeBackend, stripeBackend } from './stripe-backend.ts';

let it: StripeBackend;
let ask: ReturnType<typeof buyersAt>['ask'];
let entitlements: ReturnType<typeof buyersAt>['entitlements'];
let buy: ReturnType<typeof buyersAt>['buy'];
beforeAll(async () => {
  it = await stripeBackend();
  ({ ask, entitlements, buy } = buyersAt(it));
});
afterAll(() => it[Symbol.asyncDispose]());

const prepaid = async (member: SignedIn) => {
  const { data } = await it.server.query('usage.summary', undefined, { token: member.token });
  return (data as unknown as UsageSummary | undefined)?.meters.aiQueries.prepaid;
};

const statusOf = async (sessionId: unknown) =>
  (await it.stripe.checkout.sessions.retrieve(String(sessionId))).status;

describe('one live subscription', () => {
  test('two clicks on one plan are one page; another plan closes the page before it', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const order = (tier: string) => ask(member, 'billing.checkout', { tier, ...returning });
    const [a, b] = await Promise.all([order('repx1'), order('repx1')]);
    expect(a.data).toEqual(b.data);
    const other = await order('repx2');
    expect(other.data?.sessionId).not.toBe(a.data?.sessionId);
    expect(await statusOf(a.data?.sessionId)).toBe('expired');
  });

  test('who has one is sent to change it, also when no delivery has come yet', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const { data } = await ask(member, 'billing.checkout', { tier: 'repx1', ...returning });
    it.listening.emulator.person.completeCheckout(String(data?.sessionId), { card: 'pm_card_visa' });
    const again = await ask(member, 'billing.checkout', { tier: 'repx2', ...returning });
    expect(again.failure?.code).toBe('billing.already-subscribed');
    expect(await entitlements(member)).toMatchObject({ tier: 'repx1' });
  });

  test('a second one that was paid all the same is ended, its rest credited, and ended once', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const [kept] = await subscriptionRows(member);
    it.listening.emulator.person.useCard(kept?.customerId ?? '', 'pm_card_visa');
    const second = await it.stripe.subscriptions.create({
      customer: kept?.customerId ?? '',
      items: [
        { price: (await it.stripe.subscriptions.retrieve(kept?.id ?? '')).items.data[0]?.price.id ?? '' },
      ],
      metadata: { checkout_id: 'chk_second' },
    });
    await it.deliver((waiting) => [...waiting, ...waiting]);
    await expect
      .poll(async () => (await it.stripe.subscriptions.retrieve(second.id)).status)
      .toBe('canceled');
    expect((await subscriptionRows(member)).filter(({ isCurrent }) => isCurrent).map(({ id }) => id)).toEqual(
      [kept?.id],
    );
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
  });
});

describe('a checkout under a key', () => {
  const keyed = (key: string) => ({ 'idempotency-key': `${key}-0123456789abcdef` });

  test('is one page, however often it is asked for', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const order = () => ask(member, 'billing.checkout', { tier: 'repx1', ...returning }, keyed('often'));
    const answers = await Promise.all([order(), order(), order()]);
    expect(new Set(answers.map(({ data }) => data?.sessionId)).size).toBe(1);
    expect((await order()).data).toEqual(answers[0]?.data);
  });

  test('that a later one has closed is refused, and leaves that one open', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const first = () => ask(member, 'billing.checkout', { tier: 'repx1', ...returning }, keyed('first'));
    await first();
    const later = await ask(member, 'billing.checkout', { tier: 'repx2', ...returning }, keyed('later'));
    expect((await first()).failure?.code).toBe('billing.checkout-expired');
    expect(await statusOf(later.data?.sessionId)).toBe('open');
  });

  test('whose page ran out is refused; after a day the key opens a new one', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const order = { addOn: 'aiQueries', quantity: 2, ...returning };
    const open = () => ask(member, 'billing.buyAddOn', order, keyed('pack'));
    const { data } = await open();
    await it.stripe.checkout.sessions.expire(String(data?.sessionId));
    expect((await open()).failure?.code).toBe('billing.checkout-expired');
    await withSystemScope(await testDatabase(), 'write', ({ db }) =>
      db
        .update(billingCheckouts)
        .set({ createdAt: new Date(Date.now() - IDEMPOTENCY_TTL_MS - 1_000) })
        .where(eq(billingCheckouts.orgId, member.orgId)),
    );
    const again = await open();
    expect(await statusOf(again.data?.sessionId)).toBe('open');
    expect(again.data?.sessionId).not.toBe(data?.sessionId);
  });
});

test('bought units are given once a payment, however often it is told, and used when the plan has none left', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  const order = { addOn: 'aiQueries', quantity: 20, ...returning };
  const { data, failure } = await ask(member, 'billing.buyAddOn', order);
  expect(failure).toBeNull();
  const page = await it.stripe.checkout.sessions.retrieve(String(data?.sessionId));
  expect(page.amount_total).toBe(1000);
  it.listening.emulator.person.completeCheckout(String(data?.sessionId), { card: 'pm_card_visa' });
  await it.deliver((waiting) => [...waiting, ...waiting, ...waiting]);
  await expect.poll(() => prepaid(member)).toBe(20);
  await it.deliver();
  expect(await prepaid(member)).toBe(20);
});

test('units paid by a bank debit are given when the money comes, told or found, and none when it does not', async () => {
  const { person } = it.listening.emulator;
  for (const [fate, units] of [
    ['told', 20],
    ['found', 20],
    ['refused', 0],
  ] as const) {
    const member = await it.server.signIn({ tier: 'repx0' });
    const { data } = await ask(member, 'billing.buyAddOn', {
      addOn: 'aiQueries',
      quantity: 20,
      ...returning,
    });
    const page = String(data?.sessionId);
    person.completeCheckout(page, { later: true });
    await it.deliver();
    expect(await prepaid(member)).toBe(0);
    person.paymentComes(page, fate !== 'refused');
    await it.deliver((waiting) => (fate === 'found' ? [] : waiting));
    if (fate === 'found') {
      const deps = reconcileDeps(it.server.backend.ports, createPace(1_000));
      while (!(await reconcileStep(deps, 'full')).done);
    }
    await expect.poll(() => prepaid(member)).toBe(units);
  }
});

test('nobody is sold units that they could not use', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  await buy(member, 'repx2');
  const [row] = await subscriptionRows(member);
  await it.stripe.subscriptions.pause(row?.id ?? '', { type: 'subscription' });
  await it.deliver();
  const order = { addOn: 'aiQueries', quantity: 20, ...returning };
  expect((await ask(member, 'billing.buyAddOn', order)).failure?.code).toBe('billing.read-only');
});

test('a customer is mapped before the checkout, once, and closed pages are noted', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  await Promise.all([
    ask(member, 'billing.checkout', { tier: 'repx1', ...returning }),
    ask(member, 'billing.buyAddOn', { addOn: 'aiQueries', quantity: 1, ...returning }),
  ]);
  const database = await testDatabase();
  const mapped = await withSystemScope(database, 'read', ({ db }) =>
    db.select().from(billingCustomers).where(eq(billingCustomers.orgId, member.orgId)),
  );
  expect(mapped).toHaveLength(1);
  const customer = await it.stripe.customers.retrieve(mapped[0]?.customerId ?? '');
  expect('metadata' in customer && customer.metadata.organisation_id).toBe(member.orgId);
  expect((await pageRows(member)).map(({ state }) => state)).toEqual(['open', 'open']);
});

test('two who ask at once under other names and addresses get one customer', async () => {
  const { payments } = it.server.backend.ports;
  const asked = { orgId: 'org_of_two_admins', name: 'Before', email: 'a@example.com' };
  const first = await payments?.createCustomer(asked);
  expect(await payments?.createCustomer({ ...asked, name: 'After', email: 'b@example.com' })).toBe(first);
  const customer = await it.stripe.customers.retrieve(String(first));
  expect(customer).toMatchObject({ name: 'After', metadata: { organisation_id: asked.orgId } });
});

test('a page of a customer that was deleted since is closed, and the next one is given another', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  const order = () => ask(member, 'billing.checkout', { tier: 'repx1', ...returning });
  const first = await it.stripe.checkout.sessions.retrieve(String((await order()).data?.sessionId));
  await it.stripe.customers.del(String(first.customer));
  await it.deliver();
  const { data, failure } = await order();
  expect(failure).toBeNull();
  const second = await it.stripe.checkout.sessions.retrieve(String(data?.sessionId));
  expect([second.status, await statusOf(first.id)]).toEqual(['open', 'expired']);
  expect(second.customer).not.toBe(first.customer);
});

test('a page whose end we were not told of is not given again', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  const order = { addOn: 'aiQueries', quantity: 3, ...returning };
  const open = async () => String((await ask(member, 'billing.buyAddOn', order)).data?.sessionId);
  const first = await open();
  expect(await open()).toBe(first);
  await it.stripe.checkout.sessions.expire(first);
  const second = await open();
  expect(second).not.toBe(first);
  it.listening.emulator.person.completeCheckout(second, { card: 'pm_card_visa' });
  expect(await open()).not.toBe(second);
  const { data } = await it.server.query('usage.summary', undefined, { token: member.token });
  expect(data).toMatchObject({ meters: { aiQueries: { prepaid: 3 } } });
});
