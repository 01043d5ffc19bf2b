import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { SubscriptionSnapshot } from '../../server/integrations/payments/port.ts';
import {
  announcementKey,
  dueMilestones,
  type Milestone,
  milestonesOf,
} from '../../server/modules/billing/notices/milestones.rules.ts';
import { noticeText } from '../../server/modules/billing/notices/notice-texts.ts';
import { DAY, snapshot } from './snapshot.ts';

const HOUR = DAY / 24;
const kept = { releasesNumbers: true, grantedUntil: null, announced: null };
const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

/** Midnights of every zone, changes of summer time, leap days, ends of months and years, over ten years; and any instant. */
const instants = fc.oneof(
  fc
    .constantFrom(
      '2028-02-29T00:00:00.000Z',
      '2028-02-28T23:59:59.999Z',
      '2032-02-29T23:59:59.999Z',
      '2027-03-28T01:00:00.000Z',
      '2027-10-31T00:59:59.999Z',
      '2026-11-01T06:00:00.000Z',
      '2029-03-11T07:00:00.000Z',
      '2026-12-31T23:59:59.999Z',
      '2030-01-31T12:00:00.000Z',
      '2031-06-30T10:00:00.000Z',
      '2033-12-31T14:00:00.000Z',
    )
    .map(Date.parse),
  fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2036-12-31T23:59:59Z') }),
  fc
    .tuple(fc.integer({ min: 0, max: 3652 }), fc.integer({ min: -14, max: 12 }))
    .map(([day, offset]) => Date.parse('2026-01-01T00:00:00Z') + day * DAY + offset * HOUR),
);
const zones = fc.constantFrom(
  'UTC',
  'Pacific/Kiritimati',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Etc/GMT+12',
);

/** What a job does that runs every so often: acts on what is due and was not acted on before. */
function play(
  sub: SubscriptionSnapshot,
  { from, days, everyMs }: { from: number; days: number; everyMs: number },
): { milestone: Milestone; at: number }[] {
  const acted: { milestone: Milestone; at: number }[] = [];
  const known = new Set<string>();
  let announced: number | null = null;
  for (let at = from; at <= from + days * DAY; at += everyMs) {
    for (const milestone of dueMilestones(sub, { ...kept, announced }, at)) {
      if (known.has(milestone.key)) continue;
      known.add(milestone.key);
      if (milestone.key === announcementKey(sub, null)) announced = milestone.about;
      acted.push({ milestone, at });
    }
  }
  return acted;
}

const lives: Record<string, { life: (at: number) => SubscriptionSnapshot; days: Record<string, number> }> = {
  'a late payment': {
    life: (at) =>
      snapshot({ status: 'past_due', pastDueSince: at, paidThrough: null, createdAt: at - 90 * DAY }),
    days: { 'payment-failed': 0, 'payment-grace-ending': 5, 'payment-grace-over': 7 },
  },
  'an ended plan': {
    life: (at) => snapshot({ status: 'canceled', endedAt: at, paidThrough: at, createdAt: at - 90 * DAY }),
    days: {
      'plan-ended': 0,
      'numbers-kept-30-days': 0,
      'numbers-kept-7-days': 23,
      'numbers-kept-1-day': 29,
      'numbers-released': 30,
    },
  },
  'a plan that will end in 20 days': {
    life: (at) => snapshot({ cancelAt: at + 20 * DAY, createdAt: at - 90 * DAY }),
    days: { 'plan-ending': 13 },
  },
  'a trial of 14 days': {
    life: (at) => snapshot({ status: 'trialing', trialEnd: at + 14 * DAY, createdAt: at }),
    days: { 'trial-ending': 11 },
  },
};

test.each(Object.entries(lives))(
  '%s: each notice once, on its day to the millisecond, whenever in ten years and in whatever zone',
  (_, { life, days }) => {
    fc.assert(
      fc.property(instants, zones, fc.integer({ min: HOUR / 4, max: 6 * HOUR }), (at, tz, everyMs) => {
        process.env.TZ = tz;
        const acted = play(life(at), { from: at - DAY, days: 45, everyMs });
        const dues = acted.map(({ milestone: { kind, dueAt } }) => [kind, (dueAt - at) / DAY]);
        expect(Object.fromEntries(dues)).toEqual(days);
        expect(acted).toHaveLength(Object.keys(days).length);
        for (const { milestone, at: actedAt } of acted) {
          expect(actedAt - milestone.dueAt).toBeGreaterThanOrEqual(0);
          expect(actedAt - milestone.dueAt).toBeLessThan(everyMs);
        }
      }),
      { numRuns: 60 },
    );
  },
);

describe('a job that was away', () => {
  const late = lives['a late payment']?.life(0) ?? snapshot();
  test('tells only the latest of a ladder', () => {
    expect(dueMilestones(late, kept, 6 * DAY).map(({ kind }) => kind)).toEqual(['payment-grace-ending']);
  });
  test('releases numbers however late, where people were told of it', () => {
    const ended = lives['an ended plan']?.life(0) ?? snapshot();
    const told = { ...kept, announced: 30 * DAY };
    expect(dueMilestones(ended, told, 50 * DAY).map(({ kind }) => kind)).toEqual(['numbers-released']);
  });
  test('gives the whole notice where nobody was told of it in time', () => {
    const ended = lives['an ended plan']?.life(0) ?? snapshot();
    const acted = play(ended, { from: 50 * DAY, days: 31, everyMs: HOUR });
    const days = acted.map(({ milestone: { kind, dueAt } }) => [kind, dueAt / DAY]);
    expect(Object.fromEntries(days)).toEqual({
      'numbers-kept-30-days': 50,
      'numbers-kept-7-days': 73,
      'numbers-kept-1-day': 79,
      'numbers-released': 80,
    });
  });
});

describe('what makes milestones', () => {
  const kinds = (sub: SubscriptionSnapshot, facts = kept) =>
    milestonesOf(sub, facts, 0).map(({ kind }) => kind);

  test('after the last attempt the grace is over at once', () => {
    const sub = snapshot({ status: 'past_due', pastDueSince: 0, retriesLeft: false });
    expect(dueMilestones(sub, kept, 1).map(({ kind }) => kind)).toEqual(['payment-grace-over']);
  });
  test('another debt is told of, too; the same one once, also when the period begins anew with another plan', () => {
    const key = (since: number, period: number) =>
      milestonesOf(
        snapshot({ status: 'past_due', pastDueSince: since, currentPeriodStart: period }),
        kept,
        0,
      )[0]?.key;
    expect(key(35 * DAY, 30 * DAY)).not.toBe(key(5 * DAY, 0));
    expect(key(5 * DAY, 6 * DAY)).toBe(key(5 * DAY, 0));
  });
  test('where nothing is owed any more nobody is told of a debt, whatever the status says', () => {
    expect(kinds(snapshot({ status: 'past_due', pastDueSince: null }))).toEqual([]);
    expect(kinds(snapshot({ status: 'unpaid', pastDueSince: null }))).toEqual([]);
  });
  test('a payment that came takes its notices away', () => {
    expect(kinds(snapshot({ status: 'active', pastDueSince: null }))).toEqual([]);
  });
  test('a cancelled plan keeps its tier to the end of the paid period, and the countdown begins there', () => {
    const sub = snapshot({ status: 'canceled', endedAt: 0, paidThrough: 12 * DAY, createdAt: -DAY });
    expect(milestonesOf(sub, kept, 0).map(({ dueAt }) => dueAt / DAY)).toEqual([12, 12, 35, 41, 42]);
  });
  test('where no number may be held, or a person granted a tier that keeps them, none is spoken of', () => {
    const ended = { status: 'canceled', endedAt: 0, paidThrough: 0 } as const;
    expect(kinds(snapshot(ended), { ...kept, releasesNumbers: false })).toEqual(['plan-ended']);
  });
  test('after a tier that a person gave another countdown begins, with all its notices', () => {
    const ended = { status: 'canceled', endedAt: 0, paidThrough: 0, createdAt: -DAY } as const;
    const first = milestonesOf(snapshot(ended), kept, 0).slice(1);
    const second = milestonesOf(snapshot(ended), { ...kept, grantedUntil: 45 * DAY }, 45 * DAY).slice(1);
    expect(second.map(({ dueAt }) => dueAt / DAY)).toEqual([45, 68, 74, 75]);
    for (const { key } of second) expect(first.map((one) => one.key)).not.toContain(key);
  });
  test('numbers are told of and released once for each time a plan was paid, whatever becomes of its debt', () => {
    const keysOf = (sub: SubscriptionSnapshot) =>
      milestonesOf(sub, kept, 0)
        .map(({ key }) => key)
        .slice(-4);
    const unpaid = { status: 'unpaid', pastDueSince: 30 * DAY, lastPaidAt: 0, paidThrough: null } as const;
    const keys = keysOf(snapshot(unpaid));
    expect(keys).toHaveLength(4);
    const later = { ...unpaid, pastDueSince: 61 * DAY };
    expect(keysOf(snapshot(later))).toEqual(keys);
    const ended = { ...later, status: 'canceled', pastDueSince: null, endedAt: 70 * DAY } as const;
    expect(keysOf(snapshot(ended))).toEqual(keys);
    const paidAgain = { ...unpaid, lastPaidAt: 70 * DAY, pastDueSince: 100 * DAY };
    for (const key of keysOf(snapshot(paidAgain))) expect(keys).not.toContain(key);
  });
  test('the end of a plan is told once, also when its money goes back later', () => {
    const ended = { status: 'canceled', endedAt: 0, paidThrough: 12 * DAY, createdAt: -DAY } as const;
    const plan = (sub: SubscriptionSnapshot) =>
      milestonesOf(sub, kept, 0).find(({ kind }) => kind === 'plan-ended');
    const paid = plan(snapshot(ended));
    const back = plan(snapshot({ ...ended, paidThrough: null }));
    expect([paid?.dueAt, back?.dueAt]).toEqual([12 * DAY, 0]);
    expect(back?.key).toBe(paid?.key);
  });
  test('a trial that ended without a plan says so once, and not that a plan ended', () => {
    const over = snapshot({
      status: 'canceled',
      trialEnd: 0,
      endedAt: 0,
      paidThrough: null,
      createdAt: -9 * DAY,
    });
    expect(kinds(over)).toContain('trial-ended');
    expect(kinds(over)).not.toContain('plan-ended');
  });
});

test('texts name days in UTC, wherever the process runs', () => {
  process.env.TZ = 'Pacific/Kiritimati';
  const about = Date.parse('2028-02-29T23:30:00Z');
  const facts = {
    organisation: 'Example Devices',
    plan: 'Business',
    about,
    page: 'https://app.example.com/pricing',
  };
  expect(noticeText('plan-ending', facts)).toEqual({
    subject: 'Your Business plan ends on Tue, 29 Feb 2028 23:30:00 GMT',
    text: expect.stringContaining('https://app.example.com/pricing'),
  });
});
