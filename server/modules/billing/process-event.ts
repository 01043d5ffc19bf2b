import { Failure } from '../../core/failure.ts';
import type { VendorEvent } from '../../integrations/payments/port.ts';
import type { ClaimedEvent } from './billing-store.ts';
import { settlePage } from './settle-page.ts';
import { type BillingDeps, syncCustomer } from './sync-customer.ts';

/** Whether a genuine delivery is not for this system; null when it is. */
function misdirected(deps: BillingDeps, event: VendorEvent): string | null {
  if (event.livemode !== deps.payments.livemode) return 'wrong-mode';
  return event.account === null ? null : 'other-account';
}

/**
 * Takes a delivery at the door: proves it, stores it with the event that starts its processing, and only then returns.
 * Throws `billing.signature-refused`, or what the database threw; a delivery that was stored before changes nothing.
 */
export async function receiveEvent(
  deps: BillingDeps,
  delivery: { readonly body: Uint8Array; readonly signature: string | null },
): Promise<void> {
  const event = await deps.payments.openEvent(delivery.body, delivery.signature);
  const outcome = misdirected(deps, event);
  if (outcome !== null)
    deps.logger.error({ eventId: event.id, type: event.type, outcome }, 'a delivery is not for this system');
  // What we trust of it, and nothing that a person wrote.
  const payload = JSON.stringify(event);
  await deps.store.receive(
    { id: event.id, type: event.type, payload, customerId: event.customerId },
    outcome,
  );
}

/**
 * Acts on a stored delivery: a signal to look at its customer again. Null when it is done or in other hands. A failure
 * is stored with the event and thrown, so that it is tried again; it is never taken for success.
 */
export async function processEvent(deps: BillingDeps, eventId: string): Promise<string | null> {
  const claimed = await deps.store.claimEvent(eventId);
  if (claimed === null) return null;
  try {
    const outcome = await actOn(deps, claimed);
    await deps.store.finishEvent(claimed, outcome);
    return outcome;
  } catch (error) {
    await deps.store.failEvent(claimed, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What the vendor could not count of our use, of a meter we named or of one there is not. */
const meterErrors = ['v1.billing.meter.error_report_triggered', 'v1.billing.meter.no_meter_found'];

async function actOn(deps: BillingDeps, { payload, isCovered }: ClaimedEvent): Promise<string> {
  const event = JSON.parse(payload) as VendorEvent;
  // Stored before the server was given the key of the other mode.
  if (event.livemode !== deps.payments.livemode) return 'wrong-mode';
  if (meterErrors.includes(event.type)) {
    await deps.onMeterErrors(event.id);
    return 'meter-errors';
  }
  if (isCovered && event.checkoutSessionId === null) return 'covered';
  const customerId = await deps.payments.customerOf(event);
  if (customerId === null) return 'no-customer';
  const { outcome, orgId, owes } = await syncCustomer(deps, customerId);
  if (event.checkoutSessionId !== null && orgId !== null) {
    await settleCheckout(deps, { orgId, customerId, sessionId: event.checkoutSessionId });
  }
  // Left for a later attempt of this event, at growing intervals, until the vendor does it.
  if (owes) throw new Failure('billing.vendor-refused');
  return outcome;
}

async function settleCheckout(
  { store, payments }: BillingDeps,
  page: { readonly orgId: string; readonly customerId: string; readonly sessionId: string },
): Promise<void> {
  const state = await payments.readCheckout(page.sessionId);
  if (state.customerId !== page.customerId) throw new Failure('billing.vendor-refused');
  await settlePage(store, page.orgId, state);
}
