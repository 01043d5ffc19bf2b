import type Stripe from 'stripe';
import { type DiscountInput, redeem } from '../catalog/discount.ts';
import { planOf } from '../catalog/plan.ts';
import type { ScheduleRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { endSubscription } from '../subscriptions/cancel.ts';
import { changeSubscription, isEnded, touch } from '../subscriptions/due.ts';
import { isMetered, recurringPrice } from '../subscriptions/item.ts';
import { hasOtherInterval } from '../subscriptions/plan-items.ts';
import { hasCard, updateSubscription } from '../subscriptions/update.ts';

type Phase = Stripe.SubscriptionSchedule.Phase;

/** Plans the end of the running phase; it comes before the renewal of the same second. */
export function planPhase(world: World, row: ScheduleRow): void {
  const at = row.status === 'active' ? (row.current_phase?.end_date ?? null) : null;
  world.timeOf(row).set(`schedule:${row.id}`, at, () => enterPhase(world, row, { changesNow: false }));
  const subscription = row.subscription === null ? undefined : world.subscriptions.find(row.subscription);
  if (subscription !== undefined && !isEnded(subscription)) touch(world, subscription);
}

/** Brings the subscription into the phase that holds now; after the last, ends as `end_behavior` says. */
export function enterPhase(world: World, row: ScheduleRow, { changesNow }: { changesNow: boolean }): void {
  const subscription = row.subscription === null ? undefined : world.subscriptions.find(row.subscription);
  if (row.status !== 'active' || subscription === undefined || isEnded(subscription)) return;
  const { now } = world.timeOf(row);
  const phase = row.phases.find(({ start_date: start, end_date: end }) => start <= now && now < end);
  if (phase === undefined) {
    finish(world, row, subscription);
    return;
  }
  world.change('subscription_schedule.updated', row, () => {
    row.current_phase = { start_date: phase.start_date, end_date: phase.end_date };
  });
  takeTerms(world, subscription, { phase, changesNow });
  if (!isSame(subscription, phase)) apply(world, subscription, { phase, atBoundary: !changesNow });
  planPhase(world, row);
}

/** A phase says all: a discount that it does not name is gone, and so is a trial that it does not keep. */
function takeTerms(
  world: World,
  subscription: SubscriptionRow,
  { phase, changesNow }: { phase: Phase; changesNow: boolean },
): void {
  const named = phase.discounts.filter(
    ({ discount }) => discount === null || subscription.discounts.includes(String(discount)),
  );
  const isKept = named.every(({ discount }) => discount !== null);
  if (!isKept || named.length < subscription.discounts.length)
    changeSubscription(world, subscription, (row) => {
      row.discounts = redeem(world, row, named.map(discountInput));
    });
  if (changesNow && subscription.status === 'trialing' && phase.trial_end !== subscription.trial_end)
    updateSubscription(world, subscription, { trial_end: phase.trial_end ?? 'now' });
}

function discountInput({
  coupon,
  discount,
  promotion_code: code,
}: Phase['discounts'][number]): DiscountInput {
  if (discount !== null) return { discount: String(discount) };
  return code === null ? { coupon: String(coupon) } : { promotion_code: String(code) };
}

function isSame(subscription: SubscriptionRow, phase: Phase): boolean {
  const held = subscription.items.data.map((item) => `${item.price.id}×${item.quantity ?? 1}`);
  const wanted = phase.items.map((item) => `${item.price}×${item.quantity ?? 1}`);
  return held.toSorted().join() === wanted.toSorted().join();
}

function apply(
  world: World,
  subscription: SubscriptionRow,
  { phase, atBoundary }: { phase: Phase; atBoundary: boolean },
): void {
  const { now } = world.timeOf(subscription);
  const ended = subscription.items.data.every((item) => item.current_period_end <= now);
  if (atBoundary && ended) swapItems(world, subscription, phase);
  else
    updateSubscription(world, subscription, {
      items: changesTo(subscription, phase),
      proration_behavior: phase.proration_behavior === 'none' ? 'none' : 'create_prorations',
      payment_behavior: hasCard(world, subscription) ? 'allow_incomplete' : 'default_incomplete',
    });
}

/** Between two periods nothing is prorated: the renewal that follows bills the new items. */
function swapItems(world: World, subscription: SubscriptionRow, phase: Phase): void {
  const { now } = world.timeOf(subscription);
  changeSubscription(world, subscription, (row) => {
    phase.items.forEach((wanted, index) => {
      const item = row.items.data[index];
      if (item === undefined) return;
      const price = recurringPrice(world, String(wanted.price), 'phases');
      if (hasOtherInterval(item, { ...item, price })) row.billing_cycle_anchor = now;
      item.price = price;
      item.plan = planOf(price);
      if (!isMetered(item)) item.quantity = wanted.quantity ?? 1;
    });
    row.items.data.length = Math.min(row.items.data.length, phase.items.length);
  });
}

function changesTo(subscription: SubscriptionRow, phase: Phase) {
  const held = subscription.items.data;
  const wanted = phase.items.map((item, index) => {
    const id = held[index]?.id;
    const quantity = item.quantity === undefined ? {} : { quantity: item.quantity };
    return { ...(id === undefined ? {} : { id }), price: String(item.price), ...quantity };
  });
  const gone = held.slice(phase.items.length).map((item) => ({ id: item.id, deleted: true }));
  return [...wanted, ...gone];
}

function finish(world: World, row: ScheduleRow, subscription: SubscriptionRow): void {
  if (row.end_behavior === 'cancel') {
    world.change('subscription_schedule.updated', row, () => {
      row.status = 'completed';
      row.completed_at = world.timeOf(row).now;
      row.current_phase = null;
    });
    world.emit('subscription_schedule.completed', row);
    endSubscription(world, subscription, 'cancellation_requested');
  } else release(world, row);
}

/** Leaves the subscription as it is, and to itself. */
export function release(world: World, row: ScheduleRow): ScheduleRow {
  const subscription = row.subscription === null ? undefined : world.subscriptions.find(row.subscription);
  row.status = 'released';
  row.released_at = world.timeOf(row).now;
  row.released_subscription = row.subscription;
  row.subscription = null;
  row.current_phase = null;
  world.timeOf(row).set(`schedule:${row.id}`, null, () => {});
  world.emit('subscription_schedule.released', row);
  if (subscription !== undefined)
    changeSubscription(world, subscription, (held) => {
      held.schedule = null;
    });
  return row;
}

/** A subscription that has ended ends its schedule. */
export function followSubscriptions(world: World): void {
  world.hooks.subscriptionChanged.push((subscription) => {
    const row = subscription.schedule === null ? undefined : world.schedules.find(subscription.schedule);
    if (row?.status !== 'active' || !isEnded(subscription)) return;
    row.status = 'canceled';
    row.canceled_at = world.timeOf(row).now;
    row.current_phase = null;
    world.timeOf(row).set(`schedule:${row.id}`, null, () => {});
    world.emit('subscription_schedule.canceled', row);
  });
}
