import { Failure } from '../../core/failure.ts';
import type { Logger } from '../../core/observe.ts';
import type { Payments, SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import type { BillingStore, FetchTicket } from './billing-store.ts';
import { stateOfKeeping } from './keep-when-paid.ts';
import { settleAddOns } from './settle-page.ts';
import { isLive } from './sync.rules.ts';

export interface BillingDeps {
  readonly store: BillingStore;
  readonly payments: Payments;
  readonly logger: Logger;
  /** Follows a report of the vendor's about use it had accepted and then dropped; the event's id. May be repeated. */
  readonly onMeterErrors: (eventId: string) => Promise<unknown>;
}

export interface Synced {
  /** `older`: a later fetch had been applied already. */
  readonly outcome: 'applied' | 'older' | 'unknown-customer';
  readonly orgId: string | null;
  readonly drifted: boolean;
  /** Whether something is owed outside that the vendor refused: to be tried again. */
  readonly owes: boolean;
}

/**
 * Brings what is stored of a customer to what the vendor says now: number the fetch, ask, apply under the customer's
 * lock unless a later fetch was faster, then do what is owed outside. May run any number of times, anywhere, at once.
 */
export async function syncCustomer(deps: BillingDeps, customerId: string): Promise<Synced> {
  const known = await deps.store.issueFetch(customerId);
  const ticket = known ?? (await adoptCustomer(deps, customerId));
  if (ticket === null) return { outcome: 'unknown-customer', orgId: null, drifted: false, owes: false };
  const { orgId } = ticket;
  const subscriptions = await deps.payments.listSubscriptions(customerId, ticket.settled);
  // A deleted customer has no live subscription, so only then is it worth asking.
  const deleted = !subscriptions.some(isLive) && (await isGone(deps.payments, customerId));
  // Nobody looks again at one that is known to be gone; what it paid for is given before.
  if (deleted) await settleAddOns(deps, { orgId, customerId });
  const applied = await deps.store.apply(ticket, { deleted, subscriptions });
  if (applied === null) return { outcome: 'older', orgId, drifted: false, owes: false };
  for (const alert of applied.alerts)
    deps.logger.error({ orgId, customerId, alert }, 'billing needs a person');
  const { owes, isKept } = await doEffects(deps, { orgId, subscriptions });
  if (isKept) await syncCustomer(deps, customerId);
  const drifted = known === null || applied.drifted || applied.changed;
  return { outcome: 'applied', orgId, drifted, owes };
}

/** A customer we have no mapping of is ours only by the id that we put into its metadata; never by an e-mail. */
async function adoptCustomer(deps: BillingDeps, customerId: string): Promise<FetchTicket | null> {
  const { store, payments, logger } = deps;
  const found = await payments.findCustomer(customerId);
  if (found === null || found.deleted || found.orgId === null) return null;
  const { orgId } = found;
  const adopted = await store.adopt(orgId, customerId);
  if (adopted !== null) return adopted;
  // It had another one, which may have been deleted meanwhile or without our knowing yet.
  const other = await store.customerOf(orgId);
  if (other !== null) await syncCustomer(deps, other);
  const now = await store.adopt(orgId, customerId);
  if (now === null && other !== null)
    logger.error({ orgId, customerId, alert: `second-customer:${customerId}` }, 'billing needs a person');
  return now;
}

async function isGone(payments: Payments, customerId: string): Promise<boolean> {
  const found = await payments.findCustomer(customerId);
  return found === null || found.deleted;
}

/**
 * Does what an organisation's ledger of effects still owes, which done again changes nothing. Resolves
 * whether something was refused, of which a person is told and which stays owed, and whether a subscription is another one now.
 */
async function doEffects(
  { store, payments, logger }: BillingDeps,
  { orgId, subscriptions }: { orgId: string; subscriptions: readonly SubscriptionSnapshot[] },
): Promise<{ owes: boolean; isKept: boolean }> {
  let owes = false;
  let isKept = false;
  for (const effect of await store.openEffects(orgId)) {
    const { key, kind, detail } = effect;
    if (kind === 'notice') continue;
    const subscriptionId = String(detail.subscriptionId);
    try {
      const subscription = subscriptions.find(({ id }) => id === subscriptionId);
      if (kind === 'cancel-duplicate') {
        const isPaid = subscription?.status !== 'past_due';
        await payments.cancelNow(subscriptionId, { credits: isPaid });
      } else {
        const state = stateOfKeeping(effect, subscription, (await store.now()).getTime());
        if (subscription === undefined || state === 'waits') continue;
        if (state === 'paid') await payments.keep(subscription, key);
        isKept ||= state === 'paid';
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'billing.vendor-refused') throw error;
      owes = true;
      logger.error(
        {
          err: error,
          orgId,
          alert: `${kind === 'cancel-duplicate' ? 'still-charging' : 'still-ending'}:${key}`,
        },
        'billing needs a person',
      );
      continue;
    }
    await store.finishEffect(orgId, key);
  }
  return { owes, isKept };
}
