import { catalogueVersion } from '../../../core/plans.ts';
import type { SubscriptionSnapshot } from '../../../integrations/payments/port.ts';
import { entitlementsOf, type TierOverride } from '../entitlements.rules.ts';
import { dueMilestones, type Milestone, type ReleaseFacts } from './milestones.rules.ts';

/** A subscription in a state that people may have to be told of. */
export interface NoticeCandidate {
  readonly orgId: string;
  readonly subscription: SubscriptionSnapshot;
}

/** A notice that was recorded and not sent, with what is true of its organisation now. */
export interface OpenNotice {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly subscription: SubscriptionSnapshot | null;
  /** Null when the person of the detail is no contact any more. */
  readonly contact: { readonly email: string; readonly organisation: string } | null;
  readonly grantedUntil: number | null;
  /** The clock by which it was read. */
  readonly now: number;
}

/** Where notices are kept; each member is one transaction. */
export interface NoticeStore {
  /** The clock by which notices are due. */
  now(): Promise<Date>;
  /**
   * Current subscriptions with a late payment, a trial, or an end that is to come, that is not longer ago than `endedSince`,
   * or after which phone numbers may still be held.
   */
  listCandidates(page: {
    endedSince: Date;
    after: string;
    limit: number;
  }): Promise<readonly NoticeCandidate[]>;
  /** Records what `milestonesNow` says of an organisation, each once for ever, with the events that send it; how many were new. */
  record(orgId: string, now: number): Promise<number>;
  /** Null for a notice that was sent, or never recorded. */
  findOpen(orgId: string, key: string): Promise<OpenNotice | null>;
  finish(orgId: string, key: string): Promise<void>;
}

/** What decides, besides the subscription, what an organisation is to be told of. */
export interface NoticeSituation extends Pick<ReleaseFacts, 'announced'> {
  /** Every tier that a person gave, those that ended too. */
  readonly overrides: readonly TierOverride[];
  /** Whether phone numbers were allowed since the last release, and are not by the stored rights. */
  readonly keepsNumbers: boolean;
}

/** When the last tier that a person gave ended; null where none has. */
export function grantedUntil(overrides: readonly TierOverride[], now: number): number | null {
  const ends = overrides.map(({ endsAt }) => endsAt).filter((end) => end !== null && end <= now);
  return ends.length === 0 ? null : Math.max(...ends.map(Number));
}

/** These say that the organisation is on the Free plan. */
const falls: readonly Milestone['kind'][] = ['payment-grace-over', 'trial-ended', 'plan-ended'];

/** What an organisation is to be told of now; not of a fall to the Free plan where a person gave it another. */
export function milestonesNow(
  subscription: SubscriptionSnapshot,
  { overrides, keepsNumbers, announced }: NoticeSituation,
  now: number,
): Milestone[] {
  const { numbers, reasons } = entitlementsOf({ subscription, overrides, catalogueVersion, now });
  const releasesNumbers = keepsNumbers && numbers === 'release';
  const facts = { releasesNumbers, announced, grantedUntil: grantedUntil(overrides, now) };
  const due = dueMilestones(subscription, facts, now);
  return reasons.includes('granted') ? due.filter(({ kind }) => !falls.includes(kind)) : due;
}

/** Something to be written with a milestone: an entry of the ledger, and the event that acts on it. */
export interface NoticeOrder {
  /** Null where nobody is told, but the event itself is the effect. */
  readonly notice: { readonly key: string; readonly detail: Record<string, unknown> } | null;
  readonly event: {
    readonly eventId: string;
    readonly name: string;
    readonly data: Record<string, unknown>;
  };
}

/** What a milestone that was reached makes happen, once: a mail to each contact, or the release of the numbers. */
export function ordersFor(
  { orgId, subscriptionId }: { orgId: string; subscriptionId: string },
  { key, kind, about }: Milestone,
  contacts: readonly string[],
): NoticeOrder[] {
  if (kind === 'numbers-released') {
    const data = { orgId, subscriptionId, releaseAt: new Date(about).toISOString() };
    const event = { eventId: `${orgId}:${key}`, name: 'billing/numbers.release-due', data };
    return [{ notice: null, event }];
  }
  return contacts.map((userId) => {
    const notice = { key: `${key}:${userId}`, detail: { subscriptionId, about, kind, userId } };
    const data = { orgId, key: notice.key };
    return { notice, event: { eventId: `${orgId}:${notice.key}`, name: 'billing/notice.due', data } };
  });
}
