import type { InvoiceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';

const daySeconds = 24 * 3600;

/** Sets when an unpaid renewal is tried again, by the days of the settings after the first failure; `null` after the last. */
export function planRetry(world: World, invoice: InvoiceRow): void {
  const days = world.settings.retryDays;
  const first = invoice.status_transitions.finalized_at ?? world.timeOf(invoice).now;
  const later = days.map((day) => first + day * daySeconds).find((at) => at > world.timeOf(invoice).now);
  invoice.next_payment_attempt = mayRetry(invoice) ? (later ?? null) : null;
}

/** The first invoice of a subscription is not retried, nor one that no card pays by itself. */
function mayRetry(invoice: InvoiceRow): boolean {
  return (
    invoice.auto_advance === true &&
    invoice.collection_method === 'charge_automatically' &&
    invoice.billing_reason !== 'subscription_create'
  );
}
