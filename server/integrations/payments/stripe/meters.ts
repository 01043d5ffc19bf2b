import type Stripe from 'stripe';
import { calling } from './call.ts';
import type { SyncStep } from './sync-step.ts';

/** The meters of these event names beside Stripe's; nothing is changed. One that counts otherwise only a person can replace. */
export async function compareMeters(stripe: Stripe, eventNames: readonly string[]): Promise<SyncStep[]> {
  const found = await calling(() => stripe.billing.meters.list({ limit: 100 }));
  return eventNames.map((eventName) => {
    const ofName = found.data.filter((meter) => meter.event_name === eventName);
    // An inactive one that counts otherwise was replaced: it is left alone.
    const meter =
      ofName.find(({ status }) => status === 'active') ?? ofName.find((one) => differenceOf(one) === null);
    const step = { name: `meter ${eventName}`, id: meter?.id ?? null };
    if (meter === undefined) {
      const mend = (idempotencyKey: string) =>
        stripe.billing.meters.create(meterOf(eventName), { idempotencyKey });
      return { ...step, lacks: 'missing', mend };
    }
    const wrong = differenceOf(meter);
    if (wrong !== null)
      return { ...step, lacks: `${wrong}: deactivate it at Stripe, and run this again`, mend: null };
    if (meter.status === 'active') return { ...step, lacks: null, mend: null };
    const mend = (idempotencyKey: string) =>
      stripe.billing.meters.reactivate(meter.id, {}, { idempotencyKey });
    return { ...step, lacks: 'inactive', mend };
  });
}

const payload = { customer: 'stripe_customer_id', value: 'value' } as const;

function meterOf(eventName: string): Stripe.Billing.MeterCreateParams {
  return {
    display_name: eventName.replace(/^repspheres_/, '').replaceAll('_', ' '),
    event_name: eventName,
    default_aggregation: { formula: 'sum' },
    customer_mapping: { type: 'by_id', event_payload_key: payload.customer },
    value_settings: { event_payload_key: payload.value },
  };
}

/** What a meter does otherwise than the export expects. */
function differenceOf(meter: Stripe.Billing.Meter): string | null {
  const { formula } = meter.default_aggregation;
  if (formula !== 'sum') return `counts by ${formula}, not sum`;
  const keys = [meter.customer_mapping.event_payload_key, meter.value_settings.event_payload_key];
  return keys.join() === Object.values(payload).join() ? null : `reads ${keys.join(' and ')}`;
}
