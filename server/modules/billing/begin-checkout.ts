import {
  type CheckoutRow,
  closeCheckout,
  findCheckoutByKey,
  insertCheckout,
  listOpenCheckouts,
  lockCheckouts,
  noteCheckoutPage,
} from '../../../db/queries/billing-checkouts.ts';
import { principalOf } from '../../core/authorise.ts';
import type { ScopedCall, UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import type { CheckoutOrder } from '../../integrations/payments/port.ts';
import { ensureCustomer } from './billing-access.ts';
import { settlePage } from './settle-page.ts';
import { isLive } from './sync.rules.ts';
import { type BillingDeps, syncCustomer } from './sync-customer.ts';

/** A page of Stripe is open for 24 h; ours is given again a little shorter. */
const OPEN_MS = 23 * 3_600_000;

export type Purchasing = Pick<CheckoutOrder, 'purchase' | 'successUrl' | 'cancelUrl'>;

/**
 * Opens the page that sells one purchase to the caller's organisation, or gives the one that is open. Of pages that
 * sell a plan at most one is open: another one is closed first, and a subscription that lives refuses all of them.
 */
export async function beginCheckout(
  call: UnscopedCall,
  deps: BillingDeps,
  wanted: Purchasing,
): Promise<{ sessionId: string; url: string }> {
  const customerId = await ensureCustomer(call, deps);
  const isPlan = wanted.purchase.kind === 'plan';
  if (isPlan) await refuseSecondSubscription(deps, customerId);
  const { row, others } = await call.inScope('write', (scoped) => decide(scoped, deps, wanted));
  const { orgId } = principalOf(call.actor);
  const page = async (one: CheckoutRow) => {
    const order = JSON.parse(one.purchase) as Purchasing;
    return deps.payments.openCheckout({ checkoutId: one.id, orgId, customerId, ...order });
  };
  for (const other of isPlan ? others : []) {
    const sessionId = other.sessionId ?? (await page(other)).sessionId;
    const closed = await deps.payments.expireCheckout(sessionId);
    const state = closed.status === 'complete' ? ('completed' as const) : ('expired' as const);
    await repeating(call, ({ scope }) => closeCheckout(scope, { orgId, sessionId, state }));
    if (state === 'completed') await refuseSecondSubscription(deps, customerId);
  }
  if (row.sessionId !== null && row.url !== null) {
    const given = { sessionId: row.sessionId, url: row.url };
    // Of a repeated key the first answer; who asks anew wants a page that sells, and word of its end may be lost.
    if (call.idempotencyKey !== null) return given;
    const state = await deps.payments.readCheckout(row.sessionId);
    if (state.status === 'open') return given;
    await settlePage(deps.store, orgId, state);
    return beginCheckout(call, deps, wanted);
  }
  const { sessionId, url } = await page(row);
  await repeating(call, ({ scope }) => noteCheckoutPage(scope, { id: row.id, sessionId, url }));
  return { sessionId, url };
}

/** A write that belongs to the act whose audit row is written already. */
function repeating(call: UnscopedCall, body: (scoped: ScopedCall) => Promise<void>): Promise<void> {
  return call.inScope('write', (scoped) => {
    scoped.repeated();
    return body(scoped);
  });
}

async function refuseSecondSubscription(deps: BillingDeps, customerId: string): Promise<void> {
  const subscriptions = await deps.payments.listSubscriptions(customerId);
  if (!subscriptions.some(isLive)) return;
  await syncCustomer(deps, customerId);
  throw new Failure('billing.already-subscribed');
}

/** Which checkout this call is about, and which others are open; decided by one call of an organisation at a time. */
async function decide(scoped: ScopedCall, deps: BillingDeps, wanted: Purchasing) {
  const { scope } = scoped;
  const { livemode } = deps.payments;
  const purchase = JSON.stringify(wanted);
  await lockCheckouts(scope);
  const open = await listOpenCheckouts(scope, livemode);
  const sought = { purchase, livemode };
  const row = (await known(scoped, open, sought)) ?? (await fresh(scoped, sought));
  const others = open.filter((one) => one.id !== row.id && kindOf(one) === 'plan');
  return { row, others };
}

interface Sought {
  readonly purchase: string;
  readonly livemode: boolean;
}

async function known(
  scoped: ScopedCall,
  open: readonly CheckoutRow[],
  { purchase, livemode }: Sought,
): Promise<CheckoutRow | null> {
  const { idempotencyKey } = scoped;
  const keyed =
    idempotencyKey === null
      ? null
      : await findCheckoutByKey(scoped.scope, { clientKey: idempotencyKey, livemode });
  if (keyed !== null && keyed.purchase !== purchase) throw new Failure('idempotency.conflict');
  const found =
    keyed ?? (idempotencyKey === null ? open.find((one) => one.purchase === purchase) : undefined);
  if (found === undefined) return null;
  scoped.repeated();
  return found;
}

function fresh(scoped: ScopedCall, { purchase, livemode }: Sought): Promise<CheckoutRow> {
  const id = newId('checkout');
  scoped.audit(id, { purchase: JSON.parse(purchase) });
  const clientKey = scoped.idempotencyKey;
  return insertCheckout(scoped.scope, { id, livemode, purchase, clientKey, ttlMs: OPEN_MS });
}

function kindOf(row: CheckoutRow): string {
  return (JSON.parse(row.purchase) as Purchasing).purchase.kind;
}
