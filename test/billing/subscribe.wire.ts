import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billingEvents } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import { testDatabase } from '../support/database.ts';
import { buyersAt, returning, subscriptionRows } from './buying.ts';
import { appUrl, type StripeBackend, stripeBackend } from './stripe-backend.ts';

let it: StripeBackend;
let ask: ReturnType<typeof buyersAt>['ask'];
let entitlements: ReturnType<typeof buyersAt>['entitlements'];
let buy: ReturnType<typeof buyersAt>['buy'];
beforeAll(async () => {
  it = await stripeBackend();
  ({ ask, entitlements, buy } = buyersAt(it));
});
afterAll(() => it[Symbol.asyncDispose]());

describe('the plans', () => {
  test('are exactly five, ascending, as list and by tier, kept by shared caches', async () => {
    const answer = await it.server.query('billing.plans');
    expect(answer.headers.get('cache-control')).toMatch(/public.*max-age|s-maxage/);
    const { plans, byTier } = answer.data as {
      plans: { tier: string; monthly: { amount: number }; annual: { amount: number }; popular: boolean }[];
      byTier: Record<string, unknown>;
    };
    expect(plans.map(({ tier }) => tier)).toEqual(['repx1', 'repx2', 'repx3', 'repx4', 'repx5']);
    expect(plans.map(({ monthly }) => monthly.amount)).toEqual([9700, 19700, 29700, 49700, 99700]);
    for (const plan of plans) {
      expect(plan.annual.amount).toBe(plan.monthly.amount * 10);
      expect(byTier[plan.tier]).toEqual(plan);
    }
    expect(plans.filter(({ popular }) => popular)).toHaveLength(1);
  });
});

describe('changing the plan', () => {
  test('more is previewed to the cent, charged now and in force at once', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    await it.listening.emulator.advance(10 * 86_400);
    const move = { tier: 'repx3', billingCycle: 'monthly' };
    const preview = (await it.server.query('billing.previewPlan', move, { token: member.token })).data;
    expect(preview).toMatchObject({ effect: 'now', effectiveAt: null });
    const moved = await ask(member, 'billing.changePlan', { ...move, prorationDate: preview?.prorationDate });
    expect(moved.data).toMatchObject({
      effect: 'now',
      subscription: { tier: 'repx3', updatePending: false },
    });
    const [row] = await subscriptionRows(member);
    const [latest] = (await it.stripe.invoices.list({ customer: row?.customerId ?? '', limit: 1 })).data;
    expect(preview).toMatchObject({ dueNow: { amount: latest?.amount_due, currency: 'usd' } });
    expect(await entitlements(member)).toMatchObject({ tier: 'repx3' });
    expect((await ask(member, 'billing.changePlan', move)).failure?.code).toBe('billing.same-plan');
  });

  test('the date of the charge is the preview’s: one to come, which would cost nothing, or an old one is refused', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    await it.listening.emulator.advance(10 * 86_400);
    const [row] = await subscriptionRows(member);
    const currentPeriodEnd = Number(row?.snapshot.currentPeriodEnd);
    const now = it.listening.emulator.world.time.now * 1000;
    for (const at of [currentPeriodEnd - 1_000, now + 1_000, now - 16 * 60_000]) {
      const move = { tier: 'repx5', prorationDate: new Date(at).toISOString() };
      expect((await ask(member, 'billing.changePlan', move)).failure?.code).toBe('billing.preview-expired');
    }
    expect(await entitlements(member)).toMatchObject({ tier: 'repx1' });
    const shown = { tier: 'repx5', prorationDate: new Date(now - 14 * 60_000).toISOString() };
    expect((await ask(member, 'billing.changePlan', shown)).failure).toBeNull();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx5' });
  });

  test('while a payment is late there is no more to be had, and less is planned as ever', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const [row] = await subscriptionRows(member);
    it.listening.emulator.person.cardsBecome(row?.customerId ?? '', 'declines');
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    const refused = await ask(member, 'billing.changePlan', { tier: 'repx4' });
    expect(refused.failure?.code).toBe('billing.payment-late');
    const { failure } = await it.server.query(
      'billing.previewPlan',
      { tier: 'repx4' },
      { token: member.token },
    );
    expect(failure?.code).toBe('billing.payment-late');
    expect((await ask(member, 'billing.changePlan', { tier: 'repx1' })).data).toMatchObject({
      effect: 'at-period-end',
    });
  });

  test('more whose payment fails keeps the old plan, with the change pending', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const [row] = await subscriptionRows(member);
    it.listening.emulator.person.cardsBecome(row?.customerId ?? '', 'declines');
    const moved = await ask(member, 'billing.changePlan', { tier: 'repx4' });
    expect(moved.failure).toBeNull();
    expect(moved.data).toMatchObject({ subscription: { tier: 'repx1', updatePending: true } });
  });

  test('less begins with the next period, and can be taken back before', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    const moved = await ask(member, 'billing.changePlan', { tier: 'growth' });
    expect(moved.failure).toBeNull();
    expect(moved.data).toMatchObject({
      effect: 'at-period-end',
      subscription: { tier: 'repx4', changePlanned: true },
    });
    expect((await ask(member, 'billing.resume')).data).toMatchObject({ tier: 'repx4', changePlanned: false });
    await ask(member, 'billing.changePlan', { tier: 'repx3' });
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx3', status: 'active' });
  });

  test('two changes at once come one after the other: the paid one is not undone by what was decided before it', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx3');
    const [row] = await subscriptionRows(member);
    // The planned change decides first, and its last request comes late.
    it.listening.emulator.fail({ kind: 'delay', ms: 400, path: /subscription_schedules\/[^/]+$/ });
    const less = ask(member, 'billing.changePlan', { tier: 'repx1' });
    await expect
      .poll(async () => (await it.stripe.subscriptions.retrieve(row?.id ?? '')).schedule)
      .not.toBeNull();
    const [planned, moved] = await Promise.all([less, ask(member, 'billing.changePlan', { tier: 'repx5' })]);
    expect(planned.data).toMatchObject({ effect: 'at-period-end' });
    expect(moved.data).toMatchObject({
      effect: 'now',
      subscription: { tier: 'repx5', changePlanned: false },
    });
    await it.deliver();
    expect(await entitlements(member)).toMatchObject({ tier: 'repx5' });
  });

  test('cancel keeps the plan to the end; resume takes it back', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const cancelled = await ask(member, 'billing.cancel');
    expect(cancelled.data).toMatchObject({ tier: 'repx2', cancelAtPeriodEnd: true });
    expect((await ask(member, 'billing.resume')).data).toMatchObject({ cancelAtPeriodEnd: false });
  });

  const keyed = (key: string) => ({ 'idempotency-key': `${key}-0123456789abcdef` });

  test('less that is asked for again, under its key or without one, stays planned', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    const less = { tier: 'repx2' };
    const first = await ask(member, 'billing.changePlan', less, keyed('less'));
    const [row] = await subscriptionRows(member);
    const { schedule } = await it.stripe.subscriptions.retrieve(row?.id ?? '');
    for (const headers of [keyed('less'), keyed('less-by-a-second-click'), {}]) {
      const again = await ask(member, 'billing.changePlan', less, headers);
      expect(again.failure).toBeNull();
      expect(again.data).toEqual(first.data);
      expect(again.data).toMatchObject({ subscription: { changePlanned: true } });
    }
    expect((await it.stripe.subscriptions.retrieve(row?.id ?? '')).schedule).toBe(schedule);
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
  });

  test('less whose planning broke off half made is completed under the same key', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    const path = /subscription_schedules\/[^/]+$/;
    it.listening.emulator.fail({ kind: 'status', status: 400, method: 'POST', path });
    const broken = await ask(member, 'billing.changePlan', { tier: 'repx2' }, keyed('half'));
    expect(broken.failure).not.toBeNull();
    const whole = await ask(member, 'billing.changePlan', { tier: 'repx2' }, keyed('half'));
    expect(whole.data).toMatchObject({ effect: 'at-period-end', subscription: { changePlanned: true } });
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx2', status: 'active' });
  });

  test('another smaller plan takes the place of the one that was planned', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx4');
    await ask(member, 'billing.changePlan', { tier: 'repx2' });
    const other = await ask(member, 'billing.changePlan', { tier: 'repx1' });
    expect(other.data).toMatchObject({ effect: 'at-period-end', subscription: { changePlanned: true } });
    await it.listening.emulator.advance(32 * 86_400);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx1', status: 'active' });
  });

  test('more that is asked for again gets its first answer, also when that was lost, and is charged once', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const [row] = await subscriptionRows(member);
    const invoices = async () =>
      (await it.stripe.invoices.list({ customer: row?.customerId ?? '', limit: 100 })).data.length;
    const first = await ask(member, 'billing.changePlan', { tier: 'repx2' }, keyed('more'));
    expect(first.data).toMatchObject({ effect: 'now', subscription: { tier: 'repx2' } });
    expect((await ask(member, 'billing.changePlan', { tier: 'repx2' }, keyed('more'))).data).toEqual(
      first.data,
    );
    const other = await ask(member, 'billing.changePlan', { tier: 'repx3' }, keyed('more'));
    expect(other.failure?.code).toBe('idempotency.conflict');
    expect(await invoices()).toBe(2);
    // Done at Stripe, and what comes after it fails: nobody was told.
    const fault = { kind: 'status', status: 400, method: 'GET', path: /\/subscriptions$/ } as const;
    it.listening.emulator.fail({ ...fault, skip: 1 });
    const lost = await ask(member, 'billing.changePlan', { tier: 'repx4' }, keyed('lost'));
    expect(lost.failure).not.toBeNull();
    const again = await ask(member, 'billing.changePlan', { tier: 'repx4' }, keyed('lost'));
    expect(again.data).toMatchObject({ effect: 'now', subscription: { tier: 'repx4' } });
    expect(await invoices()).toBe(3);
    const fresh = await ask(member, 'billing.changePlan', { tier: 'repx4' }, keyed('fresh'));
    expect(fresh.failure?.code).toBe('billing.same-plan');
  });

  test('more whose answer was lost is not taken for a wish to go on, where a cancellation came after it', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const fault = { kind: 'status', status: 400, method: 'GET', path: /\/subscriptions$/ } as const;
    it.listening.emulator.fail({ ...fault, skip: 1 });
    const lost = await ask(member, 'billing.changePlan', { tier: 'repx4' }, keyed('lost-then'));
    expect(lost.failure).not.toBeNull();
    await ask(member, 'billing.cancel', undefined, keyed('end-after'));
    const again = await ask(member, 'billing.changePlan', { tier: 'repx4' }, keyed('lost-then'));
    expect(again.data).toMatchObject({
      effect: 'now',
      subscription: { tier: 'repx4', cancelAtPeriodEnd: true },
    });
    const [row] = await subscriptionRows(member);
    expect((await it.stripe.subscriptions.retrieve(row?.id ?? '')).cancel_at_period_end).toBe(true);
  });

  test('a repeated cancel is its first answer, and does not undo a resume that came between', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const first = await ask(member, 'billing.cancel', undefined, keyed('end'));
    await ask(member, 'billing.resume', undefined, keyed('go-on'));
    expect((await ask(member, 'billing.cancel', undefined, keyed('end'))).data).toEqual(first.data);
    const [row] = await subscriptionRows(member);
    expect((await it.stripe.subscriptions.retrieve(row?.id ?? '')).cancel_at_period_end).toBe(false);
  });

  describe('more that is not paid', () => {
    /** Cancels or plans less, then asks for more with a card that declines. */
    async function declined(path: string, input: unknown) {
      const member = await it.server.signIn({ tier: 'repx0' });
      await buy(member, 'repx2');
      await ask(member, path, input);
      const [row] = await subscriptionRows(member);
      const customer = row?.customerId ?? '';
      it.listening.emulator.person.cardsBecome(customer, 'declines');
      const moved = await ask(member, 'billing.changePlan', { tier: 'repx4' });
      expect(moved.data).toMatchObject({ subscription: { tier: 'repx2', updatePending: true } });
      const held = () => it.stripe.subscriptions.retrieve(row?.id ?? '');
      return { member, customer, held, moved };
    }

    test.each([
      ['billing.cancel', undefined],
      ['billing.changePlan', { tier: 'repx1' }],
    ])('keeps what %s had planned, also when it lapses', async (path, input) => {
      const { member, held, customer } = await declined(path, input);
      await it.deliver();
      await it.listening.emulator.advance(86_400);
      await it.deliver();
      expect((await held()).pending_update).toBeNull();
      it.listening.emulator.person.cardsBecome(customer, 'succeeds');
      await it.listening.emulator.advance(31 * 86_400);
      await it.deliver();
      const after = path === 'billing.cancel' ? { status: 'canceled' } : { tier: 'repx1', status: 'active' };
      expect(await entitlements(member)).toMatchObject(after);
    });

    test('and is paid later takes the cancellation back then', async () => {
      const { member, held, customer } = await declined('billing.cancel', undefined);
      expect((await held()).cancel_at_period_end).toBe(true);
      it.listening.emulator.person.cardsBecome(customer, 'succeeds');
      const [open] = (await it.stripe.invoices.list({ customer, status: 'open' })).data;
      await it.stripe.invoices.pay(open?.id ?? '');
      await it.deliver();
      expect(await entitlements(member)).toMatchObject({ tier: 'repx4', status: 'active' });
      await expect.poll(async () => (await held()).cancel_at_period_end).toBe(false);
    });
  });

  test('the cycle goes by either name, stays as it is unless told, and is not guessed from two', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const order = { tier: 'repx2', cycle: 'annual', ...returning };
    const wrong = await ask(member, 'billing.checkout', { ...order, billingCycle: 'monthly' });
    expect(wrong.failure?.code).toBe('request.invalid');
    const { data } = await ask(member, 'billing.checkout', order);
    it.listening.emulator.person.completeCheckout(String(data?.sessionId), { card: 'pm_card_visa' });
    await it.deliver();
    const annual = { subscription: { tier: 'repx3', billingCycle: 'annual' } };
    expect((await ask(member, 'billing.changePlan', { tier: 'repx3' })).data).toMatchObject(annual);
    const less = await ask(member, 'billing.changePlan', { tier: 'repx3', cycle: 'monthly' });
    expect(less.data).toMatchObject({ effect: 'at-period-end', ...annual });
  });

  test('without a subscription there is nothing to change', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    for (const path of ['billing.cancel', 'billing.resume'])
      expect((await ask(member, path)).failure?.code).toBe('billing.no-subscription');
    const portal = await ask(member, 'billing.portal', { returnUrl: appUrl });
    expect(portal.failure?.code).toBe('billing.no-subscription');
  });
});

test('every delivery that was acknowledged is processed in the end', async () => {
  const open = async () =>
    (
      await withSystemScope(await testDatabase(), 'read', ({ db }) =>
        db.select({ state: billingEvents.state, error: billingEvents.lastError }).from(billingEvents),
      )
    ).filter(({ state }) => state !== 'done');
  await expect.poll(open, { timeout: 1000 }).toEqual([]);
});
