import { beforeEach, describe, expect, it } from 'vitest';
import { customerWith, day, latestInvoice, type TestAccount, testAccount } from './account.ts';

let account: TestAccount;
let customer: string;
let now: number;

beforeEach(async () => {
  account = await testAccount();
  customer = (await customerWith(account)).id;
  now = account.emulator.world.time.now;
  await account.stripe.billing.meters.create({
    display_name: 'AI queries',
    event_name: 'ai_query',
    default_aggregation: { formula: 'sum' },
  });
});

const send = (value: string, more: { identifier?: string; timestamp?: number; customer?: string } = {}) => {
  const { customer: of = customer, ...rest } = more;
  return account.stripe.billing.meterEvents.create({
    event_name: 'ai_query',
    payload: { stripe_customer_id: of, value },
    ...rest,
  });
};

async function counted(start = now - day, end = now + day): Promise<number> {
  const [meter] = (await account.stripe.billing.meters.list()).data;
  const summaries = await account.stripe.billing.meters.listEventSummaries(meter?.id ?? '', {
    customer,
    start_time: start,
    end_time: end,
  });
  return summaries.data[0]?.aggregated_value ?? 0;
}

describe('a meter event', () => {
  it('is counted a while after it was taken, not at once', async () => {
    await send('3');
    expect(await counted()).toBe(0);
    await account.emulator.advance(60);
    expect(await counted()).toBe(3);
  });

  it('with a known identifier is refused for 24 hours, and is a new event after', async () => {
    await send('1', { identifier: 'w1' });
    await expect(send('1', { identifier: 'w1' })).rejects.toThrow('already exists with identifier w1');
    await account.emulator.advance(day - 1);
    await expect(send('1', { identifier: 'w1' })).rejects.toMatchObject({ statusCode: 400 });
    await account.emulator.advance(1);
    await send('1', { identifier: 'w1', timestamp: now });
    await account.emulator.advance(60);
    expect(await counted()).toBe(2);
  });

  it.each([
    ['35 days old', -35 * day, true],
    ['a second older than 35 days', -35 * day - 1, false],
    ['5 minutes ahead', 300, true],
    ['a second more than 5 minutes ahead', 301, false],
  ])('%s is taken or refused by its time stamp', async (_, offset, taken) => {
    const sent = send('1', { timestamp: now + offset });
    if (taken) await expect(sent).resolves.toMatchObject({ object: 'billing.meter_event' });
    else await expect(sent).rejects.toMatchObject({ param: 'timestamp' });
  });

  it('is taken back within 24 hours of its receipt, and not after', async () => {
    const cancel = (identifier: string) =>
      account.stripe.billing.meterEventAdjustments.create({
        event_name: 'ai_query',
        type: 'cancel',
        cancel: { identifier },
      });
    await send('5', { identifier: 'a' });
    await send('7', { identifier: 'b' });
    await account.emulator.advance(day);
    expect(await cancel('a')).toMatchObject({ status: 'pending' });
    expect(await counted()).toBe(7);
    await account.emulator.advance(1);
    await expect(cancel('b')).rejects.toThrow('within 24 hours');
  });

  it('that turns out wrong is told by an error report, and never counted', async () => {
    await send('nonsense', { identifier: 'bad-value' });
    await send('4', { identifier: 'bad-customer', customer: 'cus_nobody' });
    await send('2');
    await account.emulator.advance(60);
    expect(await counted()).toBe(2);
    const report = account.emulator.world.thinEvents.all.find(({ type }) => type.includes('error_report'));
    const told = await account.stripe.v2.core.events.retrieve(report?.id ?? '');
    if (told.type !== 'v1.billing.meter.error_report_triggered') return expect.unreachable();
    expect(told.data.reason.error_count).toBe(2);
    expect(told.data.reason.error_types.map(({ code }) => code).toSorted()).toEqual([
      'meter_event_customer_not_found',
      'meter_event_invalid_value',
    ]);
  });

  it('of no known meter is refused at once', async () => {
    const sent = account.stripe.billing.meterEvents.create({ event_name: 'other', payload: { value: '1' } });
    await expect(sent).rejects.toMatchObject({ param: 'event_name' });
  });
});

describe('a summary', () => {
  it.each([
    ['sum', 9],
    ['count', 3],
    ['last', 4],
  ] as const)('aggregates by the formula of the meter: %s', async (formula, expected) => {
    const meter = await account.stripe.billing.meters.create({
      display_name: formula,
      event_name: formula,
      default_aggregation: { formula },
    });
    for (const [value, at] of [
      ['3', now - 30],
      ['4', now],
      ['2', now - 20],
    ] as const)
      await account.stripe.billing.meterEvents.create({
        event_name: formula,
        payload: { stripe_customer_id: customer, value },
        timestamp: at,
      });
    await account.emulator.advance(60);
    const { data } = await account.stripe.billing.meters.listEventSummaries(meter.id, {
      customer,
      start_time: now - day,
      end_time: now + day,
    });
    expect(data[0]?.aggregated_value).toBe(expected);
  });

  it('by the hour has one entry for each hour that counted, newest first', async () => {
    await send('1', { timestamp: now - 7200 });
    await send('2', { timestamp: now - 3600 });
    await account.emulator.advance(60);
    const [meter] = (await account.stripe.billing.meters.list()).data;
    const { data } = await account.stripe.billing.meters.listEventSummaries(meter?.id ?? '', {
      customer,
      start_time: now - 4 * 3600,
      end_time: now,
      value_grouping_window: 'hour',
    });
    expect(data.map((row) => [row.start_time - now, row.aggregated_value])).toEqual([
      [-3600, 2],
      [-7200, 1],
    ]);
  });

  it('that is not bounded by whole minutes is refused', async () => {
    await expect(counted(now - 1)).rejects.toMatchObject({ param: 'start_time' });
  });
});

describe('a metered price', () => {
  it('bills behind what its meter counted in the period', async () => {
    const [meter] = (await account.stripe.billing.meters.list()).data;
    const product = await account.stripe.products.create({ name: 'AI queries' });
    const price = await account.stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 50,
      recurring: { interval: 'month', usage_type: 'metered', meter: meter?.id ?? '' },
    });
    const { id } = await account.stripe.subscriptions.create({
      customer,
      items: [{ price: account.prices.small }, { price: price.id }],
    });
    await account.emulator.advance(10 * day);
    await send('30');
    await account.emulator.advance(20 * day + 3600);
    const invoice = await latestInvoice(account.stripe, id);
    expect(invoice.lines.data.map((line) => line.amount)).toEqual([1_500, 9_700]);
    expect(invoice).toMatchObject({ amount_paid: 11_200, status: 'paid' });
  });
});
