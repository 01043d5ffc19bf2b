import type Stripe from 'stripe';
import { Failure } from '../../core/failure.ts';
import type { MeterErrorReport, MeterEvent, Metering, MeterOutcome, MeterRange } from './metering.ts';

const TIMEOUT_MS = 10_000;
/** When a 429 names no time. */
const PATIENCE_MS = 30_000;

/**
 * Usage meters of Stripe. Nothing is repeated here: who calls knows how old an identifier is. No idempotency key is sent
 * with an event, since Stripe would replay a 500 under it for a day; the identifier is what makes a repetition harmless.
 */
export function createStripeMetering(stripe: Stripe): Metering {
  const once = { timeout: TIMEOUT_MS, maxNetworkRetries: 0 };
  const meters = new Map<string, string>();
  const meterId = async (eventName: string): Promise<string> => {
    const known = meters.get(eventName);
    if (known !== undefined) return known;
    for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 100 }, once))
      meters.set(meter.event_name, meter.id);
    const found = meters.get(eventName);
    if (found === undefined) throw new Failure('server.internal', { cause: `no active meter ${eventName}` });
    return found;
  };
  return {
    async send(event) {
      try {
        await stripe.billing.meterEvents.create(paramsOf(event), once);
        return { kind: 'accepted' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    counted: (range) => vendorAnswer(async () => count(stripe, await meterId(range.eventName), range)),
    errorReport: (eventId) => vendorAnswer(() => readReport(stripe, eventId)),
  };

  async function count(client: Stripe, meter: string, { customerId, from, to }: MeterRange): Promise<number> {
    const range = { customer: customerId, start_time: from / 1000, end_time: to / 1000 };
    let units = 0;
    for await (const summary of client.billing.meters.listEventSummaries(meter, range, once))
      units += summary.aggregated_value;
    return units;
  }

  async function readReport(client: Stripe, eventId: string): Promise<MeterErrorReport> {
    const event = await client.v2.core.events.retrieve(eventId, {}, once);
    if (event.type !== 'v1.billing.meter.error_report_triggered')
      throw new Failure('server.internal', { cause: `${eventId} is no error report` });
    const { reason, validation_start, validation_end } = event.data;
    const meter = await client.billing.meters.retrieve(event.related_object.id, {}, once);
    return {
      eventName: meter.event_name,
      dropped: reason.error_types.flatMap(({ code, sample_errors }) =>
        sample_errors.map(({ request }) => ({ identifier: request.identifier, code })),
      ),
      droppedCount: reason.error_count,
      from: Date.parse(validation_start),
      to: Date.parse(validation_end),
    };
  }
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

async function vendorAnswer<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('server.unavailable', { cause: error });
  }
}
