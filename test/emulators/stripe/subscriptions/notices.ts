import { buildDraft } from '../invoices/draft.ts';
import { toJson } from '../kernel/json.ts';
import type { SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { renewalDraft } from './preview.ts';

const daySeconds = 86_400;
const trialNoticeDays = 3;

/** Tells of what is near: a renewal by the days of the settings, the end of a trial three days before (or at once). */
export function giveNotice(world: World): void {
  world.hooks.subscriptionChanged.push((row) => {
    const time = world.timeOf(row);
    const renewal = renewalNotice(world, row);
    time.set(`upcoming:${row.id}`, renewal, () => tellUpcoming(world, row));
    if (row.status !== 'trialing' || row.trial_end === null) {
      time.set(`trial:${row.id}`, null, () => {});
      return;
    }
    const end = row.trial_end;
    if (world.toldTrials.get(row.id) === end) return;
    time.set(`trial:${row.id}`, Math.max(time.now, end - trialNoticeDays * daySeconds), () => {
      world.toldTrials.set(row.id, end);
      world.emit('customer.subscription.trial_will_end', row);
    });
  });
}

function renewalNotice(world: World, row: SubscriptionRow): number | null {
  if (world.settings.upcomingDays === 0 || row.cancel_at !== null) return null;
  if (row.status !== 'active' && row.status !== 'past_due' && row.status !== 'trialing') return null;
  const end = Math.min(...row.items.data.map((item) => item.current_period_end));
  const at = end - world.settings.upcomingDays * daySeconds;
  return at > world.timeOf(row).now ? at : null;
}

function tellUpcoming(world: World, row: SubscriptionRow): void {
  const { id: _, ...invoice } = toJson(buildDraft(world, renewalDraft(world, row, [])));
  world.emit('invoice.upcoming', { ...invoice, test_clock: row.test_clock });
}
