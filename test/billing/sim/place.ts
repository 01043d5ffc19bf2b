import type { PlanMove } from '../../../server/integrations/payments/port.ts';
import type { BillingStore, RightsStore } from '../../../server/modules/billing/billing-store.ts';
import type { NoticeStore } from '../../../server/modules/billing/notices/notice-store.ts';

export interface Stores {
  readonly store: BillingStore;
  readonly rights: RightsStore;
  readonly notices: NoticeStore;
}

/** Where billing keeps what it knows, and what a judge may read of it beyond the stores' own promises. */
export interface Place extends Stores {
  /** The same memory in the hands of a server with a live key; the rest is of test mode. */
  readonly live: Stores;
  addOrganisation(organisation: NewOrganisation): Promise<void>;
  /** A checkout page of an organisation, as `beginCheckout` notes it: before it is opened, and once it is. */
  noteCheckout(page: NotedCheckout): Promise<void>;
  /** What a change of plan owes once it is paid, as `oweKeeping` notes it before the change is asked for. */
  oweKeeping(wish: KeepingWish): Promise<void>;
  /** The stored state of an event; null for one that never came. */
  event(id: string): Promise<StoredEvent | null>;
  /** Events that are not done. */
  unfinished(): Promise<readonly string[]>;
  /** Facts told to others, oldest first. */
  outbox(): Promise<readonly OutboxEntry[]>;
  effects(orgId: string): Promise<readonly StoredEffect[]>;
  organisation(orgId: string): Promise<StoredOrganisation>;
}

export interface KeepingWish {
  readonly orgId: string;
  readonly id: string;
  /** Null for a wish that makes none at once. */
  readonly move: PlanMove | null;
}

export interface NotedCheckout {
  readonly orgId: string;
  readonly checkoutId: string;
  readonly sessionId: string | null;
}

export interface NewOrganisation {
  readonly orgId: string;
  readonly name: string;
  /** Who is told about money. */
  readonly contacts: readonly { readonly userId: string; readonly email: string }[];
}

export interface StoredEvent {
  readonly state: 'received' | 'processing' | 'done' | 'failed';
  readonly outcome: string | null;
  readonly attempts: number;
}

export interface OutboxEntry {
  readonly eventId: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoredEffect {
  readonly key: string;
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly done: boolean;
}

/** The rights of an organisation as others see them. */
export interface StoredRights {
  readonly tier: string;
  readonly access: string;
  readonly spend: string;
  readonly numbers: string;
  readonly reasons: readonly string[];
  readonly expiresAt: number | null;
}

export interface StoredOrganisation {
  readonly tier: string;
  /** Null when none were ever stored. */
  readonly rights: (StoredRights & { readonly version: number }) | null;
  readonly currentId: string | null;
  readonly subscriptionIds: readonly string[];
  readonly customers: readonly { readonly customerId: string; readonly isDeleted: boolean }[];
  /** Prepaid units, by meter. */
  readonly granted: Readonly<Record<string, number>>;
  /** States of checkout pages by session. */
  readonly checkouts: Readonly<Record<string, string>>;
}
