import { dropEffects, listOpenEffects, noteEffects } from '../../../db/queries/billing-effects.ts';
import { databaseTime } from '../../../db/queries/time.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { principalOf } from '../../core/authorise.ts';
import type { UnscopedCall } from '../../core/call.ts';
import type { Payments, PlanMove, SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import type { BillingEffect } from './billing-store.ts';

const kind = 'keep-when-paid';

/** Longer than a call takes to make its move; before, a move that cannot be seen may still be made. */
const GRACE_MS = 120_000;

/**
 * Notes, before a move at once is made, that what was planned is to be taken back when it is paid, whoever sees that; what
 * was owed so of an earlier move falls away, for a later wish has the say.
 */
export async function oweKeeping(
  call: UnscopedCall,
  { livemode }: Pick<Payments, 'livemode'>,
  move: PlanMove | null,
): Promise<void> {
  const { orgId } = principalOf(call.actor);
  await withSystemScope(call.ports.database, 'write', async (scope) => {
    const open = await listOpenEffects(scope, { orgId, livemode });
    await dropEffects(
      scope,
      orgId,
      open.filter((effect) => effect.kind === kind).map(({ key }) => key),
    );
    if (move === null || !isPlanned(move.subscription)) return;
    const { subscription, tier, cycle } = move;
    const lapsesAfter = (await databaseTime(scope)).getTime() + GRACE_MS;
    const detail = { subscriptionId: subscription.id, tier, cycle, lapsesAfter };
    await noteEffects(scope, { orgId, livemode }, [
      { key: `keep:${subscription.id}:${call.requestId}`, kind, detail },
    ]);
  });
}

const isPlanned = ({ scheduleId, cancelAt, cancelAtPeriodEnd }: SubscriptionSnapshot) =>
  scheduleId !== null || cancelAt !== null || cancelAtPeriodEnd;

/** What is to be done now about a move that owes it: it waits for its payment, is paid, or has lapsed. */
export function stateOfKeeping(
  { detail }: Pick<BillingEffect, 'detail'>,
  subscription: SubscriptionSnapshot | undefined,
  now: number,
): 'waits' | 'paid' | 'lapsed' {
  if (subscription === undefined || subscription.updatePending) return 'waits';
  if (subscription.endedAt !== null) return 'lapsed';
  if (subscription.tier === detail.tier && subscription.cycle === detail.cycle) return 'paid';
  return now > Number(detail.lapsesAfter) ? 'lapsed' : 'waits';
}
