import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { startStripeEmulator } from '../../emulators/stripe/emulator.ts';
import { day, testAccount } from './account.ts';

/** The SDK over a socket, as the product runs it. */
async function overHttp(config: Stripe.StripeConfig = {}, options: { perSecond?: number } = {}) {
  const listening = await startStripeEmulator(options);
  const { emulator } = listening;
  const settings = { ...listening.config, maxNetworkRetries: 0, telemetry: false, ...config };
  const stripe = new Stripe(emulator.secretKey, settings);
  const url = `http://127.0.0.1:${listening.port}`;
  return { emulator, stripe, url, [Symbol.asyncDispose]: listening.close };
}

const customersOf = async (stripe: Stripe) => (await stripe.customers.list({ limit: 100 })).data.length;

describe('faults', () => {
  it('a connection reset before the work leaves nothing done', async () => {
    await using there = await overHttp();
    there.emulator.fail({ method: 'POST', kind: 'reset', times: 2 });
    await expect(there.stripe.customers.create()).rejects.toThrow(Stripe.errors.StripeConnectionError);
    expect(await customersOf(there.stripe)).toBe(0);
  });

  it('a connection reset after the work is healed by a retry with the same key: done once', async () => {
    await using there = await overHttp({ maxNetworkRetries: 2 });
    there.emulator.fail({ method: 'POST', kind: 'reset', at: 'after' });
    await there.stripe.customers.create();
    expect(await customersOf(there.stripe)).toBe(1);
  });

  it('a request that hangs after the work ends by the timeout of the client, with the work done', async () => {
    await using there = await overHttp({ timeout: 80 });
    there.emulator.fail({ method: 'POST', kind: 'hang', at: 'after' });
    await expect(there.stripe.customers.create()).rejects.toThrow('timeout');
    expect(await customersOf(there.stripe)).toBe(1);
  });

  it('a body that breaks off is a connection error to the SDK', async () => {
    await using there = await overHttp();
    there.emulator.fail({ method: 'GET', kind: 'half-body' });
    await expect(there.stripe.customers.list()).rejects.toThrow(Stripe.errors.StripeConnectionError);
  });

  it('an error of the API is told with its status, and is retried only where the answer asks for it', async () => {
    await using there = await overHttp({ maxNetworkRetries: 1 });
    there.emulator.fail({ kind: 'status', status: 500, shouldRetry: false });
    await expect(there.stripe.customers.create()).rejects.toMatchObject({
      type: 'StripeAPIError',
      statusCode: 500,
    });
    there.emulator.fail({ kind: 'status', status: 429, shouldRetry: true, retryAfter: 1 });
    await there.stripe.customers.create();
    expect(await customersOf(there.stripe)).toBe(1);
  });

  it('more requests a second than allowed are refused with 429', async () => {
    await using there = await overHttp({}, { perSecond: 3 });
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => there.stripe.customers.list()));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(6);
    expect(refused[0]).toMatchObject({ reason: { type: 'StripeRateLimitError', code: 'rate_limit' } });
  });
});

describe('an idempotency key', () => {
  it('replays the first answer, failures of the work included', async () => {
    await using there = await overHttp();
    const { emulator, stripe } = there;
    const options = { idempotencyKey: 'k1' };
    const first = await stripe.customers.create({ name: 'A' }, options);
    const second = await stripe.customers.create({ name: 'A' }, options);
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    emulator.fail({ kind: 'status', status: 500, at: 'after' });
    const failing = () => stripe.customers.create({ name: 'B' }, { idempotencyKey: 'k2' });
    await expect(failing()).rejects.toMatchObject({ statusCode: 500 });
    await expect(failing()).rejects.toMatchObject({ statusCode: 500 });
  });

  it('is free again when the parameters were refused before the work', async () => {
    const { stripe } = await testAccount();
    const options = { idempotencyKey: 'k1' };
    const wrong = { name: 'A', nonsense: '1' };
    await expect(stripe.customers.create(wrong, options)).rejects.toMatchObject({
      code: 'parameter_unknown',
    });
    expect((await stripe.customers.create({ name: 'A' }, options)).name).toBe('A');
  });

  it('with other parameters or another endpoint is an idempotency error', async () => {
    const { stripe } = await testAccount();
    const options = { idempotencyKey: 'k1' };
    await stripe.customers.create({ name: 'A' }, options);
    const mismatch = { type: 'StripeIdempotencyError', statusCode: 400 };
    await expect(stripe.customers.create({ name: 'B' }, options)).rejects.toMatchObject(mismatch);
    await expect(stripe.products.create({ name: 'A' }, options)).rejects.toMatchObject(mismatch);
  });

  it('of a request under way is a conflict', async () => {
    const { emulator, stripe } = await testAccount();
    emulator.fail({ kind: 'delay', ms: 50, at: 'after' });
    const create = () => stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k1' });
    const first = create();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(create()).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    await first;
  });

  it('is forgotten after 24 hours', async () => {
    const { emulator, stripe } = await testAccount();
    const create = () => stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k1' });
    const first = await create();
    await emulator.advance(day - 1);
    expect((await create()).id).toBe(first.id);
    await emulator.advance(1);
    expect((await create()).id).not.toBe(first.id);
  });
});

describe('another process', () => {
  it('moves time and buys for a person, and is told what is wrong', async () => {
    await using there = await overHttp();
    const { stripe, emulator, url } = there;
    const act = async (name: string, given: object) => {
      const response = await fetch(`${url}/_emulator/${name}`, {
        method: 'POST',
        body: JSON.stringify(given),
      });
      return { status: response.status, body: await response.json() };
    };
    const { id: product } = await stripe.products.create({ name: 'Explorer' });
    const price = { currency: 'usd', product, unit_amount: 9_700, recurring: { interval: 'month' as const } };
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price_data: price, quantity: 1 }],
      success_url: 'https://example.com/done',
    });
    expect(await act('checkout', { session: session.id })).toMatchObject({ body: { status: 'complete' } });
    expect(await act('checkout', { session: session.id })).toMatchObject({ status: 400 });
    const before = emulator.world.time.now;
    await act('advance', { seconds: 60 });
    expect(emulator.world.time.now).toBe(before + 60);
    expect(await act('nothing', {})).toMatchObject({ status: 401 });
  });
});
