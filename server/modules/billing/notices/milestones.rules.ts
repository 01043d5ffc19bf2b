import { PAYMENT_GRACE_MS } from '../../../core/plans.ts';
import type { SubscriptionSnapshot } from '../../../integrations/payments/port.ts';
import { cancellationDate } from '../entitlements.rules.ts';

/** A day of the calendar in UTC, which has no other kind: neither summer time nor leap days change its length. */
const DAY_MS = 86_400_000;
/** How long phone numbers are kept after the paid period, and when their owner is told. Source: product/decisions.md. */
export const NUMBERS_KEPT_DAYS = 30;
const releaseNoticeDays = {
  'numbers-kept-30-days': 30,
  'numbers-kept-7-days': 7,
  'numbers-kept-1-day': 1,
} as const;
/** Told this long before the grace of a late payment ends. */
const GRACE_WARNING_DAYS = 2;
const TRIAL_WARNING_DAYS = 3;
const PLAN_END_WARNING_DAYS = 7;
/** Nobody is told of an end that is longer ago. */
export const STALE_DAYS = 7;

export const noticeKinds = [
  'payment-failed',
  'payment-grace-ending',
  'payment-grace-over',
  'trial-ending',
  'trial-ended',
  'plan-ending',
  'plan-ended',
  'numbers-kept-30-days',
  'numbers-kept-7-days',
  'numbers-kept-1-day',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Something that happens once in the life of a subscription: people are told, or its phone numbers are released. */
export interface Milestone {
  readonly kind: NoticeKind | 'numbers-released';
  /** Kind, subscription and an instant that stays as long as the state it speaks of: it makes this milestone once. */
  readonly key: string;
  readonly dueAt: number;
  /** From then on it is not worth telling, as a later one says more; null for what must happen however late. */
  readonly until: number | null;
  /** The instant the text speaks of. */
  readonly about: number;
}

/** What counts down to the release of numbers, besides the subscription. */
export interface ReleaseFacts {
  /** Whether the organisation may hold some, and its entitlements let them go now; a tier granted by a person keeps them. */
  readonly releasesNumbers: boolean;
  /** When the last tier that a person gave ended; null where none has. */
  readonly grantedUntil: number | null;
  /** The release that people were told of; null before they were. */
  readonly announced: number | null;
}

/** Every milestone a subscription has in its present state, past and to come, by time. */
export function milestonesOf(sub: SubscriptionSnapshot, facts: ReleaseFacts, now: number): Milestone[] {
  const all = [...ofLatePayment(sub), ...ofTrial(sub), ...ofEnd(sub), ...ofNumbers(sub, facts, now)];
  return all.toSorted((a, b) => a.dueAt - b.dueAt);
}

/** Those that are to be acted on now, unless they were. */
export function dueMilestones(sub: SubscriptionSnapshot, facts: ReleaseFacts, now: number): Milestone[] {
  return milestonesOf(sub, facts, now).filter(
    ({ dueAt, until }) => dueAt <= now && (until === null || now < until),
  );
}

/** Milestones of one ladder, known by `since`, each until the next begins; the last until `end`. */
function ladder(
  sub: SubscriptionSnapshot,
  { since, end }: { since: number; end: number | null },
  steps: readonly { kind: Milestone['kind']; dueAt: number; about: number }[],
): Milestone[] {
  return steps.map((step, index) => ({
    ...step,
    key: `${step.kind}:${sub.id}:${since}`,
    until: steps[index + 1]?.dueAt ?? end,
  }));
}

/** By the debt, which may outlast a period and be followed by another one; of a status without a debt nobody is told. */
function ofLatePayment(sub: SubscriptionSnapshot): Milestone[] {
  const { status, pastDueSince: since } = sub;
  if ((status !== 'past_due' && status !== 'unpaid') || since === null) return [];
  const graceEnd = since + PAYMENT_GRACE_MS;
  const over = { kind: 'payment-grace-over', about: graceEnd } as const;
  const end = graceEnd + STALE_DAYS * DAY_MS;
  // After the vendor's last attempt the grace is over, whatever is left of it.
  if (status === 'unpaid' || !sub.retriesLeft)
    return ladder(sub, { since, end }, [{ ...over, dueAt: since }]);
  return ladder(sub, { since, end }, [
    { kind: 'payment-failed', dueAt: since, about: graceEnd },
    { kind: 'payment-grace-ending', dueAt: graceEnd - GRACE_WARNING_DAYS * DAY_MS, about: graceEnd },
    { ...over, dueAt: graceEnd },
  ]);
}

function ofTrial(sub: SubscriptionSnapshot): Milestone[] {
  const { trialEnd, status, createdAt } = sub;
  if (trialEnd === null) return [];
  const span = { since: trialEnd, end: trialEnd + STALE_DAYS * DAY_MS };
  const isOver = status === 'paused' || status === 'canceled' || status === 'unpaid';
  if (isOver) return ladder(sub, span, [{ kind: 'trial-ended', dueAt: trialEnd, about: trialEnd }]);
  if (status !== 'trialing' || cancellationDate(sub) !== null) return [];
  const dueAt = Math.max(createdAt, trialEnd - TRIAL_WARNING_DAYS * DAY_MS);
  return ladder(sub, { since: trialEnd, end: trialEnd }, [{ kind: 'trial-ending', dueAt, about: trialEnd }]);
}

/** When a subscription that ended stops giving its tier: with the period that was paid for. */
function endOfPlan(sub: SubscriptionSnapshot): number | null {
  if (sub.status !== 'canceled') return null;
  return Math.max(sub.endedAt ?? sub.createdAt, sub.paidThrough ?? 0);
}

function ofEnd(sub: SubscriptionSnapshot): Milestone[] {
  const ended = endOfPlan(sub);
  if (ended !== null) {
    // What is given back later may move the end of the plan, and not the end of the subscription.
    const span = { since: sub.endedAt ?? sub.createdAt, end: ended + STALE_DAYS * DAY_MS };
    return sub.trialEnd !== null && ended <= sub.trialEnd
      ? []
      : ladder(sub, span, [{ kind: 'plan-ended', dueAt: ended, about: ended }]);
  }
  const ending = cancellationDate(sub);
  if (ending === null) return [];
  const dueAt = Math.max(sub.createdAt, ending - PLAN_END_WARNING_DAYS * DAY_MS);
  return ladder(sub, { since: ending, end: ending }, [{ kind: 'plan-ending', dueAt, about: ending }]);
}

/** The end of what was paid for, from which numbers are kept on; null while they are not counted down. */
function numbersKeptSince(sub: SubscriptionSnapshot): number | null {
  if (sub.status === 'canceled') return endOfPlan(sub);
  // From the first invoice that was not paid; periods go on renewing, and each would begin anew.
  if (sub.status === 'unpaid') return sub.pastDueSince;
  return null;
}

/** Once for each time it was paid or given: neither the end of a debt nor the end after it begins another countdown. */
function countdownSince(sub: SubscriptionSnapshot, grantedUntil: number | null): number {
  return Math.max(sub.lastPaidAt ?? sub.createdAt, grantedUntil ?? 0);
}

/** The milestone by which people are told of a countdown; its `about` is what `announced` means. */
export function announcementKey(sub: SubscriptionSnapshot, grantedUntil: number | null): string {
  return `numbers-kept-30-days:${sub.id}:${countdownSince(sub, grantedUntil)}`;
}

function ofNumbers(sub: SubscriptionSnapshot, facts: ReleaseFacts, now: number): Milestone[] {
  const { releasesNumbers, grantedUntil, announced } = facts;
  const paidEnd = numbersKeptSince(sub);
  if (paidEnd === null || !releasesNumbers) return [];
  const from = Math.max(paidEnd, grantedUntil ?? 0);
  // Nobody loses a number without the notices: where they could not go out in time, the days count from the first of them.
  const begin = now - from < DAY_MS ? from : now;
  const releaseAt = announced ?? begin + NUMBERS_KEPT_DAYS * DAY_MS;
  const notices = Object.entries(releaseNoticeDays).map(([kind, days]) => ({
    kind: kind as keyof typeof releaseNoticeDays,
    dueAt: releaseAt - days * DAY_MS,
    about: releaseAt,
  }));
  const release = { kind: 'numbers-released', dueAt: releaseAt, about: releaseAt } as const;
  return ladder(sub, { since: countdownSince(sub, grantedUntil), end: null }, [...notices, release]);
}
