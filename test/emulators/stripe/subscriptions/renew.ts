import { keepDraft } from '../invoices/draft.ts';
import { finalize, markUncollectible, plan, voidInvoice } from '../invoices/lifecycle.ts';
import type { LineSpec } from '../invoices/line.ts';
import type { InvoiceRow, SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { touch } from './due.ts';
import { isMetered, recurringOf } from './item.ts';
import { advanceLines, pendingLines, periodOf, usageLine } from './lines.ts';
import { type Period, periodAt } from './period.ts';

/** The lines of a renewal: what is pending, what was used, what comes. Previews share this. */
export function renewalLines(
  world: World,
  row: SubscriptionRow,
  items: readonly { item: SubscriptionItemRow; ended: Period; wasTrial: boolean }[],
): LineSpec[] {
  const used = items
    .filter(({ item, wasTrial }) => isMetered(item) && !wasTrial)
    .map(({ item, ended }) => usageLine(world, row, { item, period: ended }));
  return [
    ...pendingLines(world, row),
    ...used,
    ...advanceLines(
      world,
      row,
      items.map(({ item }) => item),
    ),
  ];
}

/** Begins the next period of every item whose period has ended, and drafts the invoice of it. */
export function renew(world: World, row: SubscriptionRow): void {
  const { now } = world.timeOf(row);
  const wasTrial = row.status === 'trialing';
  const ended = row.items.data.filter((item) => item.current_period_end <= now);
  const rolled = ended.map((item) => ({ item, ended: periodOf(item), wasTrial }));
  let invoice: InvoiceRow | null = null;
  world.change('customer.subscription.updated', row, () => {
    if (wasTrial) row.status = 'active';
    for (const item of ended) roll(row, item, now);
    invoice = keepDraft(world, {
      customer: row.customer,
      subscription: row,
      reason: 'subscription_cycle',
      lines: renewalLines(world, row, rolled),
      currency: row.currency,
      period: rolled[0]?.ended ?? { start: now, end: now },
      autoAdvance: row.status !== 'unpaid' && row.pause_collection?.behavior !== 'keep_as_draft',
    });
  });
  touch(world, row);
  if (invoice !== null) afterDraft(world, row, invoice);
}

function roll(row: SubscriptionRow, item: SubscriptionItemRow, now: number): void {
  const next = periodAt(row.billing_cycle_anchor, recurringOf(item.price), now);
  item.current_period_start = item.current_period_end;
  item.current_period_end = next.end;
}

function afterDraft(world: World, row: SubscriptionRow, invoice: InvoiceRow): void {
  const behavior = row.pause_collection?.behavior;
  if (behavior === 'void' || behavior === 'mark_uncollectible') {
    finalize(world, invoice);
    if (invoice.status !== 'open') return;
    if (behavior === 'void') voidInvoice(world, invoice);
    else markUncollectible(world, invoice);
    return;
  }
  if (invoice.auto_advance === true)
    invoice.automatically_finalizes_at = invoice.created + world.settings.draftSeconds;
  plan(world, invoice);
}
