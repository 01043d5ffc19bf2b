import type { BillingCursor } from '../../../db/queries/billing-cursors.ts';
import type { SettledPayment, SubscriptionSnapshot } from '../../integrations/payments/port.ts';

/** Nothing follows any more from an end this long after its period, so what was given back of it since is no matter. */
export const SETTLED_MS = 60 * 86_400_000;

/** A fetch of one customer, numbered before it begins. */
export interface FetchTicket {
  readonly orgId: string;
  readonly customerId: string;
  readonly livemode: boolean;
  readonly number: number;
  /** What was paid of subscriptions that ended in a period which was over `SETTLED_MS` ago, by their ids: not asked again. */
  readonly settled: ReadonlyMap<string, SettledPayment>;
}

/** What a fetch brought: everything the vendor has of the customer's subscriptions. */
export interface FetchedCustomer {
  readonly deleted: boolean;
  readonly subscriptions: readonly SubscriptionSnapshot[];
}

/** Something outside the database that must happen once; the key names the subscription and the transition. */
export interface BillingEffect {
  readonly key: string;
  readonly kind: 'cancel-duplicate' | 'keep-when-paid' | 'notice';
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface ClaimedEvent {
  readonly id: string;
  readonly payload: string;
  /** Which attempt holds it; a later one has the say. */
  readonly attempts: number;
  /**
   * Whether a fetch of its customer that began after this event came was applied since, and nothing is owed that it asked
   * for: then there is nothing left to do.
   */
  readonly isCovered: boolean;
}

/**
 * Where billing keeps what it knows. Each member is one transaction; `apply` does under the customer's lock what
 * `planApplication` says. Postgres in production; the simulation has one of its own that keeps the same promises.
 */
export interface BillingStore {
  /** Stores a delivery durably; false when it was stored before. With an `outcome` it is done already. */
  receive(
    event: { id: string; type: string; payload: string; customerId: string | null },
    outcome: string | null,
  ): Promise<boolean>;
  /** Takes an event that is not done and that nobody works on; null for any other. */
  claimEvent(id: string): Promise<ClaimedEvent | null>;
  finishEvent(event: ClaimedEvent, outcome: string): Promise<void>;
  failEvent(event: ClaimedEvent, error: string): Promise<void>;
  /** Events that wait for an attempt: failed ones whose time has come, and those whose job or process was lost. */
  listStaleEvents(stale: { olderThanMs: number; limit: number }): Promise<readonly string[]>;
  /** Null for a customer that is nobody's. */
  issueFetch(customerId: string): Promise<FetchTicket | null>;
  /** The customer of an organisation that is not known to be deleted; null for none. */
  customerOf(orgId: string): Promise<string | null>;
  /** Maps a customer to an organisation that has none; null when it has another one or there is no such organisation. */
  adopt(orgId: string, customerId: string): Promise<FetchTicket | null>;
  /** Null when a later fetch was applied before: then nothing was changed. */
  apply(ticket: FetchTicket, fetched: FetchedCustomer): Promise<Application | null>;
  openEffects(orgId: string): Promise<readonly BillingEffect[]>;
  finishEffect(orgId: string, key: string): Promise<void>;
  /** Adds prepaid units, once a source; false when they were added before. */
  grantUnits(grant: { orgId: string; meter: string; sourceId: string; quantity: number }): Promise<boolean>;
  /** Notes that a checkout page of an organisation will sell no more. */
  closeCheckout(orgId: string, sessionId: string, state: 'completed' | 'expired'): Promise<void>;
  /** Whether an organisation began to buy units on a page that has not given them and may yet. */
  hasOpenPack(orgId: string): Promise<boolean>;
  /** Customers after `after` that no fetch has applied since `since` and that are not deleted, in order of their ids. */
  listUnchecked(page: { since: Date; after: string; limit: number }): Promise<readonly string[]>;
  /** How far a walk over the vendor has come; null before its first step. */
  findCursor(name: string): Promise<BillingCursor | null>;
  /** Moves a walk on from where it was found; false when another process moved it meanwhile. */
  moveCursor(name: string, move: { from: BillingCursor | null; to: BillingCursor }): Promise<boolean>;
  /** The clock that all of this goes by. */
  now(): Promise<Date>;
}

/** The rights of organisations as they are stored; see `BillingStore` for who keeps them. */
export interface RightsStore {
  /** Organisations whose stored rights have expired, are of an older catalogue or follow from the other mode. */
  listDue(limit: number): Promise<readonly string[]>;
  /** Computes and stores what an organisation may do now; whether that changed. */
  refresh(orgId: string): Promise<boolean>;
}

/** What an application changed. */
export interface Application {
  /** Whether what was stored differed from what was fetched. */
  readonly drifted: boolean;
  /** Whether the organisation's rights changed. */
  readonly changed: boolean;
  /** What a person should look at: `unknown-status:…`, `unknown-price:…`, `second-subscription:…`. */
  readonly alerts: readonly string[];
}
