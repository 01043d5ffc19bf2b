import { dropEffects, listOpenEffects, noteEffects } from '../../../db/queries/billing-effects.ts';
import { databaseTime } from '../../../db/queries/time.ts';
import type { SystemScope } from '../../../db/scope.ts';
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
  await withSystemScope(call.ports.database, 'write', (scope) =>
    noteKeeping(scope, { orgId, livemode }, { move, id: call.requestId }),
  );
}

/** The same for a wish of that id, in a transaction. */
export async function noteKeeping(
  scope: SystemScope,
  of: { readonly orgId: string; readonly livemode: boolean },
  { move, id }: { readonly move: PlanMove | null; readonly id: string },
): Promise<void> {
  const open = await listOpenEffects(scope, of);
  await dropEffects(
    scope,
    of.orgId,
    open.filter((effect) => effect.kind === kind).map(({ key }) => key),
  );
  const owed = move === null ? null : keepingOf(move, { id, now: (await databaseTime(scope)).getTime() });
  if (owed !== null) await noteEffects(scope, of, [owed]);
}

/** What a move at once owes; null where nothing was planned. */
export function keepingOf(
  { subscription, tier, cycle }: PlanMove,
  { id, now }: { readonly id: string; readonly now: number },
): BillingEffect | null {
  if (!isPlanned(subscription)) return null;
  const detail = { subscriptionId: subscription.id, tier, cycle, lapsesAfter: now + GRACE_MS };
  return { key: `keep:${subscription.id}:${id}`, kind, detail };
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
