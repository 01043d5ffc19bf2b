import type Stripe from 'stripe';
import type { z } from 'zod';
import { invalid } from '../kernel/failure.ts';
import type { ScheduleRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { cancelNow } from '../subscriptions/cancel.ts';
import { page } from '../wire/page.ts';
import { bool, listParams, mergeMetadata, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { enterPhase, planPhase, release } from './enter.ts';
import { CreateSchedule, UpdateSchedule } from './params.ts';
import { currentPhase, phasesOf } from './phase.ts';

/** Makes a schedule of a subscription that lives; it begins with one phase, the running period. */
function createSchedule(world: World, input: z.output<typeof CreateSchedule>): ScheduleRow {
  if (input.from_subscription === undefined)
    throw invalid('The emulator makes schedules from subscriptions only.', { param: 'from_subscription' });
  const subscription = world.subscriptions.get(input.from_subscription, 'from_subscription');
  if (subscription.schedule !== null)
    throw invalid(`The subscription is already attached to a schedule: ${subscription.schedule}.`);
  const row = world.schedules.add(scheduleOf(world, subscription, input));
  world.change('customer.subscription.updated', subscription, (held) => {
    held.schedule = row.id;
  });
  world.emit('subscription_schedule.created', row);
  planPhase(world, row);
  return row;
}

function scheduleOf(
  world: World,
  subscription: SubscriptionRow,
  input: z.output<typeof CreateSchedule>,
): ScheduleRow {
  const phase = currentPhase(subscription);
  return {
    id: world.ids.next('sub_sched'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: subscription.billing_mode,
    canceled_at: null,
    completed_at: null,
    created: world.timeOf(subscription).now,
    current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    customer: subscription.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: input.end_behavior ?? 'release',
    livemode: false,
    metadata: mergeMetadata({}, input.metadata),
    pause_schedules: [],
    phases: [phase],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: subscription.test_clock,
  } satisfies Stripe.SubscriptionSchedule;
}

function updateSchedule(world: World, row: ScheduleRow, input: z.output<typeof UpdateSchedule>): ScheduleRow {
  const subscription = livingSubscription(world, row);
  const start = row.current_phase?.start_date ?? subscription.start_date;
  const phases = input.phases && phasesOf(world, subscription, { inputs: input.phases, start });
  world.change('subscription_schedule.updated', row, () => {
    row.end_behavior = input.end_behavior ?? row.end_behavior;
    row.metadata = mergeMetadata(row.metadata, input.metadata);
    row.phases = phases ?? row.phases;
  });
  if (phases !== undefined) enterPhase(world, row, { changesNow: true });
  return row;
}

function livingSubscription(world: World, row: ScheduleRow): SubscriptionRow {
  if (row.status !== 'active' || row.subscription === null)
    throw invalid(`You cannot update a subscription schedule that is in the \`${row.status}\` status.`);
  return world.subscriptions.get(row.subscription);
}

export const scheduleRoutes = [
  route('POST /v1/subscription_schedules', CreateSchedule, createSchedule),
  route('GET /v1/subscription_schedules', listParams({ customer: text.optional() }), (world, input) =>
    page(
      '/v1/subscription_schedules',
      world.schedules.where((row) => row.customer === (input.customer ?? row.customer)),
      input,
    ),
  ),
  route('GET /v1/subscription_schedules/:id', params({}), (world, _, [id]) => world.schedules.get(id)),
  route('POST /v1/subscription_schedules/:id', UpdateSchedule, (world, input, [id]) =>
    updateSchedule(world, world.schedules.get(id), input),
  ),
  route(
    'POST /v1/subscription_schedules/:id/release',
    params({ preserve_cancel_date: bool.optional() }),
    (world, _, [id]) => {
      const row = world.schedules.get(id);
      livingSubscription(world, row);
      return release(world, row);
    },
  ),
  route(
    'POST /v1/subscription_schedules/:id/cancel',
    params({ invoice_now: bool.optional(), prorate: bool.optional() }),
    (world, input, [id]) => {
      const row = world.schedules.get(id);
      const subscription = livingSubscription(world, row);
      cancelNow(world, subscription, input);
      return row;
    },
  ),
];
