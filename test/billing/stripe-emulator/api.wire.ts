import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { customerWith, day, itemOf, latestInvoice, subscribed, testAccount } from './account.ts';

describe('the API', () => {
  it('refuses a wrong key, an unknown object and an unknown parameter as Stripe does', async () => {
    const { emulator, stripe } = await testAccount();
    const stranger = new Stripe('sk_test_other', {
      maxNetworkRetries: 0,
      httpClient: emulator.httpClient(),
    });
    await expect(stranger.customers.list()).rejects.toMatchObject({ type: 'StripeAuthenticationError' });
    await expect(stripe.customers.retrieve('cus_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'id',
    });
    const unknown = { name: 'A', nonsense: '1' };
    await expect(stripe.customers.create(unknown)).rejects.toMatchObject({
      code: 'parameter_unknown',
      param: 'nonsense',
    });
    const missing = stripe.prices.create({ currency: 'usd', product: 'prod_none', unit_amount: 1 });
    await expect(missing).rejects.toMatchObject({ statusCode: 400, param: 'product' });
  });

  it('expands what is asked for, four levels deep, and refuses what is no link', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    const whole = await account.stripe.subscriptions.retrieve(id, {
      expand: ['customer', 'latest_invoice.payments.data.payment.payment_intent'],
    });
    expect(whole.customer).toMatchObject({ object: 'customer' });
    const invoice = whole.latest_invoice;
    if (invoice === null || typeof invoice === 'string') return expect.unreachable();
    expect(invoice.payments?.data[0]?.payment.payment_intent).toMatchObject({ status: 'succeeded' });
    const wrong = account.stripe.subscriptions.retrieve(id, { expand: ['status'] });
    await expect(wrong).rejects.toThrow('cannot be expanded');
  });

  it('makes no customer together with a card that is declined', async () => {
    const { stripe } = await testAccount();
    const created = stripe.customers.create({ payment_method: 'pm_card_chargeDeclined' });
    await expect(created).rejects.toMatchObject({ type: 'StripeCardError', code: 'card_declined' });
    expect((await stripe.customers.list()).data).toEqual([]);
  });

  it('sets, changes and deletes single keys of metadata', async () => {
    const { stripe } = await testAccount();
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
    const after = await stripe.customers.update(id, { metadata: { a: '', c: '3' } });
    expect(after.metadata).toEqual({ b: '2', c: '3' });
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });

  it('keeps a lookup key with one price, and moves it where asked', async () => {
    const { stripe, prices } = await testAccount();
    await stripe.prices.update(prices.small, { lookup_key: 'repx1_month' });
    const taken = stripe.prices.update(prices.middle, { lookup_key: 'repx1_month' });
    await expect(taken).rejects.toMatchObject({ param: 'lookup_key' });
    await stripe.prices.update(prices.middle, { lookup_key: 'repx1_month', transfer_lookup_key: true });
    const { data } = await stripe.prices.list({ lookup_keys: ['repx1_month'] });
    expect(data.map(({ id }) => id)).toEqual([prices.middle]);
  });
});

describe('a checkout session', () => {
  const open = async () => {
    const account = await testAccount();
    const customer = await account.stripe.customers.create();
    const session = await account.stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: customer.id,
      line_items: [{ price: account.prices.middle, quantity: 1 }],
      success_url: 'https://example.com/done?session={CHECKOUT_SESSION_ID}',
      subscription_data: { metadata: { organisation: 'org_1' } },
    });
    return { account, session };
  };

  it('that is paid makes the subscription, with its metadata', async () => {
    const { account, session } = await open();
    expect(account.emulator.person.completeCheckout(session.id)).toEqual({
      status: 'complete',
      redirect: `https://example.com/done?session=${session.id}`,
    });
    const done = await account.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(done.subscription).toMatchObject({ status: 'active', metadata: { organisation: 'org_1' } });
  });

  it('whose card is declined stays open, and sells nothing', async () => {
    const { account, session } = await open();
    const bought = account.emulator.person.completeCheckout(session.id, { card: 'pm_card_chargeDeclined' });
    expect(bought).toMatchObject({ status: 'open', error: 'Your card was declined.' });
    expect((await account.stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
  });

  it('expires after 24 hours, and cannot be bought from then', async () => {
    const { account, session } = await open();
    await account.emulator.advance(day);
    expect(await account.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'expired',
      url: null,
    });
    expect(() => account.emulator.person.completeCheckout(session.id)).toThrow('expired');
  });

  it('can be closed by the seller once', async () => {
    const { account, session } = await open();
    await account.stripe.checkout.sessions.expire(session.id);
    await expect(account.stripe.checkout.sessions.expire(session.id)).rejects.toMatchObject({
      statusCode: 400,
    });
  });
});

describe('an invoice', () => {
  it('that was declined is paid by hand with a better card', async () => {
    const account = await testAccount();
    const subscription = await subscribed(account, { card: 'pm_card_chargeCustomerFail' });
    const invoice = await latestInvoice(account.stripe, subscription.id);
    await expect(account.stripe.invoices.pay(invoice.id)).rejects.toMatchObject({ type: 'StripeCardError' });
    const customer = String(subscription.customer);
    const card = await account.stripe.paymentMethods.attach('pm_card_visa', { customer });
    await account.stripe.invoices.pay(invoice.id, { payment_method: card.id });
    expect((await account.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  it('can be void or uncollectible once it is open, and not when it is paid', async () => {
    const account = await testAccount();
    const paid = await latestInvoice(account.stripe, (await subscribed(account)).id);
    await expect(account.stripe.invoices.voidInvoice(paid.id)).rejects.toMatchObject({ statusCode: 400 });
    const { id } = await subscribed(account, { card: 'pm_card_chargeCustomerFail' });
    const open = await latestInvoice(account.stripe, id);
    const given = await account.stripe.invoices.markUncollectible(open.id);
    expect(given.status_details?.uncollectible?.reason).toBe('user_forgiven');
    expect((await account.stripe.invoices.voidInvoice(open.id)).status).toBe('void');
  });

  it('of a coupon of 100 % is paid without a card', async () => {
    const account = await testAccount();
    const coupon = await account.stripe.coupons.create({ percent_off: 100, duration: 'once' });
    const customer = await account.stripe.customers.create();
    const { id, status } = await account.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: account.prices.middle }],
      discounts: [{ coupon: coupon.id }],
    });
    expect(status).toBe('active');
    await account.emulator.advance(30 * day);
    expect(await latestInvoice(account.stripe, id)).toMatchObject({ total: 19_700 });
  });

  it('of a coupon counts its redemption only where the subscription was made', async () => {
    const account = await testAccount();
    const { stripe, prices } = account;
    const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'once', max_redemptions: 1 });
    const code = await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } });
    const items = [{ price: prices.middle }];
    const discounts = [{ promotion_code: code.id }];
    const { id: customer } = await stripe.customers.create();
    await expect(stripe.subscriptions.create({ customer, items, discounts })).rejects.toThrow('no attached');
    const { events, discounts: begun } = account.emulator.world;
    const told = () => events.where(({ type }) => type === 'customer.discount.created').length;
    expect([begun.all.length, told()]).toEqual([0, 0]);
    await subscribed(account, { discounts });
    expect([begun.all.length, told()]).toEqual([1, 1]);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
    expect((await stripe.promotionCodes.retrieve(code.id)).times_redeemed).toBe(1);
    await expect(subscribed(account, { discounts })).rejects.toMatchObject({ code: 'coupon_expired' });
  });

  it('that is refunded stays paid, and its subscription active', async () => {
    const account = await testAccount();
    const { id } = await subscribed(account);
    const { id: invoice } = await latestInvoice(account.stripe, id);
    const { data } = await account.stripe.invoicePayments.list({ invoice });
    await account.stripe.refunds.create({ payment_intent: String(data[0]?.payment.payment_intent) });
    expect(await latestInvoice(account.stripe, id)).toMatchObject({ status: 'paid' });
    expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('active');
  });
});

describe('a test clock', () => {
  it('moves its customers alone, and is ready when all that was due has happened', async () => {
    const account = await testAccount();
    const frozen = Math.floor(Date.parse('2027-01-01T00:00:00Z') / 1000);
    const clock = await account.stripe.testHelpers.testClocks.create({ frozen_time: frozen });
    const { id: customer } = await account.stripe.customers.create({
      test_clock: clock.id,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const { id } = await account.stripe.subscriptions.create({
      customer,
      items: [{ price: account.prices.middle }],
    });
    const started = await account.stripe.testHelpers.testClocks.advance(clock.id, {
      frozen_time: frozen + 32 * day,
    });
    expect(started.status).toBe('advancing');
    await account.emulator.settled();
    expect(await account.stripe.testHelpers.testClocks.retrieve(clock.id)).toMatchObject({ status: 'ready' });
    const after = await account.stripe.subscriptions.retrieve(id);
    expect(itemOf(after).current_period_start).toBe(frozen + 31 * day);
    expect(await latestInvoice(account.stripe, id)).toMatchObject({ status: 'paid', test_clock: clock.id });
  });

  it('advances two intervals at most', async () => {
    const account = await testAccount();
    const frozen = Math.floor(Date.parse('2027-01-01T00:00:00Z') / 1000);
    const { id: clock } = await account.stripe.testHelpers.testClocks.create({ frozen_time: frozen });
    const { id: customer } = await account.stripe.customers.create({
      test_clock: clock,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    await account.stripe.subscriptions.create({ customer, items: [{ price: account.prices.middle }] });
    const advance = (days: number) =>
      account.stripe.testHelpers.testClocks.advance(clock, { frozen_time: frozen + days * day });
    await expect(advance(60)).rejects.toThrow('two intervals');
    expect((await advance(59)).status).toBe('advancing');
  });
});

it('a card without its owner is not used where the bank asks for them', async () => {
  const account = await testAccount();
  const customer = await customerWith(account, 'pm_card_authenticationRequired');
  const { id } = await account.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: account.prices.middle }],
    off_session: true,
  });
  expect((await account.stripe.subscriptions.retrieve(id)).status).toBe('incomplete');
  const invoice = await latestInvoice(account.stripe, id);
  const { data } = await account.stripe.invoicePayments.list({
    invoice: invoice.id,
    expand: ['data.payment.payment_intent'],
  });
  expect(data[0]?.payment.payment_intent).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'authentication_required' },
  });
});
