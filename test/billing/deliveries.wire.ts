import { createHmac } from 'node:crypto';
import { eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billingCustomers, billingEvents } from '../../db/schema/billing.ts';
import { usageExports } from '../../db/schema/usage-exports.ts';
import { withSystemScope } from '../../db/tx.ts';
import { testDatabase } from '../support/database.ts';
import { type StripeBackend, stripeBackend } from './stripe-backend.ts';

const SECRET = 'whsec_current_secret_of_this_test';
const OLD_SECRET = 'whsec_previous_secret_of_this_test';

let it: StripeBackend;
beforeAll(async () => {
  it = await stripeBackend({ STRIPE_WEBHOOK_SECRETS: `${OLD_SECRET},${SECRET}` });
});
afterAll(() => it[Symbol.asyncDispose]());

const seconds = (shift = 0) => Math.floor(Date.now() / 1000) + shift;
const sign = (body: string, at: number | string = seconds(), secret = SECRET) =>
  createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
const header = (body: string, at: number | string = seconds(), secret = SECRET) =>
  `t=${at},v1=${sign(body, at, secret)}`;

let count = 0;
function event(fields: Record<string, unknown> = {}): string {
  count += 1;
  return JSON.stringify({
    id: `evt_delivery_${count}`,
    object: 'event',
    type: 'product.updated',
    livemode: false,
    created: seconds(),
    data: { object: { id: 'prod_1', object: 'product' } },
    ...fields,
  });
}

async function send(body: string | Uint8Array, signature?: string | readonly string[]): Promise<number> {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const one of signature === undefined ? [] : [signature].flat())
    headers.append('stripe-signature', one);
  const init = { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body), headers };
  return (await it.server.backend.http.request('/webhooks/stripe', init)).status;
}

/** Deliveries with that outcome, as the metrics count them. */
async function counted(outcome: string): Promise<number> {
  const text = await (await it.server.backend.http.request('/metrics')).text();
  const line = new RegExp(`repspheres_billing_deliveries_total\\{outcome="${outcome}"\\} (\\d+)`);
  return Number(line.exec(text)?.[1] ?? 0);
}

const stored = async () =>
  withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db.select().from(billingEvents).where(like(billingEvents.id, 'evt_delivery_%')),
  );

describe('a forged or replayed delivery is refused with 400, counted, and leaves nothing', () => {
  type Forgery = (body: string) => {
    body?: string | Uint8Array;
    signature?: string | readonly string[] | undefined;
  };
  const flip = (text: string, at: number) =>
    `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`;
  const forgeries: [string, Forgery][] = [
    ['no signature', () => ({ signature: undefined })],
    ['an empty signature', () => ({ signature: '' })],
    ['a signature of spaces', () => ({ signature: '   ' })],
    ['words instead of a signature', () => ({ signature: 'trust me' })],
    ['another secret', (body) => ({ signature: header(body, seconds(), 'whsec_of_somebody_else') })],
    ['an empty secret', (body) => ({ signature: header(body, seconds(), '') })],
    ['our secret in upper case', (body) => ({ signature: header(body, seconds(), SECRET.toUpperCase()) })],
    ['our secret without its prefix', (body) => ({ signature: header(body, seconds(), SECRET.slice(6)) })],
    ['a stamp six minutes old', (body) => ({ signature: header(body, seconds(-360)) })],
    ['a stamp an hour old', (body) => ({ signature: header(body, seconds(-3600)) })],
    ['a stamp a year old', (body) => ({ signature: header(body, seconds(-31_536_000)) })],
    ['a stamp of 1970', (body) => ({ signature: header(body, 0) })],
    ['a stamp below zero', (body) => ({ signature: header(body, -1) })],
    ['a stamp ten minutes ahead', (body) => ({ signature: header(body, seconds(600)) })],
    ['a stamp a year ahead', (body) => ({ signature: header(body, seconds(31_536_000)) })],
    ['a stamp in milliseconds', (body) => ({ signature: header(body, Date.now()) })],
    ['a stamp that is no number', (body) => ({ signature: header(body, 'now') })],
    ['an empty stamp', (body) => ({ signature: `t=,v1=${sign(body, '')}` })],
    ['no stamp', (body) => ({ signature: `v1=${sign(body)}` })],
    [
      'a fresh stamp over an old signature',
      (body) => ({ signature: `t=${seconds()},v1=${sign(body, seconds(-900))}` }),
    ],
    [
      'two stamps, the first one fresh',
      (body) => ({ signature: `t=${seconds()},${header(body, seconds(-900))}` }),
    ],
    [
      'two stamps, the last one fresh',
      (body) => ({ signature: `${header(body, seconds(-900))},t=${seconds()}` }),
    ],
    ['v0 alone', (body) => ({ signature: `t=${seconds()},v0=${sign(body)}` })],
    ['v2 alone', (body) => ({ signature: `t=${seconds()},v2=${sign(body)}` })],
    ['a stamp alone', () => ({ signature: `t=${seconds()}` })],
    ['an empty v1', () => ({ signature: `t=${seconds()},v1=` })],
    ['a v1 cut short', (body) => ({ signature: header(body).slice(0, -2) })],
    ['a v1 that is longer', (body) => ({ signature: `${header(body)}00` })],
    ['a v1 with one digit changed', (body) => ({ signature: flip(header(body), 40) })],
    [
      'a v1 in upper case',
      (body) => ({ signature: header(body).replace(/v1=.*/, (hex) => hex.toUpperCase()) }),
    ],
    [
      'a v1 in base64',
      (body) => ({
        signature: `t=${seconds()},v1=${createHmac('sha256', SECRET).update(`${seconds()}.${body}`).digest('base64')}`,
      }),
    ],
    [
      'a v1 of sha1',
      (body) => ({
        signature: `t=${seconds()},v1=${createHmac('sha1', SECRET).update(`${seconds()}.${body}`).digest('hex')}`,
      }),
    ],
    [
      'a v1 over the body without its stamp',
      (body) => ({
        signature: `t=${seconds()},v1=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      }),
    ],
    [
      'two v1, both of other secrets',
      (body) => ({
        signature: `${header(body, seconds(), 'whsec_one')},v1=${sign(body, seconds(), 'whsec_two')}`,
      }),
    ],
    [
      'the header twice, the genuine one second',
      (body) => ({ signature: [`t=${seconds()},v1=00`, header(body)] }),
    ],
    [
      'the header twice, the genuine one first',
      (body) => ({ signature: [header(body), `t=${seconds()},v1=00`] }),
    ],
    [
      'a body that was written anew',
      (body) => ({
        body: JSON.stringify(JSON.parse(body), null, 1),
        signature: header(body),
      }),
    ],
    ['a body with a space more', (body) => ({ body: `${body} `, signature: header(body) })],
    ['a body with a byte order mark', (body) => ({ body: `\uFEFF${body}`, signature: header(body) })],
    ['a body cut short', (body) => ({ body: body.slice(0, -1), signature: header(body) })],
    ['an empty body', (body) => ({ body: '', signature: header(body) })],
    [
      'another body under a genuine header',
      (body) => ({ body: event({ type: 'x' }), signature: header(body) }),
    ],
    [
      'a body with its id changed',
      (body) => ({
        body: body.replace('evt_delivery_', 'evt_delivery_9'),
        signature: header(body),
      }),
    ],
    [
      'bytes that are no text',
      (body) => ({ body: new Uint8Array([0xff, 0xfe, 0x00]), signature: header(body) }),
    ],
  ];
  test('there are at least 40 of them', () => expect(forgeries.length).toBeGreaterThanOrEqual(40));
  test.each(forgeries)('%s', async (_name, forge) => {
    const before = [(await stored()).length, await counted('refused'), await counted('stored')] as const;
    const genuine = event();
    const { body = genuine, signature } = forge(genuine);
    expect(await send(body, signature)).toBe(400);
    const [rows, refused, taken] = before;
    expect(await stored()).toHaveLength(rows);
    expect([await counted('refused'), await counted('stored')]).toEqual([refused + 1, taken]);
  });
});

describe('a genuine delivery', () => {
  test('of either secret is taken while one is rotated, also when Stripe signs with both', async () => {
    const [first, second, third] = [event(), event(), event()];
    expect(await send(first, header(first))).toBe(200);
    expect(await send(second, header(second, seconds(), OLD_SECRET))).toBe(200);
    const both = `${header(third, seconds(), 'whsec_newest')},v1=${sign(third)}`;
    expect(await send(third, both)).toBe(200);
  });

  test('again within its five minutes is acknowledged and stored once', async () => {
    const body = event();
    const statuses = await Promise.all(Array.from({ length: 20 }, () => send(body, header(body))));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { id } = JSON.parse(body) as { id: string };
    expect((await stored()).filter((row) => row.id === id)).toHaveLength(1);
  });

  test('that cannot be stored is told to come again, and counted', async () => {
    const failed = await counted('failed');
    // No text of Postgres holds such a character.
    const body = event({ id: 'evt_delivery_\u0000' });
    expect(await send(body, header(body))).toBe(503);
    expect(await counted('failed')).toBe(failed + 1);
  });

  test('of another mode or account is acknowledged, stored, and acted on by nobody', async () => {
    for (const [fields, outcome] of [
      [{ livemode: true }, 'wrong-mode'],
      [{ account: 'acct_other' }, 'other-account'],
    ] as const) {
      const body = event(fields);
      expect(await send(body, header(body))).toBe(200);
      const { id } = JSON.parse(body) as { id: string };
      expect((await stored()).find((row) => row.id === id)).toMatchObject({ state: 'done', outcome });
    }
  });

  test('of a type or shape we have not heard of is stored and done', async () => {
    const thin = { object: 'v2.core.event', type: 'v1.something.new', related_object: null, data: undefined };
    const bodies = [event({ type: 'something.entirely.new' }), event({ data: { object: {} } }), event(thin)];
    for (const body of bodies) expect(await send(body, header(body))).toBe(200);
    await it.work();
    const ids = bodies.map((body) => (JSON.parse(body) as { id: string }).id);
    const rows = (await stored()).filter((row) => ids.includes(row.id));
    expect(rows.map(({ state, outcome }) => [state, outcome])).toEqual(
      ids.map(() => ['done', 'no-customer']),
    );
  });

  test('about use that was taken and then dropped parks what it names', async () => {
    const { orgId } = await it.server.signIn({ tier: 'repx0' });
    const { emulator } = it.listening;
    const customer = await it.stripe.customers.create({ metadata: { organisation_id: orgId } });
    const usedAt = new Date(emulator.world.time.now * 1000);
    const window = {
      ...{ orgId, id: 'reported', customerId: customer.id, meter: 'aiQueries', hour: usedAt, sequence: 0 },
      ...{ quantity: 7, usedAt, state: 'confirmed' as const, identifier: 'reported', sendQuantity: 7 },
      ...{ nextAttemptAt: usedAt, confirmedAt: usedAt },
    };
    await withSystemScope(await testDatabase(), 'write', async ({ db }) => {
      await db.insert(billingCustomers).values({ orgId, customerId: customer.id, livemode: false });
      await db.insert(usageExports).values(window);
    });
    await it.stripe.billing.meters.create({
      display_name: 'AI queries',
      event_name: 'repspheres_ai_queries',
      default_aggregation: { formula: 'sum' },
    });
    await it.stripe.billing.meterEvents.create({
      event_name: 'repspheres_ai_queries',
      identifier: 'reported',
      payload: { stripe_customer_id: customer.id, value: 'seven' },
    });
    await emulator.advance(61);
    const { data: _, ...thin } = emulator.world.thinEvents.all.at(-1) ?? { data: null, id: '' };
    const body = JSON.stringify(thin);
    for (let told = 0; told < 2; told += 1) expect(await send(body, header(body))).toBe(200);
    await it.work();
    const rows = await withSystemScope(await testDatabase(), 'read', async ({ db }) => ({
      windows: await db.select().from(usageExports).where(eq(usageExports.orgId, orgId)),
      events: await db.select().from(billingEvents).where(eq(billingEvents.id, thin.id)),
    }));
    expect(rows.windows).toMatchObject([{ state: 'parked', reason: 'vendor: meter_event_invalid_value' }]);
    expect(rows.events).toMatchObject([{ state: 'done', outcome: 'meter-errors' }]);
  });

  test('of a customer that is nobody’s touches no organisation, whatever e-mail it has', async () => {
    const member = await it.server.signIn({ tier: 'repx0' });
    const email = `${member.userId}@example.com`;
    const customer = await it.stripe.customers.create({ email });
    const body = event({
      type: 'customer.updated',
      data: { object: { id: customer.id, object: 'customer', email } },
    });
    expect(await send(body, header(body))).toBe(200);
    await it.work();
    const { id } = JSON.parse(body) as { id: string };
    expect((await stored()).find((row) => row.id === id)).toMatchObject({ outcome: 'unknown-customer' });
  });
});

test('a body above a mebibyte is refused before it is read', async () => {
  expect(await send('x'.repeat(1024 * 1024 + 1), 't=1,v1=00')).toBe(413);
});
