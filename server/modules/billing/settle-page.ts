import type { CheckoutState } from '../../integrations/payments/port.ts';
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
