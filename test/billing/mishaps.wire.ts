import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignedIn } from '../support/backend.ts';
import { buyersAt, returning, subscriptionRows } from './buying.ts';
import { appUrl, type StripeBackend, stripeBackend } from './stripe-backend.ts';

/** What people meet when others, or the vendor, change something between two of their clicks. */

let it: StripeBackend;
let ask: ReturnType<typeof buyersAt>['ask'];
let buy: ReturnType<typeof buyersAt>['buy'];
let entitlements: ReturnType<typeof buyersAt>['entitlements'];
beforeAll(async () => {
  it = await stripeBackend();
  ({ ask, buy, entitlements } = buyersAt(it));
});
afterAll(() => it[Symbol.asyncDispose]());

const keyed = (key: string) => ({ 'idempotency-key': `${key}-0123456789abcdef` });
const preview = async ({ token }: SignedIn, input: object) => {
  const { data } = await it.server.query('billing.previewPlan', input, { token });
  return { prorationDate: data?.prorationDate, expected: { effect: data?.effect, dueNow: data?.dueNow } };
};
const customerOf = async (member: SignedIn) => (await subscriptionRows(member))[0]?.customerId ?? '';

describe('a change as it was shown', () => {
  test('is charged as it was shown', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    await it.listening.emulator.advance(9 * 86_400);
    const shown = await preview(member, { tier: 'repx3' });
    await it.listening.emulator.advance(600);
    const { failure } = await ask(member, 'billing.changePlan', { tier: 'repx3', ...shown });
    expect(failure).toBeNull();
    const [paid] = (await it.stripe.invoices.list({ customer: await customerOf(member), limit: 1 })).data;
    expect(shown.expected.dueNow).toEqual({ amount: paid?.amount_paid, currency: 'usd' });
  });

  test('is refused where another tab made it another one: of another price, or one that is planned', async () => {
    for (const [other, wanted] of [
      [{ tier: 'repx1', cycle: 'annual' }, 'repx3'],
      [{ tier: 'repx5' }, 'repx4'],
    ] as const) {
      const member = await it.server.signIn({ tier: 'repx0' });
      await buy(member, 'repx1');
      const shown = await preview(member, { tier: wanted });
      await ask(member, 'billing.changePlan', other);
      const { failure } = await ask(member, 'billing.changePlan', { tier: wanted, ...shown });
      expect(failure?.code).toBe('billing.preview-expired');
    }
  });

  test('is refused once its period is over, as is a date of another period', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const [row] = await subscriptionRows(member);
    const end = Number(row?.snapshot.currentPeriodEnd);
    await it.listening.emulator.advance(Math.floor(end / 1000) - it.listening.emulator.world.time.now - 300);
    const shown = await preview(member, { tier: 'repx3' });
    await it.listening.emulator.advance(400);
    const { failure } = await ask(member, 'billing.changePlan', { tier: 'repx3', ...shown });
    expect(failure?.code).toBe('billing.preview-expired');
    for (const prorationDate of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const { token } = member;
      const answer = await it.server.query(
        'billing.previewPlan',
        { tier: 'repx3', prorationDate },
        { token },
      );
      expect(answer.failure?.code).toBe('billing.preview-expired');
    }
  });

  test('that was begun as more and broke off does not become less when it is repeated after a higher plan', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const path = /\/subscriptions\//;
    it.listening.emulator.fail({ kind: 'status', status: 503, method: 'POST', path, times: 3 });
    const more = () => ask(member, 'billing.changePlan', { tier: 'repx3' }, keyed('more'));
    expect((await more()).failure?.code).toBe('billing.vendor-unavailable');
    await ask(member, 'billing.changePlan', { tier: 'repx5' }, keyed('most'));
    expect((await more()).failure?.code).toBe('billing.preview-expired');
    const [row] = await subscriptionRows(member);
    expect((await it.stripe.subscriptions.retrieve(row?.id ?? '')).schedule).toBeNull();
  });

  test('that broke off is charged as it was shown when it is repeated, or not at all', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const shown = await preview(member, { tier: 'repx3' });
    const fault = {
      kind: 'status',
      status: 503,
      method: 'POST',
      path: /\/subscriptions\//,
      times: 3,
    } as const;
    it.listening.emulator.fail(fault);
    const more = () => ask(member, 'billing.changePlan', { tier: 'repx3', ...shown }, keyed('shown'));
    expect((await more()).failure?.code).toBe('billing.vendor-unavailable');
    await ask(member, 'billing.changePlan', { tier: 'repx1', cycle: 'annual' });
    expect((await more()).failure?.code).toBe('billing.preview-expired');
  });

  test('to less is taken with what its preview said, and refused where it would be charged by now', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    const shown = await preview(member, { tier: 'repx2' });
    expect(shown).toMatchObject({ prorationDate: null, expected: { effect: 'at-period-end' } });
    const less = (key: string) => ask(member, 'billing.changePlan', { tier: 'repx2', ...shown }, keyed(key));
    expect((await less('less')).data).toMatchObject({ effect: 'at-period-end' });
    await ask(member, 'billing.changePlan', { tier: 'repx1' });
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    expect((await less('late')).failure?.code).toBe('billing.preview-expired');
  });

  test('to less again within a day of the last one begins with the next period', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    await ask(member, 'billing.changePlan', { tier: 'repx2' });
    const [row] = await subscriptionRows(member);
    const { world } = it.listening.emulator;
    const end = Number(row?.snapshot.currentPeriodEnd) / 1000;
    await it.listening.emulator.advance(end - world.time.now + 7_200);
    await it.deliver();
    const { data } = await ask(member, 'billing.changePlan', { tier: 'repx1' });
    expect(data).toMatchObject({ effect: 'at-period-end', subscription: { tier: 'repx2' } });
    await it.listening.emulator.advance(20 * 86_400);
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx2' });
    await it.listening.emulator.advance(12 * 86_400);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx1' });
  });

  test('that is planned is planned no more once it has begun', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    await ask(member, 'billing.changePlan', { tier: 'repx1' });
    await it.listening.emulator.advance(33 * 86_400);
    await it.deliver();
    const { data } = await ask(member, 'billing.resume');
    expect(data).toMatchObject({ tier: 'repx1', changePlanned: false });
    const [invoice] = (
      (await it.server.query('billing.invoices', undefined, { token: member.token })).data as {
        items: { description: string }[];
      }
    ).items;
    expect(invoice?.description).not.toMatch(/unused/i);
  });
});

describe('a page that could not be opened', () => {
  test('keeps nobody from another plan, nor from the same one once Stripe answers', async () => {
    for (const status of [400, 500]) {
      const member = await it.server.signIn({ tier: 'repx0' });
      const order = (tier: string) => ask(member, 'billing.checkout', { tier, ...returning });
      const path = /checkout\/sessions$/;
      it.listening.emulator.fail({
        kind: 'status',
        at: 'after',
        status,
        method: 'POST',
        path,
        shouldRetry: false,
      });
      expect((await order('repx1')).failure).not.toBeNull();
      expect((await order('repx2')).failure).toBeNull();
      expect((await order('repx1')).failure).toBeNull();
    }
  });

  test('under a key, and was overtaken by another plan, stays so when it is repeated, and leaves that one its page', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const path = /checkout\/sessions$/;
    it.listening.emulator.fail({ kind: 'status', status: 503, method: 'POST', path, times: 3 });
    const first = () => ask(member, 'billing.checkout', { tier: 'repx1', ...returning }, keyed('first'));
    expect((await first()).failure?.code).toBe('billing.vendor-unavailable');
    const { data } = await ask(member, 'billing.checkout', { tier: 'repx2', ...returning }, keyed('second'));
    expect((await first()).failure?.code).toBe('billing.checkout-expired');
    const page = await it.stripe.checkout.sessions.retrieve(String(data?.sessionId));
    expect(page.status).toBe('open');
  });

  test.each([
    'blob:https://crm.example.com/x',
    'https://crm.example.com\\@evil.example.net',
    'https://crm.example.com.evil.example.net/',
    'https://someone@crm.example.com/',
  ])('is asked for by no address like %j', async (text) => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const successUrl = text.replace('https://crm.example.com', appUrl);
    const { failure } = await ask(member, 'billing.checkout', { ...returning, tier: 'repx1', successUrl });
    expect(failure?.code).toBe('request.invalid');
  });
});

test('a customer that was deleted at Stripe, of which nobody told us, keeps nobody from buying or from the portal', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  await buy(member, 'repx1');
  for (const path of ['billing.checkout', 'billing.portal', 'billing.buyAddOn']) {
    const customers = it.listening.emulator.world.customers.where(
      ({ metadata }) => metadata.organisation_id === member.orgId,
    );
    for (const { id } of customers) await it.stripe.customers.del(id);
    const input = {
      'billing.checkout': { tier: 'repx2', ...returning },
      'billing.portal': { returnUrl: returning.cancelUrl },
      'billing.buyAddOn': { addOn: 'aiQueries', quantity: 1, ...returning },
    }[path];
    expect([path, (await ask(member, path, input)).failure]).toEqual([path, null]);
  }
});

test('what is unpaid can be ended, and is told so where its plan cannot be changed', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  await buy(member, 'repx2');
  const [row] = await subscriptionRows(member);
  await it.stripe.subscriptions.pause(row?.id ?? '', { type: 'subscription' });
  const more = await ask(member, 'billing.changePlan', { tier: 'repx4' });
  expect(more.failure?.code).toBe('billing.not-running');
  const check = (feature: string) =>
    it.server.query('entitlements.check', { feature }, { token: member.token });
  expect((await check('smsAccess')).data).toMatchObject({ reason: 'payment-due', upgradeUrl: null });
  expect((await check('whiteLabel')).data).toMatchObject({ reason: 'tier-too-low', requiredTier: 'repx5' });
  expect((await ask(member, 'billing.resume')).failure?.code).toBe('billing.not-running');
  // It is ended, and what comes after it fails: nobody was told.
  const fault = { kind: 'status', status: 400, method: 'GET', path: /\/subscriptions$/ } as const;
  it.listening.emulator.fail({ ...fault, skip: 1 });
  const end = () => ask(member, 'billing.cancel', undefined, keyed('end'));
  expect((await end()).failure).not.toBeNull();
  expect((await end()).data).toMatchObject({ status: 'canceled' });
  expect((await ask(member, 'billing.checkout', { tier: 'repx1', ...returning })).failure).toBeNull();
});

test('units that nothing is needed of are not sold', async () => {
  const member = await it.server.signIn({ tier: 'repx5' });
  const { failure } = await ask(member, 'billing.buyAddOn', {
    addOn: 'aiQueries',
    quantity: 5,
    ...returning,
  });
  expect(failure?.code).toBe('billing.unlimited');
});

test('a cursor that is none is refused as such', async () => {
  const member = await it.server.signIn({ tier: 'repx0' });
  await buy(member, 'repx1');
  for (const after of ['', 'in_of_nobody']) {
    const { failure } = await it.server.query('billing.invoices', { after }, { token: member.token });
    expect(failure?.code).toBe('request.invalid');
  }
});
