import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rankOf, tiers } from '../../server/core/tiers.ts';
import { type SubscriptionSnapshot, subscriptionStatuses } from '../../server/integrations/payments/port.ts';
import {
  type Entitlements,
  entitlementsOf,
  type TierOverride,
} from '../../server/modules/billing/entitlements.rules.ts';
import { DAY, NOW, snapshot } from './snapshot.ts';

const judge = (
  subscription: SubscriptionSnapshot | null,
  now = NOW,
  overrides: readonly TierOverride[] = [],
): Entitlements => entitlementsOf({ subscription, overrides, catalogueVersion: 1, now });

describe('each status of the table (reliability 4.2)', () => {
  const cases: [string, SubscriptionSnapshot | null, Partial<Entitlements>][] = [
    ['no subscription', null, { tier: 'repx0', access: 'full', spend: 'open', reasons: ['no-subscription'] }],
    [
      'trialing: the tier, trial caps, no new numbers',
      snapshot({ status: 'trialing', trialEnd: NOW + DAY }),
      { tier: 'repx3', access: 'full', spend: 'included', numbers: 'kept', reasons: ['trial'] },
    ],
    [
      'active: everything',
      snapshot(),
      { tier: 'repx3', access: 'full', spend: 'open', numbers: 'allowed', expiresAt: null },
    ],
    [
      'active with collection paused: the tier, what is included, no new numbers',
      snapshot({ collectionPaused: true }),
      { tier: 'repx3', spend: 'included', numbers: 'kept', reasons: ['collection-paused'] },
    ],
    [
      'active with a change that waits for its payment: the old tier, no new numbers',
      snapshot({ updatePending: true }),
      { tier: 'repx3', spend: 'open', numbers: 'kept', reasons: ['subscribed', 'update-pending'] },
    ],
    [
      'active until cancel_at: the tier to that date, no new numbers',
      snapshot({ cancelAt: NOW + 3 * DAY }),
      { tier: 'repx3', spend: 'open', numbers: 'kept', expiresAt: NOW + 3 * DAY },
    ],
    [
      'active until the end of its period: the tier to the end',
      snapshot({ cancelAtPeriodEnd: true }),
      { tier: 'repx3', spend: 'open', numbers: 'kept', expiresAt: NOW + 20 * DAY },
    ],
    [
      'active past cancel_at although nobody told us: ended',
      snapshot({ cancelAt: NOW - 1 }),
      { tier: 'repx0', spend: 'included', numbers: 'release', reasons: ['ended'] },
    ],
    [
      'past_due: the tier for seven days, what is included, no new numbers',
      snapshot({ status: 'past_due', pastDueSince: NOW - DAY, paidThrough: null }),
      {
        tier: 'repx3',
        access: 'full',
        spend: 'included',
        numbers: 'kept',
        reasons: ['payment-late'],
        expiresAt: NOW + 6 * DAY,
      },
    ],
    [
      'past_due after seven days: free',
      snapshot({ status: 'past_due', pastDueSince: NOW - 7 * DAY }),
      { tier: 'repx0', spend: 'included', numbers: 'kept', reasons: ['payment-grace-over'] },
    ],
    [
      'past_due after the last attempt: free, grace or not',
      snapshot({ status: 'past_due', pastDueSince: NOW - DAY, retriesLeft: false }),
      { tier: 'repx0', reasons: ['payment-grace-over'] },
    ],
    [
      'past_due with a cancellation: to the earlier of both',
      snapshot({ status: 'past_due', pastDueSince: NOW - DAY, cancelAt: NOW + 2 * DAY }),
      { tier: 'repx3', expiresAt: NOW + 2 * DAY },
    ],
    [
      'unpaid: read-only, numbers counted down',
      snapshot({ status: 'unpaid' }),
      { tier: 'repx0', access: 'read-only', spend: 'none', numbers: 'release' },
    ],
    [
      'incomplete: free',
      snapshot({ status: 'incomplete' }),
      { tier: 'repx0', access: 'full', spend: 'included', numbers: 'kept' },
    ],
    [
      'incomplete_expired: free',
      snapshot({ status: 'incomplete_expired' }),
      { tier: 'repx0', access: 'full', spend: 'included', numbers: 'kept' },
    ],
    [
      'paused: read-only, numbers kept',
      snapshot({ status: 'paused' }),
      { tier: 'repx0', access: 'read-only', spend: 'none', numbers: 'kept' },
    ],
    [
      'canceled within a period that was paid: the tier to its end',
      snapshot({ status: 'canceled', endedAt: NOW - DAY, paidThrough: NOW + 2 * DAY }),
      { tier: 'repx3', spend: 'included', numbers: 'kept', expiresAt: NOW + 2 * DAY },
    ],
    [
      'canceled for want of payment: free from its end',
      snapshot({ status: 'canceled', endedAt: NOW - DAY, paidThrough: null }),
      { tier: 'repx0', access: 'full', spend: 'included', numbers: 'release', reasons: ['ended'] },
    ],
    [
      'a status nobody knows: read-only, and a person is told',
      snapshot({ status: 'hibernating' }),
      { tier: 'repx0', access: 'read-only', spend: 'none', numbers: 'kept', reasons: ['unknown-status'] },
    ],
    [
      'a price nobody knows: read-only, and a person is told',
      snapshot({ tier: null }),
      { tier: 'repx0', access: 'read-only', spend: 'none', numbers: 'kept', reasons: ['unknown-price'] },
    ],
  ];
  test.each(cases)('%s', (_name, subscription, expected) => {
    expect(judge(subscription)).toMatchObject(expected);
  });

  test('names of Object.prototype are no statuses', () => {
    for (const status of ['constructor', '__proto__', 'toString'])
      expect(judge(snapshot({ status })).reasons).toEqual(['unknown-status']);
  });
});

describe('a tier given by a person', () => {
  const grant = { tier: 'repx4', startsAt: NOW - DAY, endsAt: NOW + DAY } as const;
  test('lifts what is paid for, to its end', () => {
    expect(judge(snapshot(), NOW, [grant])).toMatchObject({ tier: 'repx4', expiresAt: NOW + DAY });
    expect(judge(snapshot(), NOW + DAY, [grant])).toMatchObject({ tier: 'repx3', expiresAt: null });
    expect(judge(null, NOW, [grant])).toMatchObject({ tier: 'repx4', spend: 'open' });
  });
  test('never lowers it, and announces when it will begin', () => {
    expect(judge(snapshot({ tier: 'repx5' }), NOW, [grant]).tier).toBe('repx5');
    const later = { ...grant, startsAt: NOW + 1000 };
    expect(judge(null, NOW, [later])).toMatchObject({ tier: 'repx0', expiresAt: NOW + 1000 });
  });
});

const instant = fc.integer({ min: -60, max: 60 }).map((days) => NOW + days * DAY + 7);
const anySnapshot: fc.Arbitrary<SubscriptionSnapshot> = fc.record({
  id: fc.constant('sub_1'),
  customerId: fc.constant('cus_1'),
  status: fc.oneof(fc.constantFrom<string>(...subscriptionStatuses), fc.string()),
  tier: fc.option(fc.constantFrom(...tiers)),
  cycle: fc.constantFrom('monthly', 'annual', null),
  createdAt: instant,
  currentPeriodStart: fc.option(instant),
  currentPeriodEnd: fc.option(instant),
  cancelAt: fc.option(instant),
  cancelAtPeriodEnd: fc.boolean(),
  endedAt: fc.option(instant),
  trialEnd: fc.option(instant),
  collectionPaused: fc.boolean(),
  updatePending: fc.boolean(),
  paidThrough: fc.option(instant),
  lastPaidAt: fc.option(instant),
  pastDueSince: fc.option(instant),
  retriesLeft: fc.boolean(),
  itemId: fc.constant(null),
  priceId: fc.constant(null),
  scheduleId: fc.constant(null),
  checkoutId: fc.constant(null),
});
const anyOverride: fc.Arbitrary<TierOverride> = fc.record({
  tier: fc.constantFrom(...tiers),
  startsAt: instant,
  endsAt: fc.option(instant),
});

describe('for every subscription whatever', () => {
  test('there is an answer', () => {
    fc.assert(
      fc.property(anySnapshot, instant, (subscription, now) => {
        const answer = judge(subscription, now);
        expect(tiers).toContain(answer.tier);
        expect(answer.reasons.length).toBeGreaterThan(0);
        if (answer.access === 'read-only') expect(answer).toMatchObject({ tier: 'repx0', spend: 'none' });
      }),
      { numRuns: 2000 },
    );
  });

  test('a higher tier never gives less', () => {
    fc.assert(
      fc.property(
        anySnapshot,
        fc.constantFrom(...tiers),
        fc.constantFrom(...tiers),
        instant,
        (sub, a, b, now) => {
          const [low, high] = rankOf(a) <= rankOf(b) ? [a, b] : [b, a];
          const [lower, higher] = [judge({ ...sub, tier: low }, now), judge({ ...sub, tier: high }, now)];
          expect(rankOf(higher.tier)).toBeGreaterThanOrEqual(rankOf(lower.tier));
          expect({ ...higher, tier: null }).toEqual({ ...lower, tier: null });
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('the answer holds until it says it expires', () => {
    fc.assert(
      fc.property(
        anySnapshot,
        fc.array(anyOverride, { maxLength: 3 }),
        instant,
        instant,
        (sub, grants, a, b) => {
          const [early, late] = a <= b ? [a, b] : [b, a];
          const first = judge(sub, early, grants);
          if (first.expiresAt !== null) expect(first.expiresAt).toBeGreaterThan(early);
          if (first.expiresAt !== null && late >= first.expiresAt) return;
          const { expiresAt: _first, ...then } = judge(sub, late, grants);
          const { expiresAt: _second, ...now } = first;
          expect(then).toEqual(now);
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('it depends on nothing but its facts', () => {
    fc.assert(
      fc.property(anySnapshot, fc.array(anyOverride, { maxLength: 3 }), instant, (sub, grants, now) => {
        const again = judge(structuredClone(sub), now, [...grants].reverse());
        expect(again.tier).toBe(judge(sub, now, grants).tier);
      }),
    );
  });
});
