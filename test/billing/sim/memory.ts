import { isDeepStrictEqual } from 'node:util';
import type { BillingCursor } from '../../../db/queries/billing-cursors.ts';
import { catalogueVersion } from '../../../server/core/plans.ts';
import type { SubscriptionSnapshot } from '../../../server/integrations/payments/port.ts';
import {
  type Application,
  type BillingStore,
  type FetchedCustomer,
  type FetchTicket,
  type RightsStore,
  SETTLED_MS,
} from '../../../server/modules/billing/billing-store.ts';
import {
  allowsNumbers,
  type Entitlements,
  entitlementsOf,
} from '../../../server/modules/billing/entitlements.rules.ts';
import { keepingOf } from '../../../server/modules/billing/keep-when-paid.ts';
import { announcementKey } from '../../../server/modules/billing/notices/milestones.rules.ts';
import {
  milestonesNow,
  type NoticeStore,
  ordersFor,
} from '../../../server/modules/billing/notices/notice-store.ts';
import { divided, duplicatesIn, planApplication } from '../../../server/modules/billing/sync.rules.ts';
import type {
  KeepingWish,
  NewOrganisation,
  NotedCheckout,
  OutboxEntry,
  Place,
  StoredEvent,
  StoredOrganisation,
} from './place.ts';

interface Customer {
  readonly orgId: string;
  readonly livemode: boolean;
  readonly customerId: string;
  fetchIssued: number;
  fetchApplied: number;
  checkedAt: number | null;
  deletedAt: number | null;
}

interface Subscription {
  readonly orgId: string;
  readonly livemode: boolean;
  readonly snapshot: SubscriptionSnapshot;
  isCurrent: boolean;
}

interface Event {
  readonly id: string;
  readonly payload: string;
  readonly customerId: string | null;
  readonly fetchesBefore: number;
  readonly receivedAt: number;
  state: StoredEvent['state'];
  outcome: string | null;
  attempts: number;
  leaseUntil: number;
  nextAttemptAt: number;
}

interface Effect {
  readonly key: string;
  readonly livemode: boolean;
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  doneAt: number | null;
}

interface Organisation extends NewOrganisation {
  tier: string;
  mayHoldNumbers: boolean;
  rights: (Entitlements & { version: number; livemode: boolean }) | null;
  readonly effects: Map<string, Effect>;
  readonly granted: Map<string, number>;
  readonly sources: Set<string>;
  readonly checkouts: Map<string, string>;
  /** Sessions of the pages that were begun; null until it is noted. */
  readonly begun: Map<string, string | null>;
}

interface ModeOf {
  readonly orgId: string;
  readonly livemode: boolean;
}

const LEASE_MS = 60_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;
const CHECK_CANDIDATES = ['past_due', 'unpaid', 'trialing', 'paused'];

/** Billing's memory without a database: each member at once and whole. That it keeps the promises of Postgres, `store-conformance.test.ts` shows. */
export class MemoryPlace implements Place {
  readonly #now: () => number;
  readonly #organisations = new Map<string, Organisation>();
  readonly #customers = new Map<string, Customer>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #events = new Map<string, Event>();
  readonly #cursors = new Map<string, BillingCursor>();
  readonly #outbox = new Map<string, OutboxEntry>();

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly store = this.#storeOf(false);
  readonly rights = this.#rightsOf(false);
  readonly notices = this.#noticesOf(false);
  readonly live = {
    store: this.#storeOf(true),
    rights: this.#rightsOf(true),
    notices: this.#noticesOf(true),
  };

  #storeOf(livemode: boolean): BillingStore {
    return {
      receive: async ({ id, payload, customerId }, outcome) => {
        if (this.#events.has(id)) return false;
        const now = this.#now();
        const state = outcome === null ? 'received' : 'done';
        const fresh = { attempts: 0, leaseUntil: 0, receivedAt: now, nextAttemptAt: now };
        const fetchesBefore = this.#customer(customerId ?? '', livemode)?.fetchIssued ?? 0;
        this.#events.set(id, { id, payload, customerId, fetchesBefore, state, outcome, ...fresh });
        const data = { eventId: id, customer: customerId ?? id };
        if (outcome === null)
          this.#tell({ eventId: `billing.event:${id}`, name: 'billing/event.received', data });
        return true;
      },
      claimEvent: async (id) => {
        const event = this.#events.get(id);
        if (event === undefined || !this.#isFree(event)) return null;
        event.state = 'processing';
        event.attempts += 1;
        event.leaseUntil = this.#now() + LEASE_MS;
        const customer = this.#customer(event.customerId ?? '', livemode);
        const isCovered =
          customer !== undefined &&
          customer.fetchApplied > event.fetchesBefore &&
          this.#effectsOf(customer, ['cancel-duplicate', 'keep-when-paid']).every(({ isDone }) => isDone);
        return { id, payload: event.payload, attempts: event.attempts, isCovered };
      },
      finishEvent: async (claimed, outcome) => {
        const event = this.#held(claimed);
        if (event !== null) Object.assign(event, { state: 'done', outcome });
      },
      failEvent: async (claimed) => {
        const event = this.#held(claimed);
        if (event === null) return;
        const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(event.attempts - 1, 20), LONGEST_WAIT_MS);
        Object.assign(event, { state: 'failed', nextAttemptAt: this.#now() + wait });
      },
      listStaleEvents: async ({ olderThanMs, limit }) => {
        const now = this.#now();
        const isStale = (event: Event) =>
          event.nextAttemptAt <= now &&
          (event.state === 'failed' ||
            (event.state === 'received' && event.receivedAt < now - olderThanMs) ||
            (event.state === 'processing' && event.leaseUntil < now));
        return [...this.#events.values()]
          .filter(isStale)
          .toSorted((a, b) => a.nextAttemptAt - b.nextAttemptAt || (a.id < b.id ? -1 : 1))
          .slice(0, limit)
          .map(({ id }) => id);
      },
      issueFetch: async (customerId) => this.#issue(customerId, livemode),
      customerOf: async (orgId) => this.#currentCustomer({ orgId, livemode })?.customerId ?? null,
      adopt: async (orgId, customerId) => {
        const isFree =
          this.#currentCustomer({ orgId, livemode }) === null && !this.#customers.has(customerId);
        if (isFree && this.#organisations.has(orgId)) {
          const fresh = { fetchIssued: 0, fetchApplied: 0, checkedAt: null, deletedAt: null };
          this.#customers.set(customerId, { orgId, livemode, customerId, ...fresh });
        }
        return this.#currentCustomer({ orgId, livemode })?.customerId === customerId
          ? this.#issue(customerId, livemode)
          : null;
      },
      apply: async (ticket, fetched) => this.#apply(ticket, fetched),
      openEffects: async (orgId) =>
        [...(this.#organisations.get(orgId)?.effects.values() ?? [])]
          .filter((effect) => effect.doneAt === null && effect.livemode === livemode)
          .toSorted((a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1))
          .map(({ key, kind, detail }) => ({ key, kind: kind as 'notice', detail })),
      finishEffect: async (orgId, key) => this.#finishEffect(orgId, key),
      grantUnits: async ({ orgId, meter, sourceId, quantity }) => {
        const { granted, sources } = this.#organisation(orgId);
        const source = `${meter} ${sourceId}`;
        if (sources.has(source)) return false;
        sources.add(source);
        granted.set(meter, (granted.get(meter) ?? 0) + quantity);
        return true;
      },
      closeCheckout: async (orgId, sessionId, state) => {
        const checkouts = this.#organisations.get(orgId)?.checkouts;
        const stored = checkouts?.get(sessionId);
        if (stored !== undefined && stored !== 'completed') checkouts?.set(sessionId, state);
      },
      hasOpenPack: async (orgId) => {
        const { begun, checkouts, sources } = this.#organisation(orgId);
        return [...begun.values()].some(
          (session) =>
            session === null ||
            (checkouts.get(session) !== 'expired' && !sources.has(`aiQueries ${session}`)),
        );
      },
      listUnchecked: async ({ since, after, limit }) =>
        [...this.#customers.values()]
          .filter(
            ({ customerId, deletedAt, checkedAt, ...one }) =>
              one.livemode === livemode &&
              deletedAt === null &&
              customerId > after &&
              (checkedAt === null || checkedAt < since.getTime()),
          )
          .map(({ customerId }) => customerId)
          .toSorted((a, b) => (a < b ? -1 : 1))
          .slice(0, limit),
      findCursor: async (name) => this.#cursors.get(name) ?? null,
      moveCursor: async (name, { from, to }) => {
        const stored = this.#cursors.get(name) ?? null;
        const { position, report } = to;
        const isFree = stored === null || (from !== null && isDeepStrictEqual(stored, asStored(from)));
        if (isFree) this.#cursors.set(name, asStored({ position, report }));
        return isFree;
      },
      now: async () => new Date(this.#now()),
    };
  }

  #rightsOf(livemode: boolean): RightsStore {
    return {
      listDue: async (limit) =>
        [...this.#organisations.values()]
          .filter(
            ({ rights }) =>
              rights !== null &&
              ((rights.expiresAt !== null && rights.expiresAt <= this.#now()) ||
                rights.catalogueVersion !== catalogueVersion ||
                rights.livemode !== livemode),
          )
          .slice(0, limit)
          .map(({ orgId }) => orgId),
      refresh: async (orgId) => this.#refresh({ orgId, livemode }),
    };
  }

  #noticesOf(livemode: boolean): NoticeStore {
    return {
      now: async () => new Date(this.#now()),
      listCandidates: async ({ endedSince, after, limit }) => {
        const since = endedSince.getTime();
        const isCandidate = ({ isCurrent, orgId, snapshot: one, ...row }: Subscription) =>
          isCurrent &&
          row.livemode === livemode &&
          orgId > after &&
          (one.status === 'canceled'
            ? Math.max(one.endedAt ?? 0, one.paidThrough ?? 0) >= since ||
              this.#organisation(orgId).mayHoldNumbers
            : CHECK_CANDIDATES.includes(one.status) || one.cancelAt !== null || one.cancelAtPeriodEnd);
        return [...this.#subscriptions.values()]
          .filter(isCandidate)
          .toSorted((a, b) => (a.orgId < b.orgId ? -1 : 1))
          .slice(0, limit)
          .map(({ orgId, snapshot }) => ({ orgId, subscription: snapshot }));
      },
      record: async (orgId, now) => this.#record({ orgId, livemode }, now),
      findOpen: async (orgId, key) => {
        const { effects, contacts, name } = this.#organisation(orgId);
        const notice = effects.get(key);
        if (notice === undefined || notice.doneAt !== null) return null;
        const contact = contacts.find(({ userId }) => userId === notice.detail.userId);
        return {
          detail: notice.detail,
          subscription: this.#current({ orgId, livemode }),
          contact: contact === undefined ? null : { email: contact.email, organisation: name },
          grantedUntil: null,
          now: this.#now(),
        };
      },
      finish: async (orgId, key) => this.#finishEffect(orgId, key),
    };
  }

  async addOrganisation(organisation: NewOrganisation): Promise<void> {
    this.#organisations.set(organisation.orgId, {
      ...organisation,
      tier: 'repx0',
      rights: null,
      mayHoldNumbers: false,
      effects: new Map(),
      granted: new Map(),
      sources: new Set(),
      checkouts: new Map(),
      begun: new Map(),
    });
  }

  async oweKeeping({ orgId, id, move }: KeepingWish): Promise<void> {
    const { effects } = this.#organisation(orgId);
    for (const [key, { kind, doneAt }] of effects)
      if (kind === 'keep-when-paid' && doneAt === null) effects.delete(key);
    const now = this.#now();
    const owed = move === null ? null : keepingOf(move, { id, now });
    if (owed !== null) effects.set(owed.key, { ...owed, livemode: false, createdAt: now, doneAt: null });
  }

  async noteCheckout({ orgId, checkoutId, sessionId }: NotedCheckout): Promise<void> {
    const { begun, checkouts } = this.#organisation(orgId);
    begun.set(checkoutId, sessionId);
    if (sessionId !== null) checkouts.set(sessionId, 'open');
  }

  async event(id: string): Promise<StoredEvent | null> {
    const event = this.#events.get(id);
    if (event === undefined) return null;
    const { state, outcome, attempts } = event;
    return { state, outcome, attempts };
  }

  async unfinished(): Promise<readonly string[]> {
    return [...this.#events.values()].filter(({ state }) => state !== 'done').map(({ id }) => id);
  }

  async outbox(): Promise<readonly OutboxEntry[]> {
    return [...this.#outbox.values()];
  }

  async effects(orgId: string) {
    const { effects } = this.#organisation(orgId);
    return [...effects.values()].map(({ doneAt, ...one }) => ({ ...one, done: doneAt !== null }));
  }

  async organisation(orgId: string): Promise<StoredOrganisation> {
    const { tier, rights, granted, checkouts } = this.#organisation(orgId);
    const mine = [...this.#subscriptions.values()].filter((row) => row.orgId === orgId);
    const customers = [...this.#customers.values()].filter((row) => row.orgId === orgId);
    return {
      tier,
      rights: rights === null ? null : seen(rights),
      currentId: this.#current({ orgId, livemode: rights?.livemode ?? false })?.id ?? null,
      subscriptionIds: mine.map(({ snapshot }) => snapshot.id).toSorted(),
      customers: customers.map(({ customerId, deletedAt }) => ({
        customerId,
        isDeleted: deletedAt !== null,
      })),
      granted: Object.fromEntries(granted),
      checkouts: Object.fromEntries(checkouts),
    };
  }

  #organisation(orgId: string): Organisation {
    const found = this.#organisations.get(orgId);
    if (found === undefined) throw new Error('no such organisation');
    return found;
  }

  #tell(entry: OutboxEntry): void {
    if (!this.#outbox.has(entry.eventId)) this.#outbox.set(entry.eventId, entry);
  }

  #isFree({ state, leaseUntil }: Event): boolean {
    return state === 'received' || state === 'failed' || (state === 'processing' && leaseUntil < this.#now());
  }

  #held({ id, attempts }: { id: string; attempts: number }): Event | null {
    const event = this.#events.get(id);
    return event?.state === 'processing' && event.attempts === attempts ? event : null;
  }

  #finishEffect(orgId: string, key: string): void {
    const effect = this.#organisations.get(orgId)?.effects.get(key);
    if (effect !== undefined) effect.doneAt = this.#now();
  }

  #customer(customerId: string, livemode: boolean): Customer | undefined {
    const row = this.#customers.get(customerId);
    return row?.livemode === livemode ? row : undefined;
  }

  #effectsOf({ orgId, livemode }: ModeOf, kinds: readonly string[]): { key: string; isDone: boolean }[] {
    return [...this.#organisation(orgId).effects.values()]
      .filter((effect) => kinds.includes(effect.kind) && effect.livemode === livemode)
      .map(({ key, doneAt }) => ({ key, isDone: doneAt !== null }));
  }

  #currentCustomer({ orgId, livemode }: ModeOf): Customer | null {
    for (const row of this.#customers.values())
      if (row.orgId === orgId && row.livemode === livemode && row.deletedAt === null) return row;
    return null;
  }

  #current({ orgId, livemode }: ModeOf): SubscriptionSnapshot | null {
    for (const row of this.#subscriptions.values())
      if (row.orgId === orgId && row.livemode === livemode && row.isCurrent) return row.snapshot;
    return null;
  }

  #issue(customerId: string, livemode: boolean): FetchTicket | null {
    const row = this.#customer(customerId, livemode);
    if (row === undefined) return null;
    row.fetchIssued += 1;
    const settled = [...this.#subscriptions.values()]
      .filter((one) => one.orgId === row.orgId && one.livemode === livemode)
      .map(({ snapshot }) => snapshot)
      .filter((one) => one.customerId === customerId && one.status === 'canceled')
      .filter(({ currentPeriodEnd: end }) => end !== null && end < this.#now() - SETTLED_MS);
    return {
      ...{ orgId: row.orgId, customerId, livemode, number: row.fetchIssued },
      settled: new Map(
        settled.map(({ id, paidThrough, lastPaidAt, currentPeriodEnd }) => [
          id,
          { paidThrough, lastPaidAt, currentPeriodEnd },
        ]),
      ),
    };
  }

  #apply(ticket: FetchTicket, fetched: FetchedCustomer): Application | null {
    const { orgId, customerId, livemode, number } = ticket;
    const customer = this.#customer(customerId, livemode);
    if (customer === undefined || customer.fetchApplied >= number) return null;
    const other = this.#currentCustomer(ticket);
    if (!fetched.deleted && customer.deletedAt !== null && other !== null)
      throw new Error('duplicate key value violates unique constraint "billing_customers_current"');
    const stored = [...this.#subscriptions.values()].filter(
      (row) => row.orgId === orgId && row.livemode === livemode,
    );
    const isOfDeleted = (one: SubscriptionSnapshot) =>
      typeof this.#customers.get(one.customerId)?.deletedAt === 'number';
    const snapshots = stored.map(({ snapshot: one }) => ({ one, isOfDeleted: isOfDeleted(one) }));
    const { effects } = this.#organisation(orgId);
    const plan = planApplication(
      {
        ...divided(snapshots, customerId),
        currentId: stored.find((row) => row.isCurrent)?.snapshot.id ?? null,
        ...duplicatesIn(this.#effectsOf(ticket, ['cancel-duplicate'])),
        now: this.#now(),
      },
      fetched,
    );
    customer.fetchApplied = number;
    customer.checkedAt = this.#now();
    customer.deletedAt = fetched.deleted ? (customer.deletedAt ?? this.#now()) : null;
    const kept = new Set(fetched.subscriptions.map(({ id }) => id));
    for (const row of stored) {
      row.isCurrent = false;
      const { id, customerId: owner } = row.snapshot;
      if (!fetched.deleted && owner === customerId && !kept.has(id)) this.#subscriptions.delete(id);
    }
    for (const snapshot of fetched.subscriptions) {
      const owner = this.#subscriptions.get(snapshot.id)?.orgId ?? orgId;
      this.#subscriptions.set(snapshot.id, { orgId: owner, livemode, snapshot, isCurrent: false });
    }
    const current = this.#subscriptions.get(plan.current?.id ?? '');
    if (current?.orgId === orgId) current.isCurrent = true;
    for (const key of plan.withdrawn) if (effects.get(key)?.doneAt === null) effects.delete(key);
    for (const { key, kind, detail } of plan.effects)
      if (!effects.has(key))
        effects.set(key, { key, livemode, kind, detail, createdAt: this.#now(), doneAt: null });
    return { drifted: plan.drifted, changed: this.#refresh(ticket), alerts: plan.alerts };
  }

  #refresh({ orgId, livemode }: ModeOf): boolean {
    const organisation = this.#organisation(orgId);
    const now = this.#now();
    const subscription = this.#current({ orgId, livemode });
    const rights = entitlementsOf({ subscription, overrides: [], catalogueVersion, now });
    const computed = { ...rights, livemode };
    const { rights: stored } = organisation;
    organisation.mayHoldNumbers ||= allowsNumbers(computed);
    if (stored !== null && organisation.tier === stored.tier) {
      const { version: _, ...before } = stored;
      if (isDeepStrictEqual(before, computed)) return false;
    }
    const moved = organisation.tier !== computed.tier;
    organisation.rights = { ...computed, version: (stored?.version ?? 0) + 1 };
    organisation.tier = computed.tier;
    return stored !== null || moved;
  }

  #record({ orgId, livemode }: ModeOf, now: number): number {
    const subscription = this.#current({ orgId, livemode });
    if (subscription === null) return 0;
    const organisation = this.#organisation(orgId);
    const { effects, contacts, mayHoldNumbers } = organisation;
    const told = effects.get(announcementKey(subscription, null));
    const announced = told === undefined ? null : Number(told.detail.about);
    const isAllowed = organisation.rights?.numbers === 'allowed';
    const situation = { overrides: [], keepsNumbers: mayHoldNumbers && !isAllowed, announced };
    const userIds = contacts.map(({ userId }) => userId).toSorted();
    const createdAt = this.#now();
    let recorded = 0;
    for (const milestone of milestonesNow(subscription, situation, now)) {
      if (effects.has(milestone.key)) continue;
      const { key, kind, about } = milestone;
      const detail = { subscriptionId: subscription.id, about };
      effects.set(key, { key, livemode, kind, detail, createdAt, doneAt: createdAt });
      recorded += 1;
      if (kind === 'numbers-released') organisation.mayHoldNumbers = false;
      for (const { notice, event } of ordersFor(
        { orgId, subscriptionId: subscription.id },
        milestone,
        userIds,
      )) {
        if (notice !== null && !effects.has(notice.key))
          effects.set(notice.key, { ...notice, livemode, kind: 'notice', createdAt, doneAt: null });
        this.#tell(event);
      }
    }
    return recorded;
  }
}

function seen({
  tier,
  access,
  spend,
  numbers,
  reasons,
  expiresAt,
  version,
}: Entitlements & { version: number }) {
  return { tier, access, spend, numbers, reasons: [...reasons], expiresAt, version };
}

/** As a column of JSON gives it back. */
function asStored({ position, report }: BillingCursor): BillingCursor {
  return { position, report: JSON.parse(JSON.stringify(report)) };
}
