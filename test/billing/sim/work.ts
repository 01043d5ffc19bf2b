import { receiveEvent } from '../../../server/modules/billing/process-event.ts';
import type { CycleKind } from '../../../server/modules/billing/reconcile/cycle.ts';
import { isFullUnfinished, reconcileStep } from '../../../server/modules/billing/reconcile/reconcile.ts';
import type { Delivery } from '../../emulators/stripe/events/delivery.ts';
import type { Stage } from './stage.ts';
import type { Task } from './turns.ts';

/** Tasks that stand somewhere. */
export function ready(stage: Stage): Task[] {
  return stage.tasks.filter(({ state }) => state === 'ready');
}

export function nameOf({ event }: Delivery): string {
  return `${event.type} ${event.id}`;
}

/** Our door takes a delivery; unless it says 2xx, Stripe sends it again. */
export function door(stage: Stage, delivery: Delivery, keep: boolean): Task {
  return stage.begin(`door ${nameOf(delivery)}`, async () => {
    const { body, headers } = stage.emulator.webhooks.requestOf(delivery);
    const signature = headers['stripe-signature'];
    await receiveEvent(stage.deps, { body: new TextEncoder().encode(body), signature });
    const index = stage.wire.indexOf(delivery);
    if (!keep && index >= 0) stage.wire.splice(index, 1);
  });
}

/** A cycle of the reconciler to its end, and the one over all customers where that is asked for, as its job makes them. */
export async function cycle(stage: Stage, kind: CycleKind): Promise<void> {
  for (;;) {
    const { done, needsFull } = await reconcileStep(stage.reconciling, kind);
    if (!done) continue;
    if (kind === 'recent' && (needsFull || (await isFullUnfinished(stage.reconciling))))
      await cycle(stage, 'full');
    return;
  }
}

/** Runs a task to its end, which must be good. */
export async function finish(task: Task): Promise<void> {
  await task.run();
  if (task.state === 'failed') throw new Error(`${task.name} failed`, { cause: task.error });
}
