import type Stripe from 'stripe';
import { keepThin, relatedTo } from '../events/thin.ts';
import { toJson } from '../kernel/json.ts';
import type { MeterRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { aggregate, type Recorded } from './usage.ts';

type Report = Stripe.V2.Core.Events.V1BillingMeterErrorReportTriggeredEvent['data'];
type Code =
  | 'archived_meter'
  | 'meter_event_no_customer_defined'
  | 'meter_event_customer_not_found'
  | 'meter_event_invalid_value';

/** Counts what waits a little later than it came, in virtual time. */
export function processSoon(world: World): void {
  world.time.set('meter-events', world.time.now + world.settings.meterSeconds, () => processEvents(world));
}

/** Counts every waiting event; those that are wrong are told in one report a meter, and never counted. */
export function processEvents(world: World): void {
  const wrong = new Map<MeterRow, { event: Recorded; code: Code }[]>();
  for (const event of world.recorded.filter(({ state }) => state === 'waiting')) {
    const meter = world.meters.where((row) => row.event_name === event.eventName).at(-1);
    if (meter === undefined) continue;
    const code = faultOf(world, meter, event);
    event.state = code === null ? 'counted' : 'wrong';
    event.meter = code === null ? meter.id : null;
    if (code !== null) wrong.set(meter, [...(wrong.get(meter) ?? []), { event, code }]);
  }
  for (const [meter, events] of wrong) report(world, meter, events);
}

function faultOf(world: World, meter: MeterRow, event: Recorded): Code | null {
  const customer = event.payload[meter.customer_mapping.event_payload_key];
  const value = event.payload[meter.value_settings.event_payload_key];
  const counts = meter.default_aggregation.formula === 'count';
  if (meter.status === 'inactive') return 'archived_meter';
  if (customer === undefined) return 'meter_event_no_customer_defined';
  if (world.customers.find(customer) === undefined) return 'meter_event_customer_not_found';
  return counts || /^-?\d+(\.\d+)?$/.test(value ?? '') ? null : 'meter_event_invalid_value';
}

function report(world: World, meter: MeterRow, events: readonly { event: Recorded; code: Code }[]): void {
  const codes = [...new Set(events.map(({ code }) => code))];
  const at = new Date(world.time.now * 1000).toISOString();
  const data = {
    developer_message_summary: `There ${events.length === 1 ? 'is 1 invalid event' : `are ${events.length} invalid events`}`,
    reason: {
      error_count: events.length,
      error_types: codes.map((code) => {
        const same = events.filter((entry) => entry.code === code);
        return {
          code,
          error_count: same.length,
          sample_errors: same.slice(0, 5).map(({ event: { identifier } }) => ({
            error_message: `${code}: ${identifier}`,
            request: { identifier },
          })),
        };
      }),
    },
    validation_start: at,
    validation_end: at,
  } satisfies Report;
  const related = relatedTo(toJson(meter));
  keepThin(world, {
    type: 'v1.billing.meter.error_report_triggered',
    created: world.time.now,
    data,
    ...(related === null ? {} : { related_object: related }),
  });
}

/** Lets metered prices bill what their meters counted. */
export function billMeters(world: World): void {
  world.usageOf = (price, customer, { start, end }) => {
    const meter = world.meters.find(price.recurring?.meter ?? '');
    return meter === undefined ? 0 : aggregate(meter, world.recorded, { customer, start, end });
  };
}
