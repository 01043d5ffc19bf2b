import { describe, expect, it } from 'vitest';
import { day, eventTypes, itemOf, latestInvoice, subscribed, testAccount } from './account.ts';

describe('a subscription', () => {
  it('is active when its first invoice is paid, and names no period but on its items', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    expect(subscription.status).toBe('active');
    expect(subscription).not.toHaveProperty('current_period_end');
    const { current_period_start: start, current_period_end: end } = itemOf(subscription);
    expect(new Date(start * 1000).toISOString()).toBe('2026-11-01T00:00:00.000Z');
    expect(new Date(end * 1000).toISOString()).toBe('2026-12-01T00:00:00.000Z');
    const invoice = await latestInvoice(account.stripe, subscription.id);
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_paid: 19_700,
      billing_reason: 'subscription_create',
    });
    expect(invoice.parent?.subscription_details?.subscription).toBe(subscription.id);
  });

  it('is incomplete when the first payment is declined, and expires after 23 hours', async () => {
    const account = await testAccount();
    const { id, status } = await subscribed(account, { card: 'pm_card_chargeCustomerFail' });
    expect(status).toBe('incomplete');
    await account.emulator.advance(23 * 3600 - 1);
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('incomplete');
    await account.emulator.advance(1);
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('incomplete_expired');
    expect((await latestInvoice(account.stripe, id)).status).toBe('void');
  });

  it('becomes active when the bank is answered in time', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account, { card: 'pm_card_authenticationRequired' });
    expect(subscription.status).toBe('incomplete');
    const invoice = await latestInvoice(account.stripe, subscription.id);
    account.emulator.person.authenticate(invoice.id);
    expect((await account.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect(await eventTypes(account)).toContain('invoice.payment_action_required');
  });

  it('renews at the end of its period: a draft for an hour, then paid', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(30 * day);
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      status: 'draft',
      billing_reason: 'subscription_cycle',
    });
    await account.emulator.advance(3600);
    expect(await latestInvoice(account.stripe, subscription.id)).toMatchObject({
      status: 'paid',
      amount_paid: 19_700,
    });
    const { current_period_end: end } = itemOf(await account.stripe.subscriptions.retrieve(subscription.id));
    expect(new Date(end * 1000).toISOString()).toBe('2027-01-01T00:00:00.000Z');
  });

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
    ['pause', 'paused'],
  ] as const)(
    'is past due while retries fail, and after the last is as set: %s',
    async (afterLastRetry, status) => {
      const account = await testAccount({ settings: { afterLastRetry, retryDays: [3, 7] } });
      const { id, customer } = await subscribed(account);
      account.emulator.person.cardsBecome(String(customer), 'declines');
      await account.emulator.advance(30 * day + 3600);
      expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('past_due');
      await account.emulator.advance(7 * day - 1);
      expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('past_due');
      await account.emulator.advance(1);
      expect((await account.stripe.subscriptions.retrieve(id)).status).toBe(status);
    },
  );

  it('is active again when a retry succeeds', async () => {
    const account = await testAccount();
    const { id, customer } = await subscribed(account);
    account.emulator.person.cardsBecome(String(customer), 'insufficient-funds');
    await account.emulator.advance(30 * day + 3600);
    account.emulator.person.cardsBecome(String(customer), 'succeeds');
    await account.emulator.advance(3 * day);
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('active');
    expect(await latestInvoice(account.stripe, id)).toMatchObject({ status: 'paid', attempt_count: 1 });
  });

  it('cancelled in the portal sets cancel_at alone, and ends then', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    account.emulator.person.cancelInPortal(id);
    const wished = await account.stripe.subscriptions.retrieve(id);
    expect(wished).toMatchObject({ status: 'active', cancel_at_period_end: false });
    expect(wished.cancel_at).toBe(itemOf(wished).current_period_end);
    await account.emulator.advance(30 * day);
    const ended = await account.stripe.subscriptions.retrieve(id);
    expect(ended).toMatchObject({ status: 'canceled', ended_at: wished.cancel_at });
  });

  it('of a deleted customer ends at once, and the customer is still told of as deleted', async () => {
    const account = await testAccount();
    const { id, customer } = await subscribed(account);
    await account.stripe.customers.del(String(customer));
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
    expect(await account.stripe.customers.retrieve(String(customer))).toMatchObject({ deleted: true });
  });

  it('that is unpaid keeps drafts, and is active again when its newest invoice is paid', async () => {
    const account = await testAccount({ settings: { afterLastRetry: 'unpaid', retryDays: [3] } });
    const { id, customer } = await subscribed(account);
    account.emulator.person.cardsBecome(String(customer), 'declines');
    await account.emulator.advance(62 * day);
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('unpaid');
    const draft = await latestInvoice(account.stripe, id);
    expect(draft).toMatchObject({ status: 'draft', auto_advance: false });
    account.emulator.person.cardsBecome(String(customer), 'succeeds');
    await account.stripe.invoices.pay(draft.id);
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('active');
  });

  it.each(['first_payment_failure', 'system'] as const)(
    'can be paused by Stripe itself: %s',
    async (reason) => {
      const account = await testAccount();
      const { id } = await subscribed(account);
      account.emulator.person.stripePauses(id, reason);
      const { status, status_details: details } = await account.stripe.subscriptions.retrieve(id);
      expect([status, details?.paused.subscription.type]).toEqual(['paused', reason]);
      expect(await eventTypes(account)).toContain('customer.subscription.paused');
    },
  );

  it('takes items and gives them up, each bought and credited for the rest of the period', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.emulator.advance(15 * day);
    const billed = { proration_behavior: 'always_invoice' } as const;
    const added = await account.stripe.subscriptionItems.create({
      subscription: subscription.id,
      price: account.prices.small,
      ...billed,
    });
    expect((await latestInvoice(account.stripe, subscription.id)).total).toBe(4_850);
    await account.stripe.subscriptionItems.del(added.id, billed);
    expect((await latestInvoice(account.stripe, subscription.id)).total).toBe(-4_850);
    expect((await account.stripe.subscriptions.retrieve(subscription.id)).items.data).toHaveLength(1);
  });
});
