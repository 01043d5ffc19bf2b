import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { billingCheckouts, subscriptions } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { SignedIn } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { appUrl, type StripeBackend } from './stripe-backend.ts';

export const returning = { successUrl: `${appUrl}/subscribe/success`, cancelUrl: `${appUrl}/subscribe` };

export async function subscriptionRows({ orgId }: SignedIn) {
  return withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db.select().from(subscriptions).where(eq(subscriptions.orgId, orgId)),
  );
}

/** The pages an organisation was opened. */
export async function pageRows({ orgId }: { readonly orgId: string }) {
  return withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db.select().from(billingCheckouts).where(eq(billingCheckouts.orgId, orgId)),
  );
}

/** What people do with plans at a backend. */
export function buyersAt(it: StripeBackend) {
  const ask = (who: SignedIn, path: string, input?: unknown, headers = {}) =>
    it.server.mutate(path, input, { token: who.token, headers });
  const entitlements = async (who: SignedIn) =>
    (await it.server.query('entitlements.get', undefined, { token: who.token })).data;
  /** Buys a plan, with every delivery sent `times`. */
  const buy = async (who: SignedIn, tier: string, times = 1): Promise<void> => {
    const { data, failure } = await ask(who, 'billing.checkout', { tier, ...returning });
    expect(failure).toBeNull();
    it.listening.emulator.person.completeCheckout(String(data?.sessionId), { card: 'pm_card_visa' });
    await it.deliver((waiting) => Array.from({ length: times }, () => waiting).flat());
    await expect.poll(() => entitlements(who)).toMatchObject({ status: 'active' });
  };
  return { ask, entitlements, buy };
}
