import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../emulators/request.ts';
import { day, subscribed, testAccount } from './account.ts';

/** A receiver that answers with the statuses given, in order, then with 200. */
async function receiver(statuses: number[] = []) {
  const received: { body: string; signature: string }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ body: await bodyOf(request), signature: String(request.headers['stripe-signature']) });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return { url, received, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('webhooks', () => {
  it('are signed so that the SDK accepts them, and carry the event that the API tells', async () => {
    await using there = await receiver();
    const account = await testAccount();
    const { secret } = account.emulator.webhooks.listen(there.url);
    await subscribed(account);
    await account.emulator.webhooks.deliverAll();
    const events = there.received.map(({ body, signature }) =>
      account.stripe.webhooks.constructEvent(body, signature, secret),
    );
    const created = events.find((event) => event.type === 'customer.subscription.created');
    const told = await account.stripe.events.retrieve(created?.id ?? '');
    expect(created?.data.object).toEqual(told.data.object);
  });

  it('verify with either of two secrets while one is rolled, and with the new one alone after', async () => {
    await using there = await receiver();
    const { emulator, stripe } = await testAccount();
    const { id, secret } = emulator.webhooks.listen(there.url);
    const next = emulator.webhooks.rollSecret(id);
    await stripe.customers.create();
    await emulator.webhooks.deliverAll();
    emulator.webhooks.dropOldSecret(id);
    await stripe.customers.create();
    await emulator.webhooks.deliverAll();
    const accepted = (known: string) =>
      there.received.map(({ body, signature }) => {
        try {
          return stripe.webhooks.constructEvent(body, signature, known).type;
        } catch {
          return 'refused';
        }
      });
    expect(accepted(secret)).toEqual(['customer.created', 'refused']);
    expect(accepted(next)).toEqual(['customer.created', 'customer.created']);
  });

  it('can be lost, doubled and reordered by the test', async () => {
    await using there = await receiver();
    const { emulator, stripe } = await testAccount();
    emulator.webhooks.listen(there.url, { types: ['customer.created'] });
    for (const name of ['one', 'two', 'three']) await stripe.customers.create({ name });
    const [first] = emulator.webhooks.waiting;
    if (first !== undefined) emulator.webhooks.lose(first);
    await emulator.webhooks.deliverAll((waiting) => waiting.toReversed());
    await emulator.webhooks.deliver(emulator.webhooks.all[1] ?? expect.unreachable());
    const names = there.received.map(({ body }) => JSON.parse(body).data.object.name);
    expect(names).toEqual(['three', 'two', 'two']);
  });

  it('refused with 5xx come again with growing gaps, for three days', async () => {
    await using there = await receiver([500, 503]);
    const { emulator, stripe } = await testAccount();
    emulator.webhooks.listen(there.url);
    await stripe.customers.create();
    await emulator.webhooks.deliverAll();
    await emulator.advance(300);
    expect(there.received).toHaveLength(2);
    await emulator.advance(day);
    expect(there.received).toHaveLength(3);
    expect(emulator.webhooks.all[0]).toMatchObject({ state: 'delivered', attempts: [500, 503, 200] });
  });

  it('are given up after three days', async () => {
    await using there = await receiver(Array<number>(50).fill(500));
    const { emulator, stripe } = await testAccount();
    emulator.webhooks.listen(there.url);
    await stripe.customers.create();
    await emulator.webhooks.deliverAll();
    await emulator.advance(10 * day);
    expect(emulator.webhooks.all[0]?.state).toBe('given-up');
    expect(there.received).toHaveLength(12);
  });

  it('leave by themselves where the test says so', async () => {
    await using there = await receiver();
    const { emulator, stripe } = await testAccount();
    emulator.webhooks.listen(there.url);
    emulator.webhooks.automatic = true;
    await stripe.customers.create();
    await emulator.settled();
    expect(there.received).toHaveLength(1);
  });
});
