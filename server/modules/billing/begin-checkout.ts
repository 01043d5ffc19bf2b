import {
  type CheckoutRow,
  closeCheckout,
  findCheckoutByKey,
  forgetCheckoutKey,
  insertCheckout,
  listOpenCheckouts,
  lockCheckouts,
  type OpenCheckout,
  overtakeCheckout,
} from '../../../db/queries/billing-checkouts.ts';
import { principalOf } from '../../core/authorise.ts';
import type { ScopedCall, UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { IDEMPOTENCY_TTL_MS } from '../../core/idempotency.ts';
import { newId } from '../../core/ids.ts';
import { withCustomer } from './billing-access.ts';
import { type CheckoutPage, PAGE_MS, type Purchasing, pageOf, repeating } from './checkout-page.ts';
import { settlePage } from './settle-page.ts';
import { isLive } from './sync.rules.ts';
import { type BillingDeps, syncCustomer } from './sync-customer.ts';

/** A page that runs out within this time is not given again: who gets it must have time to pay. */
const ENDING_MS = 3_600_000;

/**
 * Opens the page that sells one purchase to the caller's organisation, or gives the one that is open. Of pages that
 * sell a plan at most one is open: another one is closed first, and a subscription that lives refuses all of them. A key
 * gives its page again for 24 h, or throws `billing.checkout-expired` once that page was closed unpaid; so does a call
 * that another one overtook. A page that was left half open is opened again, or given up for a new one.
 */
export async function beginCheckout(
  call: UnscopedCall,
  deps: BillingDeps,
  wanted: Purchasing,
): Promise<CheckoutPage> {
  return withCustomer(call, deps, (customerId) => beginFor(call, deps, { wanted, customerId }));
}

interface Wish {
  readonly wanted: Purchasing;
  readonly customerId: string;
}

async function beginFor(
  call: UnscopedCall,
  deps: BillingDeps,
  { wanted, customerId }: Wish,
): Promise<CheckoutPage> {
  const isPlan = wanted.purchase.kind === 'plan';
  if (isPlan) await refuseSecondSubscription(deps, customerId);
  const { row, others, isNew } = await call.inScope('write', (scoped) => decide(scoped, deps, wanted));
  const { orgId } = principalOf(call.actor);
  // A later wish has overtaken it before it had a page.
  if (row.sessionId === null && row.state === 'expired') throw new Failure('billing.checkout-expired');
  if (row.sessionId !== null) {
    // Word of its end may be lost.
    const noted = await deps.payments.readCheckout(row.sessionId);
    // A customer that was deleted since cannot pay any more.
    const state =
      noted.customerId === customerId ? noted : await deps.payments.expireCheckout(noted.sessionId);
    if (state.status !== 'open') await settlePage(deps.store, orgId, state);
    if (state.status !== 'open' && call.idempotencyKey === null)
      return beginFor(call, deps, { wanted, customerId });
    // A later wish may have closed it, which an earlier one that is repeated does not undo.
    if (state.status === 'expired') throw new Failure('billing.checkout-expired');
  }
  for (const other of isPlan ? others : []) await closePage(call, deps, { row: other, customerId });
  const page = await pageOf(call, deps, { row, customerId, isNew });
  if (page === 'given-up') return beginFor(call, deps, { wanted, customerId });
  if (page === 'closed') throw new Failure('billing.checkout-expired');
  return page;
}

/** Closes the page of another plan; throws `billing.already-subscribed` where it was paid before. */
async function closePage(
  call: UnscopedCall,
  deps: BillingDeps,
  other: { readonly row: CheckoutRow; readonly customerId: string },
): Promise<void> {
  const sessionId = await lastPageOf(call, deps, other);
  if (sessionId === null) return;
  const closed = await deps.payments.expireCheckout(sessionId);
  const state = closed.status === 'complete' ? ('completed' as const) : ('expired' as const);
  const { orgId } = principalOf(call.actor);
  await repeating(call, ({ scope }) => closeCheckout(scope, { orgId, sessionId, state }));
  if (state === 'completed') await refuseSecondSubscription(deps, other.customerId);
}

/** The page of another plan's checkout, also one that nobody has noted; null where there is none that anybody could be given. */
async function lastPageOf(
  call: UnscopedCall,
  deps: BillingDeps,
  other: { readonly row: CheckoutRow; readonly customerId: string },
): Promise<string | null> {
  try {
    const page = await pageOf(call, deps, { ...other, isNew: false });
    if (typeof page === 'object') return page.sessionId;
  } catch (error) {
    // What is wrong with that one is no matter of this wish.
    if (!(error instanceof Failure)) throw error;
  }
  return repeating(call, ({ scope }) => overtakeCheckout(scope, other.row.id));
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
  const open = await listOpenCheckouts(scope, { livemode, endingMs: ENDING_MS });
  const sought = { purchase, livemode };
  const standing = await known(scoped, open, sought);
  const row = standing ?? (await fresh(scoped, sought));
  const others = open.filter((one) => one.id !== row.id && kindOf(one) === 'plan');
  return { row, others, isNew: standing === null };
}

interface Sought {
  readonly purchase: string;
  readonly livemode: boolean;
}

async function known(
  scoped: ScopedCall,
  open: readonly OpenCheckout[],
  { purchase, livemode }: Sought,
): Promise<CheckoutRow | null> {
  const { idempotencyKey } = scoped;
  const keyed = idempotencyKey === null ? null : await keptUnder(scoped, idempotencyKey, livemode);
  if (keyed !== null && keyed.purchase !== purchase) throw new Failure('idempotency.conflict');
  const isWished = (one: OpenCheckout) => one.purchase === purchase && !one.isEnding;
  const found = keyed ?? (idempotencyKey === null ? open.find(isWished) : undefined);
  if (found === undefined) return null;
  scoped.repeated();
  return found;
}

/** The checkout of a key, which is remembered for as long as every other. */
async function keptUnder(
  { scope }: ScopedCall,
  clientKey: string,
  livemode: boolean,
): Promise<CheckoutRow | null> {
  await forgetCheckoutKey(scope, { clientKey, livemode, keyMs: IDEMPOTENCY_TTL_MS });
  return findCheckoutByKey(scope, { clientKey, livemode });
}

function fresh(scoped: ScopedCall, { purchase, livemode }: Sought): Promise<CheckoutRow> {
  const id = newId('checkout');
  scoped.audit(id, { purchase: JSON.parse(purchase) });
  const clientKey = scoped.idempotencyKey;
  return insertCheckout(scoped.scope, { id, livemode, purchase, clientKey, ttlMs: PAGE_MS });
}

function kindOf(row: CheckoutRow): string {
  return (JSON.parse(row.purchase) as Purchasing).purchase.kind;
}
