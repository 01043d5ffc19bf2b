import { isDeepStrictEqual } from 'node:util';
import { rankOf } from '../../core/tiers.ts';
import { type SubscriptionSnapshot, subscriptionStatuses } from '../../integrations/payments/port.ts';
import type { BillingEffect, FetchedCustomer } from './billing-store.ts';

/** What is stored of an organisation before a fetch of one of its customers is applied. */
export interface StoredBilling {
  /** Of the customer that was fetched. */
  readonly subscriptions: readonly SubscriptionSnapshot[];
  /** Of the organisation's other customers; of those that were deleted only what has ended. */
  readonly others: readonly SubscriptionSnapshot[];
  readonly currentId: string | null;
  /** Subscriptions that were cancelled as duplicates; never current again. */
  readonly cancelledIds: ReadonlySet<string>;
  /** Those that are to be cancelled and may not be yet. */
  readonly owedIds: ReadonlySet<string>;
  /** The clock by which time that is paid for runs. */
  readonly now: number;
}

export interface ApplicationPlan {
  readonly current: SubscriptionSnapshot | null;
  readonly effects: readonly BillingEffect[];
  /** Keys of effects that are owed and should not happen any more: what was a duplicate is the one that is left. */
  readonly withdrawn: readonly string[];
  readonly alerts: readonly string[];
  readonly drifted: boolean;
}

/** What is stored of an organisation, as seen by one of its customers. A deleted customer has no living subscription, whatever was last stored of it. */
export function divided(
  stored: readonly { readonly one: SubscriptionSnapshot; readonly isOfDeleted: boolean }[],
  customerId: string,
): Pick<StoredBilling, 'subscriptions' | 'others'> {
  const isOwn = ({ one }: { one: SubscriptionSnapshot }) => one.customerId === customerId;
  const others = stored.filter((row) => !isOwn(row) && !(row.isOfDeleted && isLive(row.one)));
  return { subscriptions: stored.filter(isOwn).map(({ one }) => one), others: others.map(({ one }) => one) };
}

/** Which status speaks for an organisation that has several subscriptions: the lower number. */
const rankByStatus: Readonly<Record<string, number>> = {
  active: 0,
  trialing: 0,
  past_due: 1,
  unpaid: 2,
  paused: 2,
  canceled: 4,
  incomplete: 5,
  incomplete_expired: 6,
};
const UNKNOWN_RANK = 2;
const PAYING_RANK = 1;
/** An end that leaves time which is paid for: nothing else takes that away. */
const PAID_END_RANK = 2.5;
/** What is no plan of ours: sold for something else, or at a price that is not configured. */
const OTHER_RANK = 3;

const rank = ({ status }: SubscriptionSnapshot) => rankByStatus[status] ?? UNKNOWN_RANK;

function say(subscription: SubscriptionSnapshot, now: number): number {
  const { status, paidThrough, tier } = subscription;
  if (tier === null && isLive(subscription)) return OTHER_RANK;
  return status === 'canceled' && (paidThrough ?? 0) > now ? PAID_END_RANK : rank(subscription);
}

/** Whether it takes money, so that there may be only one of it. */
export function isLive(subscription: SubscriptionSnapshot): boolean {
  return rank(subscription) <= UNKNOWN_RANK;
}

/** Whether it is certain that `other` was bought of us again beside it. */
function isBoughtTwice(current: SubscriptionSnapshot | null, other: SubscriptionSnapshot): boolean {
  return current?.tier != null && isLive(current) && other.tier !== null && other.checkoutId !== null;
}

/** What applying a fetch means: pure, and the same whatever order fetches come in. */
export function planApplication(stored: StoredBilling, fetched: FetchedCustomer): ApplicationPlan {
  const candidates = bySay([...fetched.subscriptions, ...stored.others], stored);
  const current = candidates[0] ?? null;
  // Of what is stored, while paid time runs or once it has: that it ran out meanwhile is no drift.
  const known = [...stored.subscriptions, ...stored.others];
  const could = [0, Number.POSITIVE_INFINITY].map((now) => bySay(known, { ...stored, now })[0]?.id ?? null);
  const surplus = candidates.slice(1).filter((one) => rank(one) <= PAYING_RANK);
  const ours = surplus.filter((one) => isBoughtTwice(current, one));
  return {
    current,
    withdrawn: [...stored.owedIds].filter((id) => id === current?.id).map(duplicateKey),
    effects: ours.map(({ id }) => ({
      key: duplicateKey(id),
      kind: 'cancel-duplicate',
      detail: { subscriptionId: id },
    })),
    alerts: [
      ...surplus.filter((one) => !ours.includes(one)).map(({ id }) => `second-subscription:${id}`),
      ...(current === null ? [] : doubtsAbout(current)),
    ],
    drifted: !could.includes(stored.currentId) || !sameSet(stored.subscriptions, fetched.subscriptions),
  };
}

const duplicateKey = (id: string) => `duplicate:${id}`;

/** The subscriptions that effects of kind `cancel-duplicate` name. */
export function duplicatesIn(
  effects: readonly { readonly key: string; readonly isDone: boolean }[],
): Pick<StoredBilling, 'cancelledIds' | 'owedIds'> {
  const ids = (isDone: boolean) =>
    new Set(
      effects.filter((one) => one.isDone === isDone).map(({ key }) => key.slice(duplicateKey('').length)),
    );
  return { cancelledIds: ids(true), owedIds: ids(false) };
}

/**
 * Those that were not cancelled as duplicates, the one with the say first: plans of ours by status, then the higher plan,
 * then the older, then the one that had it; of ended ones the one that ended, or is paid for, last.
 */
function bySay(
  subscriptions: readonly SubscriptionSnapshot[],
  { currentId, cancelledIds, now }: Pick<StoredBilling, 'currentId' | 'cancelledIds' | 'now'>,
): SubscriptionSnapshot[] {
  return subscriptions
    .filter(({ id }) => !cancelledIds.has(id))
    .toSorted((a, b) => {
      const byRank = say(a, now) - say(b, now);
      if (byRank !== 0) return byRank;
      if (a.status === 'canceled' && b.status === 'canceled') {
        const end = (one: SubscriptionSnapshot) => Math.max(one.paidThrough ?? 0, one.endedAt ?? 0);
        if (end(a) !== end(b)) return end(b) - end(a);
      }
      const height = ({ tier }: SubscriptionSnapshot) => (tier === null ? -1 : rankOf(tier));
      const byAge = height(b) - height(a) || a.createdAt - b.createdAt;
      if (byAge !== 0) return byAge;
      if (a.id === currentId || b.id === currentId) return a.id === currentId ? -1 : 1;
      return a.id < b.id ? -1 : 1;
    });
}

function doubtsAbout(current: SubscriptionSnapshot): string[] {
  if (!subscriptionStatuses.some((status) => status === current.status))
    return [`unknown-status:${current.status}`];
  return current.tier === null && isLive(current) ? [`unknown-price:${current.priceId}`] : [];
}

function sameSet(a: readonly SubscriptionSnapshot[], b: readonly SubscriptionSnapshot[]): boolean {
  const byId = (list: readonly SubscriptionSnapshot[]) => list.toSorted((x, y) => (x.id < y.id ? -1 : 1));
  return isDeepStrictEqual(byId(a), byId(b));
}
