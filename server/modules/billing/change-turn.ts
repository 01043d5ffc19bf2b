import { setTimeout as sleep } from 'node:timers/promises';
import { claimPlanChange, endPlanChange } from '../../../db/queries/billing-customers.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { customerOfCall, livingSubscription } from './billing-access.ts';
import type { BillingDeps } from './sync-customer.ts';

/** Longer than the calls of one change can take; a process that dies in the midst holds up others so long. */
const LEASE_MS = 120_000;
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

/**
 * Changes a subscription that is read when no other call changes it: a plan that was decided by what stood before another change
 * would undo that one, paid or not. Throws `billing.no-subscription`, or `billing.change-in-progress` after 10 s of waiting.
 */
export async function inChangeTurn<T>(
  call: UnscopedCall,
  deps: BillingDeps,
  change: (subscription: SubscriptionSnapshot) => Promise<T>,
): Promise<T> {
  const customerId = await customerOfCall(call, deps);
  if (customerId === null) throw new Failure('billing.no-subscription');
  const { database } = call.ports;
  const customer = { customerId, livemode: deps.payments.livemode };
  const until = await claim(call, customer);
  try {
    return await change(await livingSubscription(call, deps));
  } finally {
    await withSystemScope(database, 'write', (scope) => endPlanChange(scope, customer, until));
  }
}

async function claim(call: UnscopedCall, customer: { customerId: string; livemode: boolean }): Promise<Date> {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const until = await withSystemScope(call.ports.database, 'write', (scope) =>
      claimPlanChange(scope, customer, LEASE_MS),
    );
    if (until !== null) return until;
    if (performance.now() > deadline) throw new Failure('billing.change-in-progress');
    await sleep(LOOK_MS, undefined, { signal: call.signal });
  }
}
