import type { SubscriptionSnapshot, VendorEvent } from '../../../server/integrations/payments/port.ts';
import { toSnapshot } from '../../../server/integrations/payments/stripe/snapshot.ts';
import type { ClaimedEvent } from '../../../server/modules/billing/billing-store.ts';
import { type BillingDeps, syncCustomer } from '../../../server/modules/billing/sync-customer.ts';
import type { Plant, Stage } from './stage.ts';

/** What others got wrong (design/reliability.md 4.4), put into our code: the simulation must notice each. */
export const plants = {
  /** Applies what an event carries, unless one with a later stamp was applied: a tie keeps the older state. */
  'trust-time-stamps': { process: byTheirStamps() },
  /** What fails is noted as done. */
  'swallow-errors': {
    store: (store) => ({
      ...store,
      failEvent: (event: ClaimedEvent) => store.finishEvent(event, 'applied'),
    }),
  },
  /** A customer is whoever has the same e-mail. */
  'key-by-email': {
    payments: (payments, stage) => ({
      ...payments,
      findCustomer: async (customerId) => {
        const found = await payments.findCustomer(customerId);
        if (found === null || found.deleted) return found;
        const { email } = stage.emulator.world.customers.get(customerId);
        const member = stage.members.find((one) => one.email === email);
        return { ...found, orgId: member?.orgId ?? found.orgId };
      },
    }),
  },
  /** Looks at `cancel_at_period_end` alone, as of before the portal set dates. */
  'forget-cancel-at': {
    payments: (payments) => ({
      ...payments,
      listSubscriptions: async (customerId) =>
        (await payments.listSubscriptions(customerId)).map((one) => ({ ...one, cancelAt: null })),
    }),
  },
  /** The last to write wins, however old what it fetched. */
  'ignore-fetch-numbers': {
    store: (store) => ({
      ...store,
      apply: async (ticket, fetched) => {
        const latest = await store.issueFetch(ticket.customerId);
        return store.apply({ ...ticket, number: latest?.number ?? ticket.number }, fetched);
      },
    }),
  },
  /** What a move owes once it is paid is forgotten with the process that made it. */
  'forget-keeping': {
    store: (store) => ({
      ...store,
      openEffects: async (orgId) =>
        (await store.openEffects(orgId)).filter(({ kind }) => kind !== 'keep-when-paid'),
    }),
  },
  /** Units are given by the event that tells of them, not by the page that sold them. */
  'count-by-event': {
    store: (store, stage) => ({
      ...store,
      grantUnits: (grant) =>
        store.grantUnits({ ...grant, sourceId: `${grant.sourceId} ${stage.tasks.length}` }),
    }),
  },
} as const satisfies Record<string, Plant>;

export type PlantName = keyof typeof plants;
export const plantNames = Object.keys(plants) as PlantName[];

/** Handles an event by its own snapshot and stamp, as many do. */
function byTheirStamps(): NonNullable<Plant['process']> {
  const newest = new WeakMap<Stage, Map<string, { created: number; snapshot: SubscriptionSnapshot }>>();
  return async (deps, stage, eventId) => {
    const claimed = await deps.store.claimEvent(eventId);
    if (claimed === null) return null;
    const known = newest.get(stage) ?? new Map();
    newest.set(stage, known);
    const event = stage.emulator.world.events.find(eventId);
    const { customerId } = JSON.parse(claimed.payload) as VendorEvent;
    const isStranger = customerId !== null && (await deps.store.issueFetch(customerId)) === null;
    if (isStranger) await syncCustomer(deps, customerId);
    const object = event?.data.object;
    if (event !== undefined && object?.object === 'subscription') {
      const row = {
        ...object,
        latest_invoice: stage.emulator.world.invoices.find(String(object.latest_invoice)),
      };
      // Safe: a subscription as Stripe sent it, with its invoice.
      const facts = { prices: stage.prices, owed: [], isPeriodKept: true, lastPaid: null };
      const snapshot = toSnapshot(row as never, facts);
      const stored = known.get(snapshot.id);
      if (stored === undefined || stored.created < event.created)
        known.set(snapshot.id, { created: event.created, snapshot });
      await applyKnown(
        deps,
        snapshot.customerId,
        [...known.values()].map((one) => one.snapshot),
      );
    }
    await deps.store.finishEvent(claimed, 'applied');
    return 'applied';
  };
}

async function applyKnown(
  { store }: BillingDeps,
  customerId: string,
  known: readonly SubscriptionSnapshot[],
): Promise<void> {
  const ticket = await store.issueFetch(customerId);
  if (ticket === null) return;
  const subscriptions = known.filter((one) => one.customerId === customerId);
  await store.apply(ticket, { deleted: false, subscriptions });
}
