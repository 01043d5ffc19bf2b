import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantTier } from '../../db/queries/entitlements.ts';
import { subscriptions } from '../../db/schema/billing.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';
import {
  refreshDueEntitlements,
  refreshEntitlements,
} from '../../server/modules/billing/refresh-entitlements.ts';
import { postgresRightsStore } from '../../server/modules/billing/store.postgres.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { DAY, snapshot } from './snapshot.ts';

let here: TestBackend;
let there: TestBackend;
beforeAll(async () => {
  here = await testBackend();
  there = await testBackend();
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

async function subscribe(who: SignedIn, changes: Partial<SubscriptionSnapshot>): Promise<void> {
  const sub = snapshot({ id: `sub_${who.orgId}`, ...changes });
  const { customerId, status, tier, cycle } = sub;
  const row = { customerId, livemode: true, status, tier, cycle };
  await withSystemScope(await testDatabase(), 'write', async (scope) => {
    await scope.db
      .insert(subscriptions)
      .values({ orgId: who.orgId, id: sub.id, ...row, snapshot: { ...sub }, isCurrent: true })
      .onConflictDoUpdate({ target: subscriptions.id, set: { ...row, snapshot: { ...sub } } });
    await refreshEntitlements(scope, who.orgId, true);
  });
}

const get = async (server: TestBackend, who: SignedIn) =>
  (await server.query('entitlements.get', undefined, { token: who.token })).data;
const tierOn = async (server: TestBackend, who: SignedIn) =>
  (await server.query('identity.getSession', undefined, { token: who.token })).data?.tier;

describe('entitlements.get', () => {
  test('of somebody without a subscription: the free plan with its fields (J1)', async () => {
    const free = await here.signIn({ tier: 'repx0' });
    expect(await get(here, free)).toMatchObject({
      tier: 'repx0',
      tierName: 'Free',
      status: 'none',
      cancelAtPeriodEnd: false,
      currentPeriodEnd: null,
      features: { agentTimeLimit: 30, emailAccess: false, phoneAccess: false, twilioProvisioning: false },
      limits: { aiQueries: 10 },
      agentSeconds: 30,
      unlimited: false,
      connections: { phone: false, gmail: false },
      usage: { aiQueries: 0, researchScans: 0, emails: 0, canvas_briefs: 0, ripples: 0 },
      upgradeUrl: expect.stringContaining('tier=repx1'),
    });
  });

  test('of a subscriber: plan, period and what each app reads', async () => {
    const member = await here.signIn({ tier: 'repx0' });
    const currentPeriodEnd = Date.now() + 20 * DAY;
    await subscribe(member, { currentPeriodEnd, cancelAtPeriodEnd: true });
    const end = new Date(currentPeriodEnd).toISOString();
    expect(await get(here, member)).toMatchObject({
      tier: 'repx3',
      status: 'active',
      currentPeriodEnd: end,
      cancelAtPeriodEnd: true,
      cancelAt: end,
      features: { phoneAccess: true, twilioProvisioning: true, gmailIntegration: false, agentTimeLimit: 900 },
      limits: { aiQueries: 500 },
      connections: { phone: true, gmail: false },
    });
  });

  test('of a guest: the free plan', async () => {
    const token = await here.guest();
    expect((await here.query('entitlements.get', undefined, { token })).data).toMatchObject({
      tier: 'repx0',
    });
  });
});

describe('entitlements.check', () => {
  const features = [
    ['emailAccess', 'repx1'],
    ['phoneAccess', 'repx1'],
    ['twilioProvisioning', 'repx3'],
    ['gmailIntegration', 'repx4'],
    ['whiteLabel', 'repx5'],
    ['canvasScan', 'repx2'],
  ] as const;
  test.each(['repx0', 'repx1', 'repx2', 'repx3', 'repx4', 'repx5'] as const)('at %s (J2)', async (tier) => {
    const member = await here.signIn({ tier });
    for (const [feature, requiredTier] of features) {
      const { data } = await here.query('entitlements.check', { feature }, { token: member.token });
      const allowed = tier >= requiredTier;
      expect(data).toEqual({
        feature,
        allowed,
        reason: allowed ? 'included' : 'tier-too-low',
        requiredTier: allowed ? null : requiredTier,
        upgradeUrl: allowed ? null : expect.stringContaining(`tier=${requiredTier}`),
      });
    }
  });

  test('says that a payment is due where that is the reason', async () => {
    const member = await here.signIn({ tier: 'repx0' });
    await subscribe(member, { status: 'unpaid' });
    const { data } = await here.query(
      'entitlements.check',
      { feature: 'smsAccess' },
      { token: member.token },
    );
    expect(data).toMatchObject({ allowed: false, reason: 'payment-due' });
  });
});

describe('a change', () => {
  test('holds on every process within a second, for calls and for open streams', async () => {
    const member = await here.signIn({ tier: 'repx0' });
    await subscribe(member, { tier: 'repx1', checkoutId: 'a' });
    expect(await tierOn(there, member)).toBe('repx1');
    const abort = new AbortController();
    const response = await there.backend.http.request('/trpc/entitlements.follow', {
      headers: { authorization: `Bearer ${member.token}`, accept: 'text/event-stream' },
      signal: abort.signal,
    });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
        for (const [, tier] of chunk.matchAll(/^data: \{"tier":"(repx\d)"/gm)) seen.push(tier ?? '');
    })().catch(() => {});
    await expect.poll(() => seen).toEqual(['repx1']);
    await subscribe(member, { tier: 'repx4' });
    await expect.poll(() => seen, { timeout: 1000 }).toEqual(['repx1', 'repx4']);
    await expect.poll(() => tierOn(there, member), { timeout: 1000 }).toBe('repx4');
    expect(await tierOn(here, member)).toBe('repx4');
    abort.abort();
    await reading;
  });

  test('that changes nothing is not announced', async () => {
    const member = await here.signIn({ tier: 'repx0' });
    await subscribe(member, {});
    const before = (await get(here, member))?.version;
    await subscribe(member, {});
    expect((await get(here, member))?.version).toBe(before);
  });

  test('by time alone is made by the minute’s job, once', async () => {
    const database = await testDatabase();
    const member = await here.signIn({ tier: 'repx0' });
    const endsAt = new Date(Date.now() + 2_500); // far enough for what is asked before it, on a busy machine
    await withSystemScope(database, 'write', async (scope) => {
      await grantTier(scope, { orgId: member.orgId, id: 'trial', tier: 'repx2', reason: 'a trial', endsAt });
      await refreshEntitlements(scope, member.orgId, true);
    });
    await expect.poll(() => tierOn(here, member)).toBe('repx2');
    await expect
      .poll(() => refreshDueEntitlements(postgresRightsStore(database, true)), { timeout: 10_000 })
      .toBe(1);
    expect(await refreshDueEntitlements(postgresRightsStore(database, true))).toBe(0);
    await expect.poll(() => tierOn(here, member)).toBe('repx0');
  });
});
