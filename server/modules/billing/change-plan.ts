import type { z } from 'zod';
import { principalOf } from '../../core/authorise.ts';
import type { UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import type { PlanMove, SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { Empty } from '../identity/identity.contract.ts';
import { MovePreview, PlanMoved, PlanMoveInput, SubscriptionView } from './billing.contract.ts';
import { billingOf, livingSubscription } from './billing-access.ts';
import { inChangeTurn } from './change-turn.ts';
import { currentEntitlements } from './current-entitlements.ts';
import { isNow, toSubscriptionView } from './plan-move.rules.ts';
import { type BillingDeps, syncCustomer } from './sync-customer.ts';

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
    const move = moveOf(await livingSubscription(call, deps), input);
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

/** Moves the subscription: to more at once, in force when it is paid; to less with the next period. */
export const changePlan = unscopedOperation(
  {
    name: 'billing.changePlan',
    summary: 'Changes the plan: more begins now and is charged now, less begins with the next period.',
    kind: 'mutation',
    needs: 'billing:write',
    input: PlanMoveInput,
    output: PlanMoved,
  },
  async (call, input) => {
    const deps = billingOf(call.ports);
    return inChangeTurn(call, deps, async (living) => {
      const move = moveOf(living, input);
      const effect = isNow(move) ? ('now' as const) : ('at-period-end' as const);
      const subscription = await acting(call, deps, living, (key) =>
        effect === 'now' ? deps.payments.moveNow(move, key) : deps.payments.moveAtPeriodEnd(move, key),
      );
      return { effect, subscription };
    });
  },
);

/** Ends the subscription with the period that is paid for. */
export const cancelPlan = unscopedOperation(
  {
    name: 'billing.cancel',
    summary: 'Ends the plan with the period that is paid for; everything works until then.',
    kind: 'mutation',
    needs: 'billing:write',
    input: Empty,
    output: SubscriptionView,
  },
  async (call) => {
    const deps = billingOf(call.ports);
    return inChangeTurn(call, deps, (living) =>
      acting(call, deps, living, (key) => deps.payments.cancelAtPeriodEnd(living, key)),
    );
  },
);

/** Takes back a cancellation or a change that was planned. */
export const resumePlan = unscopedOperation(
  {
    name: 'billing.resume',
    summary: 'Takes back a cancellation or a planned change: the plan goes on as it is.',
    kind: 'mutation',
    needs: 'billing:write',
    input: Empty,
    output: SubscriptionView,
  },
  async (call) => {
    const deps = billingOf(call.ports);
    return inChangeTurn(call, deps, (living) =>
      acting(call, deps, living, (key) => deps.payments.keep(living, key)),
    );
  },
);

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

function moveOf(
  subscription: SubscriptionSnapshot,
  { tier, billingCycle, prorationDate }: z.output<typeof PlanMoveInput>,
): PlanMove {
  if (subscription.tier === tier && subscription.cycle === billingCycle)
    throw new Failure('billing.same-plan');
  const at = prorationDate === undefined ? null : Date.parse(prorationDate);
  return { subscription, tier, cycle: billingCycle, prorationDate: at };
}

/** Asks the vendor, then shows what is true afterwards. The caller's key makes a repetition the same act. */
async function acting(
  call: UnscopedCall,
  deps: BillingDeps,
  subscription: SubscriptionSnapshot,
  act: (key: string) => Promise<void>,
): Promise<SubscriptionView> {
  const { orgId } = principalOf(call.actor);
  await call.inScope('write', async (scoped) =>
    scoped.audit(subscription.id, { status: subscription.status }),
  );
  await act(`${orgId}:${call.idempotencyKey ?? call.requestId}`);
  await syncCustomer(deps, subscription.customerId);
  return toSubscriptionView(await call.inScope('read', currentEntitlements));
}
