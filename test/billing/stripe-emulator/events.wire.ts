import { describe, expect, it } from 'vitest';
import type { Send } from '../../emulators/stripe/events/delivery.ts';
import { day, eventTypes, itemOf, subscribed, testAccount } from './account.ts';

/** Keeps what is sent, without a socket. */
function mailbox() {
  const received: { body: string; signature: string }[] = [];
  const send: Send = async ({ body, headers }) => {
    received.push({ body, signature: headers['stripe-signature'] ?? '' });
    return 200;
  };
  return { received, send };
}

describe('the list of events', () => {
  it('is newest first, and a cursor goes on where a page ended', async () => {
    const { emulator, stripe } = await testAccount();
    for (let n = 0; n < 7; n += 1) await stripe.customers.create({ name: `c${n}` });
    const all = await stripe.events.list({ limit: 100, type: 'customer.created' });
    const first = await stripe.events.list({ limit: 3, type: 'customer.created' });
    const next = await stripe.events.list({
      limit: 3,
      type: 'customer.created',
      starting_after: first.data.at(-1)?.id ?? '',
    });
    expect(first.has_more).toBe(true);
    expect([...first.data, ...next.data].map(({ id }) => id)).toEqual(
      all.data.slice(0, 6).map(({ id }) => id),
    );
    const newer = await stripe.events.list({
      limit: 2,
      ending_before: all.data[3]?.id ?? '',
      type: 'customer.created',
    });
    expect(newer.data.map(({ id }) => id)).toEqual(all.data.slice(1, 3).map(({ id }) => id));
    expect(new Set(all.data.map(({ created }) => created))).toEqual(new Set([emulator.world.time.now]));
  });

  it('forgets what is older than 30 days', async () => {
    const account = await testAccount();
    await account.stripe.customers.create();
    await account.emulator.advance(31 * day);
    expect(await eventTypes(account)).toEqual([]);
  });

  it('tells the old values of what an update changed, and the request that did', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account);
    await account.stripe.subscriptions.update(
      subscription.id,
      { cancel_at_period_end: true },
      { idempotencyKey: 'cancel-1' },
    );
    const [event] = (await account.stripe.events.list({ type: 'customer.subscription.updated' })).data;
    expect(event?.data.previous_attributes).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    expect(event?.request?.idempotency_key).toBe('cancel-1');
  });
});

describe('a renewal', () => {
  it('is told a week ahead by invoice.upcoming, which has no id', async () => {
    const account = await testAccount();
    await subscribed(account);
    await account.emulator.advance(23 * day);
    const [event] = (await account.stripe.events.list({ type: 'invoice.upcoming' })).data;
    expect(event?.data.object).toMatchObject({ object: 'invoice', amount_due: 19_700 });
    expect(event?.data.object).not.toHaveProperty('id');
  });

  it('after a trial is told three days ahead', async () => {
    const account = await testAccount();
    await subscribed(account, { trial_period_days: 14 });
    await account.emulator.advance(11 * day - 1);
    expect(await eventTypes(account)).not.toContain('customer.subscription.trial_will_end');
    await account.emulator.advance(1);
    expect(await eventTypes(account)).toContain('customer.subscription.trial_will_end');
  });
});

describe('a thin event', () => {
  it('is verified and parsed by the SDK, points to its object, and leads to its snapshot', async () => {
    const { received, send } = mailbox();
    const account = await testAccount({ send });
    const { secret } = account.emulator.webhooks.listenThin('http://127.0.0.1:9/thin', [
      'v1.customer.subscription.created',
    ]);
    const subscription = await subscribed(account);
    await account.emulator.webhooks.deliverAll();
    const [{ body, signature } = expect.unreachable()] = received;
    const notice = account.stripe.parseEventNotification(body, signature, secret);
    if (notice.type !== 'v1.customer.subscription.created') return expect.unreachable();
    expect(await notice.fetchRelatedObject()).toMatchObject({ id: subscription.id, status: 'active' });
    const { snapshot_event: snapshot } = await notice.fetchEvent();
    expect(await account.stripe.events.retrieve(snapshot ?? '')).toMatchObject({
      type: 'customer.subscription.created',
    });
    expect(() => account.stripe.webhooks.constructEvent(body, signature, secret)).toThrow('thin event');
  });

  it('of its own tells each status and what changed on items', async () => {
    const { received, send } = mailbox();
    const account = await testAccount({ send });
    account.emulator.webhooks.listenThin('http://127.0.0.1:9/thin');
    const subscription = await subscribed(account);
    await account.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: account.prices.large }],
    });
    account.emulator.person.cancelInPortal(subscription.id);
    await account.emulator.webhooks.deliverAll();
    const types = received.map(({ body }) => String(JSON.parse(body).type));
    for (const change of ['active', 'item_price_changed', 'cancel_at_changed'])
      expect(types).toContain(`v1.customer.subscription.${change}`);
  });
});

describe('an endpoint of an older version', () => {
  it('gets the period on the subscription, where it stood until 2025-03-31', async () => {
    const { received, send } = mailbox();
    const { emulator, stripe, prices } = await testAccount({ send });
    emulator.webhooks.listen('http://127.0.0.1:9/old', {
      types: ['customer.subscription.created'],
      apiVersion: '2024-06-20',
    });
    await subscribed({ emulator, stripe, prices });
    await emulator.webhooks.deliverAll();
    const event = JSON.parse(received[0]?.body ?? '');
    expect(event.api_version).toBe('2024-06-20');
    expect(event.data.object).toHaveProperty('current_period_end');
    expect(event.data.object.items.data[0]).not.toHaveProperty('current_period_end');
  });
});
