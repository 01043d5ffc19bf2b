import {
  countDeletedCustomers,
  findBillingCustomer,
  mapBillingCustomer,
  organisationName,
} from '../../../db/queries/billing-customers.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { principalOf } from '../../core/authorise.ts';
import type { UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import type { Ports } from '../../core/ports.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { applyErrorReport } from '../usage/apply-error-report.ts';
import { currentEntitlements } from './current-entitlements.ts';
import { postgresBillingStore } from './store.postgres.ts';
import { isLive } from './sync.rules.ts';
import { type BillingDeps, syncCustomer } from './sync-customer.ts';

/** What billing works with on this server; throws `billing.not-configured` where nothing can be sold. */
export function billingOf({
  payments,
  database,
  logger,
}: Pick<Ports, 'payments' | 'database' | 'logger'>): BillingDeps {
  if (payments === null) throw new Failure('billing.not-configured');
  const { metering, livemode } = payments;
  return {
    ...{ payments, logger },
    store: postgresBillingStore(database, livemode),
    onMeterErrors: (eventId) => applyErrorReport({ database, metering, livemode, logger }, eventId),
  };
}

/** The customer of the caller's organisation; null before its first checkout. */
export function customerOfCall(call: UnscopedCall, { payments }: BillingDeps): Promise<string | null> {
  return call.inScope('read', ({ scope }) => findBillingCustomer(scope, scope.orgId, payments.livemode));
}

/** The customer of the caller's organisation, made and mapped before anything is sold to it. */
export async function ensureCustomer(call: UnscopedCall, deps: BillingDeps): Promise<string> {
  const known = await customerOfCall(call, deps);
  if (known !== null) return known;
  const principal = principalOf(call.actor);
  const { orgId } = principal;
  const { livemode } = deps.payments;
  const { name, deletedBefore } = await call.inScope('read', async ({ scope }) => ({
    name: await organisationName(scope, orgId),
    deletedBefore: await countDeletedCustomers(scope, orgId, livemode),
  }));
  const { user } = await call.ports.identity.profile(principal);
  const { email } = user;
  const customerId = await deps.payments.createCustomer({ orgId, name, email, deletedBefore });
  const mapped = await withSystemScope(call.ports.database, 'write', (scope) =>
    mapBillingCustomer(scope, { orgId, customerId, livemode }),
  );
  if (mapped === null) throw new Failure('auth.not-allowed');
  return mapped;
}

/**
 * Acts for the caller's organisation as a customer of the vendor. Where the vendor refuses because that customer was deleted,
 * of which word has not come, this is noted and it is done for a new one.
 */
export async function withCustomer<T>(
  call: UnscopedCall,
  deps: BillingDeps,
  act: (customerId: string) => Promise<T>,
): Promise<T> {
  const customerId = await ensureCustomer(call, deps);
  try {
    return await act(customerId);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'billing.vendor-refused') throw error;
    const found = await deps.payments.findCustomer(customerId);
    if (found !== null && !found.deleted) throw error;
    await syncCustomer(deps, customerId);
    return act(await ensureCustomer(call, deps));
  }
}

/**
 * The organisation's subscription as the vendor has it now, if it takes or would take money, or with `ended` also after that;
 * throws `billing.no-subscription` otherwise.
 */
export async function liveSubscription(
  call: UnscopedCall,
  deps: BillingDeps,
  { ended = false } = {},
): Promise<SubscriptionSnapshot> {
  const customerId = await customerOfCall(call, deps);
  if (customerId === null) throw new Failure('billing.no-subscription');
  await syncCustomer(deps, customerId);
  const { subscription } = await call.inScope('read', currentEntitlements);
  if (subscription === null || !(ended || isLive(subscription))) throw new Failure('billing.no-subscription');
  return subscription;
}

/** Whether its periods are not paid and nobody is to wait for their end. */
export function isStopped({ status }: SubscriptionSnapshot): boolean {
  return status === 'unpaid' || status === 'paused';
}

/** The same subscription, where its periods run; throws `billing.not-running` or `billing.no-subscription`. */
export function running(subscription: SubscriptionSnapshot): SubscriptionSnapshot {
  if (!isLive(subscription)) throw new Failure('billing.no-subscription');
  if (!['active', 'trialing', 'past_due'].includes(subscription.status))
    throw new Failure('billing.not-running');
  return subscription;
}
