import type Stripe from 'stripe';
import { Failure } from '../../../core/failure.ts';
import type { MeterErrorReport, MeterEvent, Metering, MeterOutcome, MeterRange } from '../metering.ts';
import { calling } from './call.ts';

/** When a 429 names no time. */
const PATIENCE_MS = 30_000;

/** A meter that was replaced by one of the same name counts no more, so it must not be asked for long. */
const METERS_KNOWN_MS = 10_000;

/**
 * Usage meters of Stripe. A report of use is not repeated here: who sends it knows how old its identifier is. No idempotency
 * key goes with it, since Stripe would replay a 500 under it for a day; the identifier makes a repetition harmless.
 */
export function stripeMetering(load: Load): Metering {
  let known: { readonly meters: ReadonlyMap<string, string>; readonly readAt: number } | null = null;
  const meterId = async (stripe: Stripe, eventName: string): Promise<string> => {
    if (known === null || performance.now() - known.readAt > METERS_KNOWN_MS) {
      const meters = new Map((await activeMeters(stripe)).map(({ event_name, id }) => [event_name, id]));
      known = { meters, readAt: performance.now() };
    }
    const found = known.meters.get(eventName);
    if (found === undefined) throw new Failure('billing.vendor-refused', { cause: `no meter ${eventName}` });
    return found;
  };
  return {
    async send(event) {
      try {
        const { stripe } = await load();
        await stripe.billing.meterEvents.create(paramsOf(event));
        return { kind: 'accepted' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async counted(range) {
      const { stripe } = await load();
      return count(stripe, await meterId(stripe, range.eventName), range);
    },
    errorReport: async (eventId) => readReport((await load()).stripe, eventId),
  };
}

type Load = () => Promise<{ readonly stripe: Stripe }>;

async function activeMeters(stripe: Stripe): Promise<Stripe.Billing.Meter[]> {
  return (await calling(() => stripe.billing.meters.list({ status: 'active', limit: 100 }))).data;
}

/** Without grouping Stripe gives one summary for the whole time, or none. */
async function count(stripe: Stripe, meter: string, { customerId, from, to }: MeterRange): Promise<number> {
  const range = { customer: customerId, start_time: from / 1000, end_time: to / 1000 };
  const summaries = await calling(() => stripe.billing.meters.listEventSummaries(meter, range));
  return summaries.data.reduce((units, summary) => units + summary.aggregated_value, 0);
}

async function readReport(stripe: Stripe, eventId: string): Promise<MeterErrorReport> {
  const event = await calling(() => stripe.v2.core.events.retrieve(eventId));
  const isOfMeter = event.type === 'v1.billing.meter.error_report_triggered';
  if (!isOfMeter && event.type !== 'v1.billing.meter.no_meter_found')
    throw new Failure('billing.vendor-refused', { cause: `${eventId} is no error report` });
  const { reason, validation_start, validation_end } = event.data;
  const meter = isOfMeter
    ? await calling(() => stripe.billing.meters.retrieve(event.related_object.id))
    : null;
  return {
    eventName: meter?.event_name ?? null,
    dropped: reason.error_types.flatMap(({ code, sample_errors }) =>
      sample_errors.map(({ request }) => ({ identifier: request.identifier, code })),
    ),
    droppedCount: reason.error_count,
    from: Date.parse(validation_start),
    to: Date.parse(validation_end),
  };
}

function paramsOf(event: MeterEvent): Stripe.Billing.MeterEventCreateParams {
  return {
    event_name: event.eventName,
    identifier: event.identifier,
    timestamp: Math.floor(event.usedAt / 1000),
    payload: { stripe_customer_id: event.customerId, value: String(event.quantity) },
  };
}

/** Only an answer of Stripe's own with a 4xx says that it did nothing. */
function outcomeOf(error: unknown): MeterOutcome {
  const { statusCode, code, message, headers } = error as Partial<Stripe.errors.StripeError>;
  if (statusCode === 429) {
    const seconds = Number(headers?.['retry-after']);
    return { kind: 'throttled', retryAfterMs: seconds > 0 ? seconds * 1000 : PATIENCE_MS };
  }
  const isRefusal = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  if (!isRefusal || statusCode === 409 || statusCode === 408)
    return { kind: 'unknown', error: message ?? String(error) };
  // The text is the only sign that Stripe documents by example; the code is what newer versions add.
  if (code === 'duplicate_meter_event' || /already exists with identifier/i.test(message ?? ''))
    return { kind: 'duplicate' };
  // A key that was rolled is our own fault, which a repetition after its repair mends.
  if (statusCode === 401 || statusCode === 403) return { kind: 'throttled', retryAfterMs: PATIENCE_MS };
  return { kind: 'refused', code: code ?? message?.slice(0, 100) ?? String(statusCode) };
}
