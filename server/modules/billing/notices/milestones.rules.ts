import { limitOf, PAYMENT_GRACE_MS } from '../../../core/plans.ts';
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
const STALE_DAYS = 7;

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
  /** Whether the organisation's entitlements say so now; a tier granted by a person keeps the numbers. */
  readonly releasesNumbers: boolean;
}

/** Every milestone a subscription has in its present state, past and to come, by time. */
export function milestonesOf(sub: SubscriptionSnapshot, facts: ReleaseFacts): Milestone[] {
  const all = [...ofLatePayment(sub), ...ofTrial(sub), ...ofEnd(sub), ...ofNumbers(sub, facts)];
  return all.toSorted((a, b) => a.dueAt - b.dueAt);
}

/** Those that are to be acted on now, unless they were. */
export function dueMilestones(sub: SubscriptionSnapshot, facts: ReleaseFacts, now: number): Milestone[] {
  return milestonesOf(sub, facts).filter(
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

function ofNumbers(sub: SubscriptionSnapshot, { releasesNumbers }: ReleaseFacts): Milestone[] {
  const from = numbersKeptSince(sub);
  if (from === null || !releasesNumbers) return [];
  // Whoever has none loses none; a plan without numbers may have followed one with them, of which they were kept.
  const mayHold = sub.tier === null || limitOf(sub.tier, 'phoneNumbersHeld') !== 0;
  const releaseAt = from + NUMBERS_KEPT_DAYS * DAY_MS;
  const notices = Object.entries(releaseNoticeDays).map(([kind, days]) => ({
    kind: kind as keyof typeof releaseNoticeDays,
    dueAt: releaseAt - days * DAY_MS,
    about: releaseAt,
  }));
  const release = { kind: 'numbers-released', dueAt: releaseAt, about: releaseAt } as const;
  // Once for each time it was paid: neither its end after the countdown of a debt, nor a debt that is voided begins another.
  const since = sub.lastPaidAt ?? sub.createdAt;
  return ladder(sub, { since, end: null }, [...(mayHold ? notices : []), release]);
}
