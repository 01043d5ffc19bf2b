import type { Tier } from '../../../server/core/tiers.ts';
import { type Act, type CouponTerms, monthsWatched, type PlanChoice } from './history.ts';
import { lessCoupon, monthsAfter, priceOf, shareOf } from './oracle-sums.ts';

const HOUR = 3_600;
const DAY = 86_400;
/** A change that waits for its payment is given up after this. */
const WAITS = 23 * HOUR;
/** Below this nothing is charged; it stays on the balance. */
const SMALLEST_CHARGE = 50;

export interface ExpectedInvoice {
  readonly at: number;
  readonly total: number;
  due: number;
  status: 'draft' | 'open' | 'paid' | 'void';
}

export interface ExpectedSubscription {
  plan: PlanChoice;
  status: 'trialing' | 'active' | 'past_due' | 'canceled';
  /** Boundaries of periods are whole cycles after it. */
  anchor: number;
  start: number;
  end: number;
  /** What was charged last, for which time: of that a change gives back what is left. Null while nothing was. */
  charge: { readonly cents: number; readonly from: number; readonly to: number } | null;
  coupon: { readonly terms: CouponTerms; readonly until: number | null } | null;
  cancelAt: number | null;
  planned: PlanChoice | null;
  waiting: { readonly next: Change; readonly invoice: ExpectedInvoice; readonly expires: number } | null;
  lateSince: number | null;
}

/** What a change of plan makes of a subscription, and what it bills at once. */
interface Change {
  readonly plan: PlanChoice;
  readonly total: number;
  readonly bills: boolean;
  readonly period: Pick<ExpectedSubscription, 'anchor' | 'start' | 'end' | 'charge'>;
}

const monthsOf = ({ cycle }: PlanChoice) => (cycle === 'annual' ? 12 : 1);

/**
 * What Stripe must bill one customer, worked out from the prices and the calendar alone: its own arithmetic, its own rules,
 * no code of the emulator or the server. Rules of flexible billing as Stripe documents them; seconds since 1970 UTC.
 */
export class Oracle {
  readonly invoices: ExpectedInvoice[] = [];
  readonly end: number;
  subscription: ExpectedSubscription | null = null;
  now: number;
  #balance = 0;
  #declines = false;

  constructor(start: number) {
    this.now = start;
    this.end = monthsAfter(start, monthsWatched) + 2 * HOUR;
  }

  /** What is due happens, each at its own time. */
  advance(to: number): void {
    for (;;) {
      const due = this.#dues().filter(({ at }) => at <= to);
      if (due.length === 0) break;
      const first = due.reduce((a, b) => (b.at < a.at ? b : a));
      this.now = first.at;
      first.happen();
    }
    this.now = to;
  }

  /** What a move would charge now; null when it would begin with the next period. */
  preview(plan: PlanChoice): number | null {
    const subscription = this.#living();
    if (!isMore(subscription.plan, plan)) return null;
    const { total, bills } = this.#changeTo(subscription, plan);
    return bills ? this.#settled(total).due : 0;
  }

  act(act: Act): void {
    if (act.kind === 'subscribe') this.#subscribe(act);
    else if (act.kind === 'card') this.#declines = act.card === 'declines';
    else if (act.kind === 'move') this.#move(this.#living(), act.plan);
    else if (act.kind === 'cancel' || act.kind === 'cancel-in-portal')
      Object.assign(this.#living(), { cancelAt: this.#living().end, planned: null });
    else if (act.kind === 'resume') Object.assign(this.#living(), { cancelAt: null, planned: null });
    else if (act.kind === 'pay') this.#pay(this.#living());
  }

  /** The tier that holds now: a late payment keeps it for seven days from its invoice. */
  get tier(): Tier {
    const { subscription } = this;
    if (subscription === null || subscription.status === 'canceled') return 'repx0';
    const { lateSince, plan } = subscription;
    return lateSince !== null && this.now >= lateSince + 7 * DAY ? 'repx0' : plan.tier;
  }

  #living(): ExpectedSubscription {
    if (this.subscription === null) throw new Error('the history changes what is not there');
    return this.subscription;
  }

  #dues(): { at: number; happen: () => void }[] {
    const { subscription } = this;
    const drafts = this.invoices
      .filter(({ status }) => status === 'draft')
      .map((invoice) => ({ at: invoice.at + HOUR, happen: () => this.#finalize(invoice) }));
    if (subscription === null || subscription.status === 'canceled') return drafts;
    const { waiting, cancelAt, end } = subscription;
    const ending = { at: end, happen: () => this.#renew(subscription) };
    const leaving = cancelAt === null ? [] : [{ at: cancelAt, happen: () => this.#leave(subscription) }];
    const expiry =
      waiting === null ? [] : [{ at: waiting.expires, happen: () => this.#giveUp(subscription) }];
    return [...expiry, ...drafts, ...leaving, ending];
  }

  #subscribe({ plan, coupon, trialDays }: Extract<Act, { kind: 'subscribe' }>): void {
    const { now } = this;
    const until = typeof coupon?.lasts === 'number' ? monthsAfter(now, coupon.lasts) : null;
    const anchor = trialDays === undefined ? now : now + trialDays * DAY;
    const end = trialDays === undefined ? monthsAfter(now, monthsOf(plan)) : anchor;
    const subscription: ExpectedSubscription = {
      ...{ plan, anchor, start: now, end, charge: null, cancelAt: null, planned: null },
      ...{ waiting: null, lateSince: null, status: trialDays === undefined ? 'active' : 'trialing' },
      coupon: coupon === undefined ? null : { terms: coupon, until },
    };
    this.subscription = subscription;
    const total = trialDays === undefined ? this.#priceNow(subscription, plan) : 0;
    if (trialDays === undefined) subscription.charge = { cents: total, from: now, to: end };
    this.#useUp(subscription, total < priceOf(plan) && trialDays === undefined);
    this.#bill(total);
  }

  #priceNow({ coupon }: ExpectedSubscription, plan: PlanChoice): number {
    const isOver = coupon?.until !== null && coupon !== null && coupon.until <= this.now;
    return lessCoupon(priceOf(plan), isOver ? null : (coupon?.terms ?? null));
  }

  #useUp(subscription: ExpectedSubscription, used: boolean): void {
    if (used && subscription.coupon?.terms.lasts === 'once') subscription.coupon = null;
  }

  #changeTo(subscription: ExpectedSubscription, plan: PlanChoice): Change {
    const { now } = this;
    const { anchor, start, end, charge, status } = subscription;
    const whole = this.#priceNow(subscription, plan);
    if (status === 'trialing')
      return { plan, total: 0, bills: false, period: { anchor, start, end, charge: null } };
    const back = charge === null ? 0 : shareOf(charge.cents, charge.to - now, charge.to - charge.from);
    if (plan.cycle !== subscription.plan.cycle) {
      const to = monthsAfter(now, monthsOf(plan));
      const period = { anchor: now, start: now, end: to, charge: { cents: whole, from: now, to } };
      return { plan, total: whole - back, bills: true, period };
    }
    const rest = shareOf(whole, end - now, end - start);
    const period = { anchor, start, end, charge: { cents: rest, from: now, to: end } };
    return { plan, total: rest - back, bills: true, period };
  }

  #move(subscription: ExpectedSubscription, plan: PlanChoice): void {
    const isNow = isMore(subscription.plan, plan);
    Object.assign(subscription, { cancelAt: null, planned: isNow ? null : plan });
    if (!isNow) return;
    this.#giveUp(subscription);
    const next = this.#changeTo(subscription, plan);
    if (!next.bills) return void Object.assign(subscription, { plan });
    const invoice = this.#bill(next.total);
    const expires = Math.min(this.now + WAITS, subscription.end);
    if (invoice.status === 'open') subscription.waiting = { next, invoice, expires };
    else Object.assign(subscription, { plan, ...next.period });
  }

  #giveUp(subscription: ExpectedSubscription): void {
    if (subscription.waiting !== null) subscription.waiting.invoice.status = 'void';
    subscription.waiting = null;
  }

  #pay(subscription: ExpectedSubscription): void {
    const open = this.invoices.findLast(({ status }) => status === 'open');
    if (open === undefined || this.#declines) throw new Error('the history pays what cannot be paid');
    open.status = 'paid';
    const { waiting } = subscription;
    if (waiting?.invoice === open)
      Object.assign(subscription, { plan: waiting.next.plan, ...waiting.next.period, waiting: null });
    else Object.assign(subscription, { status: 'active', lateSince: null });
  }

  #renew(subscription: ExpectedSubscription): void {
    const { now } = this;
    const { planned, plan: old } = subscription;
    const plan = planned ?? old;
    if (plan.cycle !== old.cycle) subscription.anchor = now;
    Object.assign(subscription, {
      plan,
      planned: null,
      start: now,
      end: nextBoundary(subscription, plan, now),
    });
    if (subscription.status === 'trialing') subscription.status = 'active';
    const total = this.#priceNow(subscription, plan);
    this.#useUp(subscription, total < priceOf(plan));
    subscription.charge = { cents: total, from: now, to: subscription.end };
    this.invoices.push({ at: now, total, due: total, status: 'draft' });
  }

  #leave(subscription: ExpectedSubscription): void {
    subscription.status = 'canceled';
  }

  #bill(total: number): ExpectedInvoice {
    const invoice: ExpectedInvoice = { at: this.now, total, due: total, status: 'draft' };
    this.invoices.push(invoice);
    this.#finalize(invoice);
    return invoice;
  }

  #settled(total: number): { due: number; balance: number } {
    const sum = total + this.#balance;
    return sum < SMALLEST_CHARGE ? { due: 0, balance: sum } : { due: sum, balance: 0 };
  }

  #finalize(invoice: ExpectedInvoice): void {
    const { due, balance } = this.#settled(invoice.total);
    invoice.due = due;
    this.#balance = balance;
    invoice.status = due > 0 && this.#declines ? 'open' : 'paid';
    const isRenewal = this.now > invoice.at;
    if (invoice.status === 'open' && isRenewal)
      Object.assign(this.#living(), { status: 'past_due', lateSince: this.now });
  }
}

/** The first boundary after an instant, counted from the anchor so that a 31st comes back after short months. */
function nextBoundary({ anchor }: ExpectedSubscription, plan: PlanChoice, now: number): number {
  for (let count = 1; ; count += 1) {
    const at = monthsAfter(anchor, count * monthsOf(plan));
    if (at > now) return at;
  }
}

/** What begins at once: a higher plan, or a year instead of months on the same. */
function isMore(from: PlanChoice, to: PlanChoice): boolean {
  if (from.tier !== to.tier) return to.tier > from.tier;
  return to.cycle === 'annual' && from.cycle === 'monthly';
}
