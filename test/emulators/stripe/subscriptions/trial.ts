import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { endSubscription } from './cancel.ts';
import { changeSubscription } from './due.ts';
import { pausedBecause } from './paused.ts';
import { renew } from './renew.ts';

/** The trial is over: with a card it renews; without, as `trial_settings` say. */
export function endTrial(world: World, row: SubscriptionRow): void {
  const customer = world.customers.find(row.customer);
  const method = row.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null;
  const behavior = row.trial_settings?.end_behavior.missing_payment_method;
  if (method === null && behavior === 'cancel') endSubscription(world, row, 'payment_failed');
  else if (method === null && behavior === 'pause') {
    changeSubscription(world, row, () => {
      row.status = 'paused';
      row.status_details = pausedBecause('trial_end_without_payment_method', world.timeOf(row).now);
    });
    world.emit('customer.subscription.paused', row);
  } else renew(world, row);
}
