import type { CheckoutState, Payments } from '../../integrations/payments/port.ts';
import type { BillingStore } from './billing-store.ts';

/**
 * Closes our note of a checkout page, and gives the prepaid units that it sold: once a page, however often told. Resolves
 * whether it gave any.
 */
export async function settlePage(store: BillingStore, orgId: string, page: CheckoutState): Promise<boolean> {
  const { sessionId, status, addOn, paid } = page;
  if (status === 'open') return false;
  await store.closeCheckout(orgId, sessionId, status === 'complete' ? 'completed' : 'expired');
  return addOn !== null && paid && store.grantUnits({ orgId, sourceId: sessionId, ...addOn });
}

/**
 * Gives what a customer paid for on pages whose completion we were never told of; whether there was any. Asks only where one
 * was begun: a second call for each of 10,000 customers would not fit the reconciler's quarter of an hour.
 */
export async function settleAddOns(
  { payments, store }: { readonly payments: Payments; readonly store: BillingStore },
  { orgId, customerId }: { readonly orgId: string; readonly customerId: string },
): Promise<boolean> {
  if (!(await store.hasOpenPack(orgId))) return false;
  let gave = false;
  for (const page of await payments.listAddOnCheckouts(customerId))
    gave = (await settlePage(store, orgId, page)) || gave;
  return gave;
}
