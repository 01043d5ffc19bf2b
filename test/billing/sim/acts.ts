import { Failure } from '../../../server/core/failure.ts';
import { billingCycles, soldTiers } from '../../../server/core/plans.ts';
import type { PlanMove, SubscriptionSnapshot } from '../../../server/integrations/payments/port.ts';
import { isNow } from '../../../server/modules/billing/plan-move.rules.ts';
import { syncCustomer } from '../../../server/modules/billing/sync-customer.ts';
import { StripeFailure } from '../../emulators/stripe/kernel/failure.ts';
import type { InvoiceRow, SessionRow, SubscriptionRow } from '../../emulators/stripe/kernel/rows.ts';
import type { Member, Stage } from './stage.ts';

/** Three numbers in [0, 1) by which an act chooses what it does and to what. */
export type Picks = readonly [number, number, number];

/** There is nothing that this could be done to. */
export class Nothing extends Error {}

export function pick<T>(values: readonly T[], at: number): T {
  const one = values[Math.floor(at * values.length)];
  if (one === undefined) throw new Nothing();
  return one;
}

const DAY = 86_400;

type Act = (stage: Stage, member: Member, picks: Picks) => string | Promise<string>;

/** What customers, dashboards and our own pages do, each told in a line. What Stripe refuses is a legal answer. */
export const acts = {
  /** Our page makes the customer and maps it before anything is sold. */
  signUp: (stage, member) => {
    if (lastCustomer(stage, member) !== null) throw new Nothing();
    stage.begin(`sign up ${member.email}`, async () => {
      const { orgId, email } = member;
      const customerId = await stage.payments.createCustomer({ orgId, name: 'Example', email });
      if (!member.customerIds.includes(customerId)) member.customerIds.push(customerId);
      await stage.deps.store.adopt(orgId, customerId);
    });
    return `our page signs ${member.email} up`;
  },
  /** Somebody makes the customer in the dashboard, with our id in its metadata. */
  makeCustomer: (stage, member) => {
    if (lastCustomer(stage, member) !== null) throw new Nothing();
    const made = stage.ask(
      'POST',
      '/v1/customers',
      `email=${member.email}&metadata[organisation_id]=${member.orgId}`,
    );
    const { id } = made as { id: string };
    member.customerIds.push(id);
    return `${id} is made in the dashboard`;
  },
  checkOut: (stage, member, [a, b]) => {
    const customerId = customerOf(stage, member);
    const plan = { kind: 'plan', tier: pick(soldTiers, a), cycle: pick(billingCycles, b) } as const;
    return openPage(stage, member, { customerId, purchase: plan });
  },
  checkOutPack: (stage, member, [a]) => {
    const customerId = customerOf(stage, member);
    const purchase = { kind: 'add-on', meter: 'aiQueries', quantity: 1 + Math.floor(a * 9) } as const;
    return openPage(stage, member, { customerId, purchase });
  },
  /** On an open page, at times to be paid later; or such a payment comes. */
  buy: (stage, member, [a, b, c]) => {
    const { person } = stage.emulator;
    const debits = pagesOf(
      stage,
      member,
      ({ status, payment_status }) => status === 'complete' && payment_status === 'unpaid',
    );
    if (debits.length > 0 && c < 0.6) {
      const { id } = pick(debits, a);
      person.paymentComes(id, b < 0.8);
      return `the bank ${b < 0.8 ? 'pays' : 'refuses'} for ${id}`;
    }
    const { id, mode } = pick(openPages(stage, member), a);
    const card = pick(['pm_card_visa', 'pm_card_visa', 'pm_card_authenticationRequired'], b);
    const later = mode === 'payment' && c > 0.7;
    const bought = person.completeCheckout(id, { card, later });
    return `buys on ${id}${later ? ', to be paid later' : ''}: ${bought.status}`;
  },
  abandon: (stage, member, [a]) => {
    const { id } = pick(openPages(stage, member), a);
    stage.emulator.person.abandonCheckout(id);
    return `abandons ${id}`;
  },
  /** A subscription that no page of ours sold. */
  subscribe: (stage, member, [a, b, c]) => {
    const customer = customerOf(stage, member);
    const price = pick([...stage.emulator.world.prices.all].filter(isRecurring), a).id;
    const terms = pick(
      [
        '',
        '&trial_period_days=5',
        '&payment_behavior=default_incomplete',
        '&billing_mode[type]=classic',
        '&collection_method=send_invoice&days_until_due=7',
        '&trial_period_days=3&trial_settings[end_behavior][missing_payment_method]=pause',
      ],
      b,
    );
    if (c < 0.8) stage.emulator.person.useCard(customer, 'pm_card_visa');
    const form = `customer=${customer}&items[0][price]=${price}${terms}`;
    const { id, status } = stage.ask('POST', '/v1/subscriptions', form) as SubscriptionRow;
    return `${id} is made in the dashboard (${status}${terms})`;
  },
  card: (stage, member, [a, b]) => {
    const customer = customerOf(stage, member);
    const change = pick(['declines', 'succeeds', 'needs-action', 'insufficient-funds'] as const, a);
    if (b < 0.2) stage.emulator.person.useCard(customer, 'pm_card_mastercard');
    stage.emulator.person.cardsBecome(customer, change);
    return `cards: ${change}`;
  },
  portal: (stage, member, [a, b, c]) => {
    const { id } = pick(subscriptionsOf(stage, member), a);
    const { person } = stage.emulator;
    const price = pick(stage.emulator.world.prices.all.filter(isRecurring), c).id;
    const [what, act] = pick(
      [
        ['cancels', () => person.cancelInPortal(id)],
        ['cancels', () => person.cancelInPortal(id)],
        ['cancels at once', () => person.cancelInPortal(id, 'now')],
        ['renews', () => person.renewInPortal(id)],
        ['changes the plan', () => person.changePlanInPortal(id, price)],
        ['pauses', () => person.pauseInPortal(id)],
      ] as const,
      b,
    );
    act();
    return `${what} ${id} in the portal`;
  },
  dashboard: (stage, member, [a, b, c]) => {
    const { id, items, schedule } = pick(subscriptionsOf(stage, member), a);
    const inSome = stage.emulator.world.time.now + Math.floor(1 + c * 20 * DAY);
    const changes = [
      'cancel_at_period_end=true',
      'cancel_at_period_end=false',
      `cancel_at=${inSome}`,
      'cancel_at=',
      'pause_collection[behavior]=void',
      'pause_collection[behavior]=keep_as_draft',
      'pause_collection=',
      `trial_end=${inSome}`,
      'trial_end=now',
      `items[0][id]=${items.data[0]?.id}&items[0][quantity]=${1 + Math.floor(c * 3)}`,
      'a coupon',
      'released',
    ];
    const change = pick(changes, b);
    if (change === 'a coupon') {
      const percent = pick([25, 100], c);
      const coupon = stage.ask('POST', '/v1/coupons', `percent_off=${percent}&duration=once`);
      const discount = `discounts[0][coupon]=${(coupon as { id: string }).id}`;
      stage.ask('POST', `/v1/subscriptions/${id}`, discount);
    } else if (change === 'released') {
      if (schedule === null) throw new Nothing();
      stage.ask('POST', `/v1/subscription_schedules/${schedule}/release`);
    } else stage.ask('POST', `/v1/subscriptions/${id}`, change);
    return `${id}: ${change}`;
  },
  end: (stage, member, [a, b]) => {
    const { id } = pick(subscriptionsOf(stage, member), a);
    if (b < 0.5)
      stage.ask('DELETE', `/v1/subscriptions/${id}`, b < 0.2 ? 'prorate=true&invoice_now=true' : '');
    else stage.ask('POST', `/v1/subscriptions/${id}/${b < 0.75 ? 'pause' : 'resume'}`);
    return `${id}: ${b < 0.5 ? 'cancelled at once' : b < 0.75 ? 'paused' : 'resumed'}`;
  },
  invoice: (stage, member, [a, b, c]) => {
    if (c < 0.06) return returnRefund(stage, member, a);
    if (c < 0.3) return refund(stage, pick(refundable(stage, member), a), b);
    const { id } = pick(invoicesWhere(stage, member, 'open'), a);
    const act = pick(['pay', 'pay', 'void', 'mark_uncollectible'], b);
    stage.ask('POST', `/v1/invoices/${id}/${act}`);
    return `${act} ${id}`;
  },
  /** Our own operations, as `change-plan.ts` makes them: look, ask, look again. */
  ours: (stage, member, [a, b, c]) => {
    const customerId = customerOf(stage, member);
    const wish = pick(['cancel', 'keep', 'move'] as const, a);
    const key = `wish_${stage.tasks.length}`;
    stage.begin(`${wish} ${customerId}`, async () => {
      await syncCustomer(stage.deps, customerId);
      const { currentId } = await stage.place.organisation(member.orgId);
      const listed = await stage.payments.listSubscriptions(customerId);
      const subscription = listed.find(({ id }) => id === currentId);
      if (subscription === undefined) return;
      const { move, act } = wishFor(stage, { subscription, wish, key, b, c });
      await stage.place.oweKeeping({ orgId: member.orgId, id: key, move });
      await unlessRefused(act);
      await syncCustomer(stage.deps, customerId);
    });
    return `our page: ${wish}`;
  },
  deleteCustomer: (stage, member) => {
    const customer = customerOf(stage, member);
    stage.ask('DELETE', `/v1/customers/${customer}`);
    return `${customer} is deleted`;
  },
  /** Somebody else in the same account who has the member's e-mail. */
  stranger: (stage, member, [a]) => {
    const { world, person } = stage.emulator;
    const known = world.customers.where(
      (row) => row.email === member.email && row.metadata.organisation_id === undefined,
    );
    const id =
      known[0]?.id ?? (stage.ask('POST', '/v1/customers', `email=${member.email}`) as { id: string }).id;
    person.useCard(id, 'pm_card_visa');
    const price = pick(world.prices.all.filter(isRecurring), a).id;
    stage.ask('POST', '/v1/subscriptions', `customer=${id}&items[0][price]=${price}`);
    return `a stranger (${id}) with the same e-mail subscribes`;
  },
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof acts;

/** Does one; tells what was done, or why nothing. */
export async function perform(stage: Stage, name: ActName, member: Member, picks: Picks): Promise<string> {
  try {
    return await acts[name](stage, member, picks);
  } catch (error) {
    if (error instanceof Nothing) return '';
    if (error instanceof StripeFailure) return `${name}: refused (${error.message.slice(0, 60)})`;
    throw error;
  }
}

function isRecurring({ recurring }: { recurring: unknown }): boolean {
  return recurring !== null;
}

function lastCustomer(stage: Stage, member: Member): string | null {
  const last = member.customerIds.at(-1);
  return last !== undefined && stage.emulator.world.customers.find(last) !== undefined ? last : null;
}

function customerOf(stage: Stage, member: Member): string {
  const last = lastCustomer(stage, member);
  if (last === null) throw new Nothing();
  return last;
}

function openPages(stage: Stage, member: Member): SessionRow[] {
  return pagesOf(stage, member, ({ status }) => status === 'open');
}

function pagesOf(stage: Stage, member: Member, holds: (row: SessionRow) => boolean): SessionRow[] {
  const { sessions } = stage.emulator.world;
  return sessions.where((row) => holds(row) && member.customerIds.includes(row.customer ?? ''));
}

export function subscriptionsOf(stage: Stage, member: Member): SubscriptionRow[] {
  return stage.emulator.world.subscriptions.where((row) => member.customerIds.includes(row.customer));
}

function invoicesWhere(stage: Stage, member: Member, status: InvoiceRow['status']): InvoiceRow[] {
  const { invoices } = stage.emulator.world;
  return invoices.where((row) => row.status === status && member.customerIds.includes(row.customer));
}

/** Of a customer that is there: of one that was deleted nobody hears any more. */
function refundable(stage: Stage, member: Member): InvoiceRow[] {
  return invoicesWhere(stage, member, 'paid').filter(({ customer }) => !isDeleted(stage, customer));
}

export function isDeleted({ emulator }: Stage, customer: string): boolean {
  return emulator.world.customers.find(customer) === undefined;
}

/** All or half of what was paid goes back. */
function refund(stage: Stage, { id, amount_paid }: InvoiceRow, share: number): string {
  const [paid] = stage.emulator.world.invoicePayments.where(({ invoice }) => invoice === id);
  const intent = paid?.payment.payment_intent;
  if (intent === undefined) throw new Nothing();
  const amount = share < 0.6 ? amount_paid : Math.floor(amount_paid / 2);
  stage.ask('POST', '/v1/refunds', `payment_intent=${intent}&amount=${amount}`);
  return `${amount} of ${id} are given back`;
}

/** The bank of a customer that is there sends a refund back. */
function returnRefund(stage: Stage, { customerIds }: Member, at: number): string {
  const made = stage.emulator.world.refunds.where(
    ({ status, customer }) =>
      status === 'succeeded' && customerIds.includes(String(customer)) && !isDeleted(stage, String(customer)),
  );
  const { id } = pick(made, at);
  stage.emulator.person.bankReturnsRefund(id);
  return `${id} is returned by the bank`;
}

interface PageOrder {
  readonly customerId: string;
  readonly purchase: Parameters<Stage['payments']['openCheckout']>[0]['purchase'];
}

function openPage(stage: Stage, member: Member, order: PageOrder): string {
  const checkoutId = `chk_${stage.tasks.length}`;
  const { orgId } = member;
  const url = 'https://app.example.com/done';
  stage.begin(`open ${checkoutId}`, async () => {
    const page = { checkoutId, orgId, successUrl: url, cancelUrl: url, ...order };
    await stage.place.noteCheckout({ orgId, checkoutId, sessionId: null });
    const { sessionId } = await stage.payments.openCheckout(page);
    await stage.place.noteCheckout({ orgId, checkoutId, sessionId });
  });
  const { purchase } = order;
  return `our page opens ${checkoutId}: ${purchase.kind === 'plan' ? `${purchase.tier} ${purchase.cycle}` : `${purchase.quantity} ${purchase.meter}`}`;
}

interface Wish {
  readonly subscription: SubscriptionSnapshot;
  readonly wish: 'cancel' | 'keep' | 'move';
  readonly key: string;
  readonly b: number;
  readonly c: number;
}

/** What is asked of Stripe, and the move that is made at once by it. */
function wishFor(
  { payments }: Stage,
  { subscription, wish, key, b, c }: Wish,
): { move: PlanMove | null; act: () => Promise<void> } {
  if (wish === 'cancel') return { move: null, act: () => payments.cancelAtPeriodEnd(subscription, key) };
  if (wish === 'keep') return { move: null, act: () => payments.keep(subscription, key) };
  const move: PlanMove = {
    subscription,
    tier: pick(soldTiers, b),
    cycle: pick(billingCycles, c),
    prorationDate: null,
  };
  if (isNow(move) && subscription.status === 'past_due') return { move: null, act: async () => {} };
  return isNow(move)
    ? { move, act: () => payments.moveNow(move, key) }
    : { move: null, act: () => payments.moveAtPeriodEnd(move, key) };
}

async function unlessRefused(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'billing.vendor-unavailable') throw error;
  }
}
