import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { claimPlanChange, endPlanChange } from '../../../db/queries/billing-customers.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { ScopedCall, UnscopedCall } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { findAnswer, noteAnswer, noteBegun } from '../../core/idempotency.ts';
import type { SubscriptionSnapshot } from '../../integrations/payments/port.ts';
import { billingOf, customerOfCall, liveSubscription } from './billing-access.ts';
import type { BillingDeps } from './sync-customer.ts';

/** Longer than the calls of one change can take; a process that dies in the midst holds up others so long. */
const LEASE_MS = 120_000;
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

export interface ChangeTurn {
  readonly deps: BillingDeps;
  /** Of a change that was begun before, it may have ended since. */
  readonly living: SubscriptionSnapshot;
  /** An earlier call under the same key was broken off: any part of the change may be done. */
  readonly isBegun: boolean;
  /** Notes that the change begins, and as what, in the transaction of its audit row. */
  begin(scoped: ScopedCall, as: string | null): Promise<void>;
  /** Whether an earlier call under the same key began it as this. */
  isBegunAs(as: string): Promise<boolean>;
}

/**
 * Changes a subscription that is read when no other call changes it: a plan that was decided by what stood before another change
 * would undo that one, paid or not. A key that was answered gets its answer again, and nothing is changed. Throws
 * `billing.no-subscription`, or `billing.change-in-progress` after 10 s of waiting.
 */
export async function changeOnce<O extends z.ZodType>(
  call: UnscopedCall,
  { definition, input }: { definition: { readonly name: string; readonly output: O }; input: unknown },
  change: (turn: ChangeTurn) => Promise<z.output<O>>,
): Promise<z.output<O>> {
  const deps = billingOf(call.ports);
  const keyed = call.idempotencyKey === null ? null : { key: call.idempotencyKey, input };
  return inChangeTurn(call, deps, async () => {
    const { begun: isBegun, answer } =
      keyed === null
        ? { begun: false, answer: null }
        : await call.inScope('read', (scoped) => findAnswer(scoped, definition, keyed));
    if (answer !== null) return answer;
    const living = await liveSubscription(call, deps, { ended: isBegun });
    const markOf = (as: string) => ({ ...definition, name: `${definition.name}:${as}` });
    const begin = async (scoped: ScopedCall, as: string | null) => {
      if (isBegun) scoped.repeated();
      else if (keyed !== null) {
        await noteBegun(scoped, definition, keyed);
        if (as !== null) await noteBegun(scoped, markOf(as), keyed);
      }
    };
    const isBegunAs = async (as: string) =>
      isBegun &&
      keyed !== null &&
      (await call.inScope('read', (scoped) => findAnswer(scoped, markOf(as), keyed))).begun;
    const result = await change({ deps, living, isBegun, begin, isBegunAs });
    if (keyed !== null)
      await call.inScope('write', (scoped) => {
        scoped.repeated();
        return noteAnswer(scoped, { definition, keyed }, result);
      });
    return result;
  });
}

async function inChangeTurn<T>(call: UnscopedCall, deps: BillingDeps, change: () => Promise<T>): Promise<T> {
  const customerId = await customerOfCall(call, deps);
  if (customerId === null) throw new Failure('billing.no-subscription');
  const { database } = call.ports;
  const customer = { customerId, livemode: deps.payments.livemode };
  const until = await claim(call, customer);
  try {
    return await change();
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
