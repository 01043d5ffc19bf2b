import assert from 'node:assert/strict';
import { parsePriceList } from '../../../server/integrations/payments/stripe/price-list.ts';
import type { Answer, SignedIn } from '../../support/backend.ts';
import { appUrl } from '../stripe-backend.ts';
import { declineFromNow, payFromNow } from '../stripe-contract/stage.ts';
import type { Desk } from './desk.ts';
import type { Act, CouponTerms } from './history.ts';
import type { Oracle } from './oracle.ts';

/** One customer of ours with a Stripe clock of their own, beside what must be true of them. */
export interface Playing {
  readonly desk: Desk;
  readonly oracle: Oracle;
  readonly who: SignedIn;
  readonly customer: string;
  readonly clock: string;
}

/** Does what the history says, through our own operations where there is one, and tells the oracle. */
export async function doAct(playing: Playing, act: Act): Promise<void> {
  const { desk, oracle, customer } = playing;
  const { stripe } = desk.stage;
  if (act.kind === 'move') return movePlan(playing, act);
  if (act.kind === 'buy') return buyUnits(playing, act.units);
  if (act.kind === 'subscribe') await begin(playing, act);
  else if (act.kind === 'cancel' || act.kind === 'resume') await asked(playing, `billing.${act.kind}`);
  else if (act.kind === 'cancel-in-portal') {
    const [live] = (await stripe.subscriptions.list({ customer })).data;
    await stripe.subscriptions.update(live?.id ?? '', { cancel_at: 'min_period_end' });
  } else if (act.kind === 'card')
    await (act.card === 'declines' ? declineFromNow : payFromNow)(desk.stage, customer);
  else {
    const [open] = (await stripe.invoices.list({ customer, status: 'open' })).data;
    await stripe.invoices.pay(open?.id ?? '');
  }
  oracle.act(act);
}

/** What a checkout page makes, without the page. */
async function begin(playing: Playing, act: Extract<Act, { kind: 'subscribe' }>): Promise<void> {
  const { desk, who, customer } = playing;
  const price = parsePriceList(desk.prices).forSale(act.plan) ?? '';
  const coupon = act.coupon === undefined ? null : await makeCoupon(playing, act.coupon);
  await desk.stage.stripe.subscriptions.create({
    customer,
    items: [{ price, quantity: 1 }],
    metadata: { organisation_id: who.orgId, checkout_id: `chk_${playing.oracle.now}` },
    ...(coupon === null ? {} : { discounts: [{ coupon }] }),
    ...(act.trialDays === undefined ? {} : { trial_period_days: act.trialDays }),
  });
}

async function makeCoupon({ desk }: Playing, { percent, cents, lasts }: CouponTerms): Promise<string> {
  const off = percent === undefined ? { amount_off: cents ?? 0, currency: 'usd' } : { percent_off: percent };
  const length =
    typeof lasts === 'number'
      ? { duration: 'repeating' as const, duration_in_months: lasts }
      : { duration: lasts };
  return (await desk.stage.stripe.coupons.create({ ...off, ...length })).id;
}

async function asked({ desk, who }: Playing, path: string, input?: unknown) {
  return answered(path, await desk.server.mutate(path, input, { token: who.token }));
}

/** What a query of ours gives to the customer. */
export async function read({ desk, who }: Playing, path: string, input?: unknown) {
  return answered(path, await desk.server.query(path, input, { token: who.token }));
}

function answered(path: string, { data, failure, status }: Answer): NonNullable<Answer['data']> {
  if (data === undefined) throw new Error(`${path}: ${status} ${failure?.code}`);
  return data;
}

const iso = (at: number | null | undefined) =>
  at === null || at === undefined ? null : new Date(at * 1000).toISOString();

async function movePlan(playing: Playing, act: Extract<Act, { kind: 'move' }>): Promise<void> {
  const { oracle } = playing;
  const input = { tier: act.plan.tier, billingCycle: act.plan.cycle };
  const expected = oracle.preview(act.plan);
  const end = oracle.subscription?.end;
  const data = await read(playing, 'billing.previewPlan', input);
  const preview = data as unknown as {
    effect: string;
    dueNow: { amount: number };
    effectiveAt: string | null;
  };
  const isNow = expected !== null;
  const { effect, dueNow, effectiveAt } = preview;
  assert.deepEqual(
    { effect, dueNow: dueNow.amount, effectiveAt },
    {
      effect: isNow ? 'now' : 'at-period-end',
      dueNow: expected ?? 0,
      effectiveAt: isNow ? null : iso(end),
    },
    'the preview',
  );
  const prorationDate = (data.prorationDate as string | null) ?? undefined;
  const moved = await asked(playing, 'billing.changePlan', { ...input, prorationDate });
  oracle.act(act);
  const now = oracle.subscription;
  const view = moved.subscription as Record<string, unknown>;
  assert.deepEqual(
    view,
    {
      tier: oracle.tier,
      status: now?.status,
      billingCycle: now?.plan.cycle,
      currentPeriodEnd: iso(now?.end),
      cancelAtPeriodEnd: false,
      cancelAt: null,
      updatePending: now?.waiting !== null,
      changePlanned: now?.planned !== null,
    },
    'the subscription after the move',
  );
}

async function buyUnits(playing: Playing, units: number): Promise<void> {
  const { desk } = playing;
  if (desk.completeCheckout === null) return;
  const prepaid = async () => {
    const data = await read(playing, 'usage.summary');
    return (data as unknown as { meters: { aiQueries: { prepaid: number } } }).meters.aiQueries.prepaid;
  };
  const before = await prepaid();
  const back = { successUrl: appUrl, cancelUrl: appUrl };
  const page = await asked(playing, 'billing.buyAddOn', { addOn: 'aiQueries', quantity: units, ...back });
  await desk.completeCheckout(String(page.sessionId));
  assert.equal(await prepaid(), before + units, 'the units bought');
  const session = await desk.stage.stripe.checkout.sessions.retrieve(String(page.sessionId));
  assert.equal(session.amount_total, units * 50, 'what the units cost');
}
