import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparePortal } from '../../server/integrations/payments/stripe/portal.ts';
import { mendSteps } from '../../server/integrations/payments/stripe/sync-step.ts';
import { stripeFaults } from '../../server/main/billing-config.ts';
import { StripeEmulator } from '../emulators/stripe/emulator.ts';
import { buyersAt, subscriptionRows } from './buying.ts';
import { appUrl, offerPortal, type StripeBackend, stripeBackend } from './stripe-backend.ts';

describe('the configuration of the customer portal', () => {
  const compared = async (emulator: StripeEmulator, configured: string | null = null) =>
    comparePortal(emulator.client(), configured);
  const mended = async (...given: Parameters<typeof compared>) =>
    (await mendSteps([await compared(...given)]))[0];
  /** A second configuration with our mark. */
  const youngerThan = async (emulator: StripeEmulator, id: string) => {
    const { configurations } = emulator.client().billingPortal;
    await emulator.advance(5);
    const { metadata } = await configurations.retrieve(id);
    return configurations.create({
      features: { invoice_history: { enabled: true } },
      metadata: metadata ?? {},
    });
  };

  test('is missing until it is made, and then as it must be', async () => {
    const emulator = new StripeEmulator();
    expect(await compared(emulator)).toMatchObject({ id: null, lacks: 'missing' });
    expect(emulator.world.portalConfigurations.where((row) => !row.is_default)).toEqual([]);
    const made = await mended(emulator);
    expect(await compared(emulator)).toEqual({
      ...{ name: 'portal configuration', id: made?.id, lacks: null, mend: null },
    });
    expect(emulator.world.portalConfigurations.get(made?.id ?? '').features).toMatchObject({
      subscription_cancel: { enabled: true, mode: 'at_period_end' },
      subscription_pause: { enabled: false },
      subscription_update: { enabled: false },
    });
  });

  test('that somebody changed or took out of use is told by what differs, and mended', async () => {
    const emulator = new StripeEmulator();
    const { configurations } = emulator.client().billingPortal;
    const id = (await mended(emulator))?.id ?? '';
    await configurations.update(id, {
      active: false,
      features: { subscription_update: { enabled: true }, customer_update: { enabled: false } },
    });
    expect((await compared(emulator)).lacks).toBe(
      'out of use, another customer_update, another subscription_update',
    );
    await mended(emulator);
    expect(await compared(emulator)).toMatchObject({ id, lacks: null });
  });

  test('is one: a second one of ours is taken out of use, one of somebody else is left alone', async () => {
    const emulator = new StripeEmulator();
    const { configurations } = emulator.client().billingPortal;
    const id = (await mended(emulator))?.id ?? '';
    const second = await youngerThan(emulator, id);
    const theirs = await configurations.create({ features: { invoice_history: { enabled: true } } });
    expect((await compared(emulator)).lacks).toBe(`beside ${second.id}`);
    await mended(emulator);
    expect(await compared(emulator)).toMatchObject({ id, lacks: null });
    expect((await configurations.retrieve(second.id)).active).toBe(false);
    expect((await configurations.retrieve(theirs.id)).active).toBe(true);
  });

  test('that is in use is kept, also beside an older one', async () => {
    const emulator = new StripeEmulator();
    const { configurations } = emulator.client().billingPortal;
    const older = (await mended(emulator))?.id ?? '';
    const { id } = await youngerThan(emulator, older);
    expect((await compared(emulator, id)).lacks).toContain(`beside ${older}`);
    await mended(emulator, id);
    expect(await compared(emulator, id)).toMatchObject({ id, lacks: null });
    expect((await configurations.retrieve(older)).active).toBe(false);
  });

  test('is made once, though the answer was lost', async () => {
    const emulator = new StripeEmulator();
    emulator.fail({ kind: 'reset', at: 'after', method: 'POST' });
    const made = await mended(emulator);
    const own = emulator.world.portalConfigurations.where((row) => !row.is_default);
    expect(own.map(({ id }) => id)).toEqual([made?.id]);
  });

  test('is needed where money is real', () => {
    const variables = {
      STRIPE_SECRET_KEY: 'sk_live_x',
      STRIPE_MODE: 'live',
      STRIPE_WEBHOOK_SECRETS: 'whsec_x',
    };
    expect(stripeFaults(variables).join()).toContain('STRIPE_PORTAL');
    expect(stripeFaults({ ...variables, STRIPE_PORTAL: 'bpc_x' }).join()).not.toContain('STRIPE_PORTAL');
  });
});

describe('the portal of a member', () => {
  let it: StripeBackend;
  let portal: string;
  beforeAll(async () => {
    it = await stripeBackend(async (stripe) => {
      portal = await offerPortal(stripe);
      return { STRIPE_PORTAL: portal };
    });
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test('offers cards, invoices and an end with the period; no other plan, pause or end at once', async () => {
    const { ask, buy, entitlements } = buyersAt(it);
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx2');
    const { data } = await ask(member, 'billing.portal', { returnUrl: appUrl });
    expect(data?.url).toMatch(/^https:/);
    const { world, person } = it.listening.emulator;
    expect(world.portalSessions.all.map(({ configuration }) => configuration)).toEqual([portal]);
    const [row] = await subscriptionRows(member);
    const id = row?.id ?? '';
    const price = world.prices.all.at(-1)?.id ?? '';
    expect(() => person.changePlanInPortal(id, price)).toThrow(/does not offer/);
    expect(() => person.pauseInPortal(id)).toThrow(/does not offer/);
    expect(() => person.cancelInPortal(id, 'now')).toThrow(/does not offer/);
    person.cancelInPortal(id);
    await it.deliver();
    await expect.poll(() => entitlements(member)).toMatchObject({ tier: 'repx2', cancelAtPeriodEnd: true });
  });

  test('is refused, typed, while its configuration is out of use', async () => {
    const { ask, buy } = buyersAt(it);
    const member = await it.server.signIn({ tier: 'repx0' });
    await buy(member, 'repx1');
    const { configurations } = it.stripe.billingPortal;
    await configurations.update(portal, { active: false });
    const refused = await ask(member, 'billing.portal', { returnUrl: appUrl });
    await configurations.update(portal, { active: true });
    expect(refused.failure?.code).toBe('billing.vendor-refused');
  });
});
