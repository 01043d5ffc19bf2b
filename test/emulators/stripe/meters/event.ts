import type Stripe from 'stripe';
import { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { World } from '../kernel/world.ts';
import { int, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { activeMeter } from './meter.ts';
import { processSoon } from './process.ts';
import type { Recorded } from './usage.ts';

/** https://docs.stripe.com/api/billing/meter-event/create: 35 days back, 5 minutes ahead, identifiers unique for 24 h. */
const oldestSeconds = 35 * 86_400;
const aheadSeconds = 300;
const uniqueSeconds = 86_400;

const Create = params({
  event_name: z.string().max(100),
  identifier: z.string().max(100).optional(),
  payload: z.record(z.string(), z.string()),
  timestamp: int.optional(),
});

/** Takes a meter event. What can be told at once is refused here; the rest by an error report, later. */
function createEvent(world: World, input: z.output<typeof Create>): Stripe.Billing.MeterEvent {
  const { now } = world.time;
  const timestamp = input.timestamp ?? now;
  if (timestamp < now - oldestSeconds)
    throw invalid('The timestamp must be within the past 35 calendar days.', { param: 'timestamp' });
  if (timestamp > now + aheadSeconds)
    throw invalid('The timestamp must be up to 5 minutes in the future.', { param: 'timestamp' });
  if (activeMeter(world, input.event_name) === undefined)
    throw invalid(`No active meter found for event name: ${input.event_name}`, { param: 'event_name' });
  const identifier = input.identifier ?? world.ids.next('idmp');
  if (isKnown(world, identifier))
    throw invalid(`An event already exists with identifier ${identifier}.`, { param: 'identifier' });
  const { event_name: eventName, payload } = input;
  const told = { identifier, eventName, payload, timestamp, receivedAt: now };
  const recorded: Recorded = { ...told, meter: null, state: 'waiting' };
  world.recorded.push(recorded);
  processSoon(world);
  return {
    object: 'billing.meter_event',
    created: now,
    event_name: eventName,
    identifier,
    livemode: false,
    payload,
    timestamp,
  } satisfies Stripe.Billing.MeterEvent;
}

function isKnown(world: World, identifier: string): boolean {
  return world.recorded.some(
    (event) => event.identifier === identifier && world.time.now - event.receivedAt < uniqueSeconds,
  );
}

const Adjust = params({
  cancel: z.strictObject({ identifier: text }),
  event_name: z.string().max(100),
  type: z.literal('cancel'),
});

/** Takes an event back, within 24 hours of its receipt. */
function adjust(world: World, input: z.output<typeof Adjust>): Stripe.Billing.MeterEventAdjustment {
  const { identifier } = input.cancel;
  const event = world.recorded.findLast(
    (held) => held.identifier === identifier && held.eventName === input.event_name,
  );
  if (event === undefined)
    throw invalid(`No meter event found with identifier ${identifier}.`, { param: 'cancel' });
  if (world.time.now - event.receivedAt > uniqueSeconds)
    throw invalid('You can only cancel an event within 24 hours of Stripe receiving it.', {
      param: 'cancel',
    });
  if (event.state === 'cancelled')
    throw invalid('The event has already been cancelled.', { param: 'cancel' });
  event.state = 'cancelled';
  return {
    object: 'billing.meter_event_adjustment',
    cancel: { identifier },
    event_name: input.event_name,
    livemode: false,
    status: 'pending',
    type: 'cancel',
  } satisfies Stripe.Billing.MeterEventAdjustment;
}

export const meterEventRoutes = [
  route('POST /v1/billing/meter_events', Create, createEvent),
  route('POST /v1/billing/meter_event_adjustments', Adjust, adjust),
];
