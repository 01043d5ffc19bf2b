import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { principalOf } from '../../core/authorise.ts';
import type { UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import type { PlanMove, SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { Empty } from '../identity/identity.contract.ts';
import {
  MovePreview,
  PlanChangeInput,
  PlanMoved,
  PlanMoveInput,
  SubscriptionView,
} from './billing.contract.ts';
import { billingOf, isStopped, liveSubscription, running } from './billing-access.ts';
import { type ChangeTurn, changeOnce } from './change-turn.ts';
import { currentEntitlements } from './current-entitlements.ts';
import { oweKeeping } from './keep-when-paid.ts';
import { isNow, toSubscriptionView } from './plan-move.rules.ts';
import { isLive } from './sync.rules.ts';
import { syncCustomer } from './sync-customer.ts';

/** What a change of plan would cost now, counted by the payment service; nothing is changed. */
export const previewPlan = unscopedOperation(
  {
    name: 'billing.previewPlan',
    summary: 'What a change of plan would charge now and when it would begin.',
    kind: 'query',
    needs: 'billing:read',
    input: PlanMoveInput,
    output: MovePreview,
  },
  async (call, input) => {
    const deps = billingOf(call.ports);
    const move = moveOf(await liveSubscription(call, deps), input);
    if (move.prorationDate !== null && !isInPeriod(move)) throw new Failure('billing.preview-expired');
    if (!isNow(move)) {
      return {
        effect: 'at-period-end' as const,
        dueNow: { amount: 0, currency: 'usd' as const },
        lines: [],
        prorationDate: null,
        effectiveAt: iso(move.subscription.currentPeriodEnd),
      };
    }
    const preview = await deps.payments.previewMove(move);
    return {
      effect: 'now' as const,
      dueNow: { amount: preview.dueNowCents, currency: 'usd' as const },
      lines: preview.lines.map(({ description, cents }) => ({ description, amount: cents })),
      prorationDate: iso(preview.prorationDate),
      effectiveAt: null,
    };
  },
);

const changing = {
  name: 'billing.changePlan',
  summary: 'Changes the plan: more begins now and is charged now, less begins with the next period.',
  kind: 'mutation',
  needs: 'billing:write',
  input: PlanChangeInput,
  output: PlanMoved,
} as const;

/**
 * Moves the subscription: to more at once, in force when it is paid; to less with the next period. Throws
 * `billing.preview-expired` where it would be another change than the one that was shown, or more that was begun under this key.
 */
export const changePlan = unscopedOperation(changing, (call, input) =>
  changeOnce(call, { definition: changing, input }, async (turn) => {
    const { payments } = turn.deps;
    // Broken off after the move was made, and what it owed then was done when the subscription was read.
    if (turn.isBegun && isOn(turn.living, input))
      return { effect: 'now' as const, subscription: await shown(call) };
    const move = await atDateShown(turn, moveOf(turn.living, input), input.expected ?? null);
    const effect = isNow(move) ? ('now' as const) : ('at-period-end' as const);
    if (effect !== 'now' && (await turn.isBegunAs('now'))) throw new Failure('billing.preview-expired');
    const subscription = await acting(call, { turn, move, as: effect }, (keys) =>
      effect === 'now' ? payments.moveNow(move, keys.caller) : payments.moveAtPeriodEnd(move, keys.fresh),
    );
    return { effect, subscription };
  }),
);

const cancelling = {
  name: 'billing.cancel',
  summary:
    'Ends the plan with the period that is paid for, until which all works; at once where it is unpaid or paused.',
  kind: 'mutation',
  needs: 'billing:write',
  input: Empty,
  output: SubscriptionView,
} as const;

/** Ends the subscription with the period that is paid for; at once where it does not run, being unpaid or paused. */
export const cancelPlan = unscopedOperation(cancelling, (call, input) =>
  changeOnce(call, { definition: cancelling, input }, async (turn) => {
    const { living } = turn;
    const { payments } = turn.deps;
    // Broken off after it was ended.
    if (!isLive(living)) return shown(call);
    if (isStopped(living))
      return acting(call, { turn }, () => payments.cancelNow(living.id, { credits: false }));
    const ending = running(living);
    return acting(call, { turn }, ({ fresh }) => payments.cancelAtPeriodEnd(ending, fresh));
  }),
);

const resuming = {
  name: 'billing.resume',
  summary: 'Takes back a cancellation or a planned change: the plan goes on as it is.',
  kind: 'mutation',
  needs: 'billing:write',
  input: Empty,
  output: SubscriptionView,
} as const;

/** Takes back a cancellation or a change that was planned. */
export const resumePlan = unscopedOperation(resuming, (call, input) =>
  changeOnce(call, { definition: resuming, input }, async (turn) => {
    const kept = running(turn.living);
    return acting(call, { turn }, ({ fresh }) => turn.deps.payments.keep(kept, fresh));
  }),
);

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

type Wanted = z.output<typeof PlanMoveInput>;

/** The cycle that is asked for; the present one unless told. */
const cycleOf = (held: SubscriptionSnapshot, { billingCycle, cycle }: Wanted) =>
  billingCycle ?? cycle ?? held.cycle ?? 'monthly';

const isOn = (held: SubscriptionSnapshot, wanted: Wanted) =>
  held.tier === wanted.tier && held.cycle === cycleOf(held, wanted);

function moveOf(held: SubscriptionSnapshot, wanted: Wanted): PlanMove {
  const subscription = running(held);
  if (isOn(subscription, wanted)) throw new Failure('billing.same-plan');
  const { tier, prorationDate } = wanted;
  const at = prorationDate === undefined || prorationDate === null ? null : Date.parse(prorationDate);
  const move = { subscription, tier, cycle: cycleOf(subscription, wanted), prorationDate: at };
  // It would credit a period that was not paid, and its own payment would end the lateness of the other.
  if (subscription.status === 'past_due' && isNow(move)) throw new Failure('billing.payment-late');
  return move;
}

/** How long what a preview showed may be charged. */
const SHOWN_MS = 15 * 60_000;

type Expected = NonNullable<z.output<typeof PlanChangeInput>['expected']>;

/** A date of another period is none to count from. */
function isInPeriod({
  prorationDate,
  subscription: { currentPeriodStart, currentPeriodEnd },
}: PlanMove): boolean {
  const at = prorationDate ?? 0;
  return at >= (currentPeriodStart ?? 0) && at <= (currentPeriodEnd ?? at);
}

/**
 * The move as it was shown. The date decides what is charged, so it must be one that the vendor, whose clock counts, may
 * have named of late: not one to come, which would charge for less. One that was begun was shown in time. Within a trial
 * nothing is charged, whatever the date.
 */
async function atDateShown(
  { deps: { payments }, isBegun }: ChangeTurn,
  move: PlanMove,
  expected: Expected | null,
): Promise<PlanMove> {
  const isOther = () => new Failure('billing.preview-expired');
  if (expected !== null && (expected.effect === 'now') !== isNow(move)) throw isOther();
  if (!isNow(move)) return move;
  if (move.prorationDate !== null) {
    const { prorationDate: now } = await payments.previewMove({ ...move, prorationDate: null });
    if (now === null) return { ...move, prorationDate: null };
    const isOfLate = move.prorationDate <= now && move.prorationDate > now - SHOWN_MS;
    if (!isInPeriod(move) || !(isOfLate || isBegun)) throw isOther();
  }
  if (expected === null) return move;
  const { dueNowCents } = await payments.previewMove(move);
  if (dueNowCents !== expected.dueNow.amount) throw isOther();
  return move;
}

interface Keys {
  /** For what is charged: a repetition under the caller's key is charged once. */
  readonly caller: string;
  /** For what sets a state that was just read: a vendor that answers from memory would set nothing. */
  readonly fresh: string;
}

/** Asks the vendor, then shows what is true afterwards. */
async function acting(
  call: UnscopedCall,
  { turn, move = null, as = null }: { turn: ChangeTurn; move?: PlanMove | null; as?: string | null },
  act: (keys: Keys) => Promise<void>,
): Promise<SubscriptionView> {
  const { deps, living } = turn;
  const { orgId } = principalOf(call.actor);
  await call.inScope('write', async (scoped) => {
    scoped.audit(living.id, { status: living.status });
    await turn.begin(scoped, as);
  });
  await oweKeeping(call, deps.payments, move !== null && isNow(move) ? move : null);
  await act({ caller: `${orgId}:${call.idempotencyKey ?? call.requestId}`, fresh: randomUUID() });
  await syncCustomer(deps, living.customerId);
  return shown(call);
}

async function shown(call: UnscopedCall): Promise<SubscriptionView> {
  return toSubscriptionView(await call.inScope('read', currentEntitlements));
}
