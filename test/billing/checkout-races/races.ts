import { randomUUID } from 'node:crypto';
import { plans } from '../../../server/core/plans.ts';
import type { Tier } from '../../../server/core/tiers.ts';
import type { SignedIn } from '../../support/backend.ts';
import { appUrl, type StripeBackend } from '../stripe-backend.ts';

/** One person with several tabs, and what each does. */
export interface Racer {
  /** Opens a page that sells a plan; null where it is refused. */
  open(tier: Tier): Promise<string | null>;
  /** Pays on a page, if it is still open. */
  pay(page: string | null): void;
  change(tier: Tier, key?: string): Promise<void>;
  /** A paid subscription of ours by a page that we know nothing of any more. */
  stray(tier: Tier): Promise<void>;
}

export type Race = (racer: Racer, tiers: readonly [Tier, Tier, Tier]) => Promise<void>;

/** Two acts that meet, in each way that has made two subscriptions somewhere (F58, and 4.4 of the design). */
export const races: Readonly<Record<string, Race>> = {
  async 'two tabs, one plan, both paid'(racer, [a]) {
    const pages = await Promise.all([racer.open(a), racer.open(a)]);
    for (const page of pages) racer.pay(page);
  },
  async 'two tabs, two plans, both paid'(racer, [a, b]) {
    const pages = await Promise.all([racer.open(a), racer.open(b)]);
    for (const page of pages) racer.pay(page);
  },
  async 'paid while another page opens'(racer, [a, b]) {
    const first = await racer.open(a);
    const second = racer.open(b);
    racer.pay(first);
    racer.pay(await second);
  },
  async 'paid, and bought again before we are told'(racer, [a, b]) {
    racer.pay(await racer.open(a));
    racer.pay(await racer.open(b));
  },
  async 'a change clicked twice'(racer, [a, b]) {
    racer.pay(await racer.open(a));
    const key = randomUUID();
    await Promise.all([racer.change(b, key), racer.change(b, key)]);
  },
  async 'two changes at once'(racer, [a, b, c]) {
    racer.pay(await racer.open(a));
    await Promise.all([racer.change(b), racer.change(c)]);
  },
  async 'a change while another tab buys'(racer, [a, b, c]) {
    racer.pay(await racer.open(a));
    const [page] = await Promise.all([racer.open(c), racer.change(b)]);
    racer.pay(page);
  },
  async 'a page paid beside one that was lost'(racer, [a, b]) {
    const page = await racer.open(a);
    await Promise.all([racer.stray(b), Promise.resolve().then(() => racer.pay(page))]);
  },
};

const returning = { successUrl: appUrl, cancelUrl: appUrl };

export function racerFor(it: StripeBackend, who: SignedIn): Racer {
  const { emulator } = it.listening;
  const { stripe } = it;
  const ask = (path: string, input: unknown, headers: Record<string, string> = {}) =>
    it.server.mutate(path, input, { token: who.token, headers });
  return {
    async open(tier) {
      const { data } = await ask('billing.checkout', { tier, ...returning });
      return data === undefined ? null : String(data.sessionId);
    },
    pay(page) {
      if (page === null || emulator.world.sessions.get(page).status !== 'open') return;
      emulator.person.completeCheckout(page, { card: 'pm_card_visa' });
    },
    async change(tier, key) {
      await ask('billing.changePlan', { tier }, key === undefined ? {} : { 'idempotency-key': key });
    },
    async stray(tier) {
      const customer = customerOf(it, who.orgId);
      emulator.person.useCard(customer, 'pm_card_visa');
      const price = (await stripe.prices.list({ limit: 100 })).data.find(
        (one) => one.unit_amount === plans[tier].cents.monthly,
      );
      const metadata = { organisation_id: who.orgId, checkout_id: `chk_stray_${who.orgId}` };
      await stripe.subscriptions.create({ customer, items: [{ price: price?.id ?? '' }], metadata });
    },
  };
}

/** The organisation's customer at Stripe; empty before its first page. */
export function customerOf({ listening }: StripeBackend, orgId: string): string {
  const { customers } = listening.emulator.world;
  return customers.where((row) => row.metadata.organisation_id === orgId)[0]?.id ?? '';
}
