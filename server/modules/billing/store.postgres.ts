import type { Database } from '../../../db/client.ts';
import { closeCheckout, hasOpenPack } from '../../../db/queries/billing-checkouts.ts';
import { findBillingCursor, moveBillingCursor } from '../../../db/queries/billing-cursors.ts';
import {
  dropSubscriptions,
  findBillingCustomer,
  listStoredSubscriptions,
  listUncheckedCustomers,
  lockRights,
  mapBillingCustomer,
  storeSubscriptions,
} from '../../../db/queries/billing-customers.ts';
import {
  dropEffects,
  finishEffect,
  grantUnits,
  listEffectsOf,
  listOpenEffects,
  noteEffects,
} from '../../../db/queries/billing-effects.ts';
import {
  claimBillingEvent,
  failBillingEvent,
  finishBillingEvent,
  listStaleBillingEvents,
  receiveBillingEvent,
} from '../../../db/queries/billing-events.ts';
import { claimApplication, issueFetch } from '../../../db/queries/billing-fetches.ts';
import { listDueEntitlements } from '../../../db/queries/entitlements.ts';
import { databaseTime } from '../../../db/queries/time.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { catalogueVersion } from '../../core/plans.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import {
  type Application,
  type BillingEffect,
  type BillingStore,
  type FetchedCustomer,
  type FetchTicket,
  type RightsStore,
  SETTLED_MS,
} from './billing-store.ts';
import { refreshEntitlements } from './refresh-entitlements.ts';
import { divided, duplicatesIn, planApplication } from './sync.rules.ts';

/** Billing's memory in Postgres, of the vendor's live or test mode. */
export function postgresBillingStore(database: Database, livemode: boolean): BillingStore {
  const write = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'write', body);
  const read = <T>(body: (scope: SystemScope) => Promise<T>) => withSystemScope(database, 'read', body);
  return {
    receive: (event, outcome) =>
      write((scope) => receiveBillingEvent(scope, { ...event, livemode }, outcome)),
    claimEvent: (id) => write((scope) => claimBillingEvent(scope, { id, livemode })),
    finishEvent: (event, outcome) => write((scope) => finishBillingEvent(scope, { ...event, outcome })),
    failEvent: (event, error) => write((scope) => failBillingEvent(scope, { ...event, error })),
    listStaleEvents: (stale) => read((scope) => listStaleBillingEvents(scope, stale)),
    issueFetch: (customerId) =>
      write((scope) => issueFetch(scope, { customerId, livemode, settledMs: SETTLED_MS })),
    customerOf: (orgId) => read((scope) => findBillingCustomer(scope, orgId, livemode)),
    adopt: (orgId, customerId) =>
      write(async (scope) => {
        const current = await mapBillingCustomer(scope, { orgId, customerId, livemode });
        const of = { customerId, livemode, settledMs: SETTLED_MS };
        return current === customerId ? issueFetch(scope, of) : null;
      }),
    apply: (ticket, fetched) => write((scope) => apply(scope, ticket, fetched)),
    openEffects: async (orgId) =>
      (await read((scope) => listOpenEffects(scope, { orgId, livemode }))).map(({ key, kind, detail }) => ({
        key,
        kind: kind as BillingEffect['kind'],
        detail,
      })),
    finishEffect: (orgId, key) => write((scope) => finishEffect(scope, orgId, key)),
    grantUnits: (grant) => write((scope) => grantUnits(scope, { ...grant, livemode })),
    closeCheckout: (orgId, sessionId, state) =>
      write((scope) => closeCheckout(scope, { orgId, sessionId, state })),
    hasOpenPack: (orgId) => read((scope) => hasOpenPack(scope, { orgId, livemode })),
    listUnchecked: (page) => read((scope) => listUncheckedCustomers(scope, { ...page, livemode })),
    findCursor: (name) => read((scope) => findBillingCursor(scope, name)),
    moveCursor: (name, move) => write((scope) => moveBillingCursor(scope, name, move)),
    now: () => read(databaseTime),
  };
}

/** The stored rights of all organisations, as they follow from the vendor's live or test mode. */
export function postgresRightsStore(database: Database, livemode: boolean): RightsStore {
  return {
    listDue: (limit) =>
      withSystemScope(database, 'read', (scope) =>
        listDueEntitlements(scope, { catalogueVersion, livemode, limit }),
      ),
    refresh: (orgId) =>
      withSystemScope(database, 'write', (scope) => refreshEntitlements(scope, orgId, livemode)),
  };
}

async function apply(
  scope: SystemScope,
  ticket: FetchTicket,
  fetched: FetchedCustomer,
): Promise<Application | null> {
  const { orgId, livemode } = ticket;
  await lockRights(scope, orgId);
  if (!(await claimApplication(scope, ticket, fetched.deleted))) return null;
  const [stored, duplicates, now] = await Promise.all([
    listStoredSubscriptions(scope, ticket),
    listEffectsOf(scope, ticket, 'cancel-duplicate'),
    databaseTime(scope),
  ]);
  // Safe: only this function writes the column.
  const snapshots = stored.map(({ snapshot, isOfDeleted }) => ({
    isOfDeleted,
    one: snapshot as unknown as SubscriptionSnapshot,
  }));
  const plan = planApplication(
    {
      ...divided(snapshots, ticket.customerId),
      currentId: stored.find((row) => row.isCurrent)?.id ?? null,
      ...duplicatesIn(duplicates),
      now: now.getTime(),
    },
    fetched,
  );
  // Of a deleted customer the vendor lists nothing, and what it had is still true.
  if (!fetched.deleted)
    await dropSubscriptions(
      scope,
      ticket,
      fetched.subscriptions.map(({ id }) => id),
    );
  await storeSubscriptions(scope, ticket, {
    records: fetched.subscriptions.map(recordOf),
    currentId: plan.current?.id ?? null,
  });
  await dropEffects(scope, orgId, plan.withdrawn);
  await noteEffects(
    scope,
    ticket,
    plan.effects.map((effect) => ({ ...effect, detail: { ...effect.detail } })),
  );
  const changed = await refreshEntitlements(scope, orgId, livemode);
  return { drifted: plan.drifted, changed, alerts: plan.alerts };
}

function recordOf(snapshot: SubscriptionSnapshot) {
  const { id, customerId, status, tier, cycle } = snapshot;
  return { id, customerId, status, tier, cycle, snapshot };
}
