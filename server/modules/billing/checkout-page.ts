import { type CheckoutRow, giveUpCheckout, noteCheckoutPage } from '../../../db/queries/billing-checkouts.ts';
import { principalOf } from '../../core/authorise.ts';
import type { ScopedCall, UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import type { CheckoutOrder } from '../../integrations/payments/port.ts';
import type { BillingDeps } from './sync-customer.ts';

/** How long a page of Stripe can be paid. */
export const PAGE_MS = 24 * 3_600_000;
/** Longer than a process that lives takes to open a page and to note it. */
const GIVE_UP_MS = 60_000;

export type Purchasing = Pick<CheckoutOrder, 'purchase' | 'successUrl' | 'cancelUrl'>;

export interface CheckoutPage {
  readonly sessionId: string;
  readonly url: string;
}

/**
 * The page of a checkout; opened now where nobody has noted one, which gives the page of a process that died over it.
 * `given-up` when that is not possible any more: the page, if there is one, is nobody's. One that is refused is given up at
 * once, one that is not answered after a minute, so that the next call begins anew; one that was made by this call throws
 * what was said of it. `closed` when another wish was faster.
 */
export async function pageOf(
  call: UnscopedCall,
  deps: BillingDeps,
  {
    row,
    customerId,
    isNew,
  }: { readonly row: CheckoutRow; readonly customerId: string; readonly isNew: boolean },
): Promise<CheckoutPage | 'given-up' | 'closed'> {
  if (row.sessionId !== null && row.url !== null) return { sessionId: row.sessionId, url: row.url };
  const { orgId } = principalOf(call.actor);
  const order = { checkoutId: row.id, orgId, customerId, ...(JSON.parse(row.purchase) as Purchasing) };
  try {
    return await open(call, deps, order);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isRefused = error.code !== 'billing.vendor-unavailable';
    const afterMs = isRefused ? 0 : GIVE_UP_MS;
    const isGivenUp = await repeating(call, ({ scope }) => giveUpCheckout(scope, { id: row.id, afterMs }));
    if (!isGivenUp || !isRefused || isNew) throw error;
    return 'given-up';
  }
}

/** A page whose checkout was closed while the vendor opened it is given to nobody. */
async function open(
  call: UnscopedCall,
  deps: BillingDeps,
  order: CheckoutOrder,
): Promise<CheckoutPage | 'closed'> {
  const page = await deps.payments.openCheckout(order);
  const note = { id: order.checkoutId, ttlMs: PAGE_MS, ...page };
  if (await repeating(call, ({ scope }) => noteCheckoutPage(scope, note))) return page;
  await deps.payments.expireCheckout(page.sessionId);
  return 'closed';
}

/** A write that belongs to the act whose audit row is written already. */
export function repeating<T>(call: UnscopedCall, body: (scoped: ScopedCall) => Promise<T>): Promise<T> {
  return call.inScope('write', (scoped) => {
    scoped.repeated();
    return body(scoped);
  });
}
