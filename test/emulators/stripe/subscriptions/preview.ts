import { z } from 'zod';
import { buildDraft, type DraftSpec } from '../invoices/draft.ts';
import type { LineSpec } from '../invoices/line.ts';
import { invalid } from '../kernel/failure.ts';
import type { InvoiceRow, SubscriptionItemRow, SubscriptionRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { bool, instant, int, params, text } from '../wire/params.ts';
import { route } from '../wire/route.ts';
import { usageUntil } from './cancel.ts';
import { buildSubscription, firstDraft } from './create.ts';
import { isEnded } from './due.ts';
import { recurringOf } from './item.ts';
import { pendingLines, periodOf } from './lines.ts';
import { CreateSubscription, ItemInput, proration } from './params.ts';
import { periodAt } from './period.ts';
import { planUpdate } from './plan-update.ts';
import { creditFor } from './prorate.ts';
import { renewalLines } from './renew.ts';
import { immediateDraft } from './update.ts';

const Preview = params({
  currency: text.optional(),
  customer: text.optional(),
  preview_mode: z.enum(['next']).optional(),
  subscription: text.optional(),
  subscription_details: z
    .strictObject({
      billing_cycle_anchor: z.enum(['now', 'unchanged']).optional(),
      billing_mode: CreateSubscription.shape.billing_mode,
      cancel_at_period_end: bool.optional(),
      cancel_now: bool.optional(),
      items: z.array(ItemInput).optional(),
      proration_behavior: proration.optional(),
      proration_date: int.optional(),
      trial_end: instant.optional(),
    })
    .optional(),
});
type PreviewInput = z.output<typeof Preview>;

/** The invoice that would come next, or at once if the change asked about were made. Nothing is kept. */
function preview(world: World, input: PreviewInput): InvoiceRow {
  if (input.subscription === undefined) return upcoming(world, buildFirst(world, input));
  const row = world.subscriptions.get(input.subscription, 'subscription');
  if (isEnded(row)) throw noUpcoming();
  const details = input.subscription_details ?? {};
  if (details.cancel_now === true) return upcoming(world, lastOf(world, row, details));
  const plan = planUpdate(world, row, details);
  if (plan.invoiceNow) return upcoming(world, immediateDraft(world, row, { plan, input: details }));
  const ends = row.cancel_at !== null || details.cancel_at_period_end === true;
  return upcoming(
    world,
    ends ? pendingOnly(world, row, plan.lines) : renewalDraft(world, plan.next, plan.lines),
  );
}

function upcoming(world: World, spec: DraftSpec): InvoiceRow {
  const draft = buildDraft(world, spec);
  return { ...draft, id: `upcoming_${draft.id}` };
}

function buildFirst(world: World, input: PreviewInput): DraftSpec {
  const { items, billing_mode, trial_end } = input.subscription_details ?? {};
  if (input.customer === undefined || items === undefined) throw noUpcoming();
  const row = buildSubscription(world, { customer: input.customer, items, billing_mode, trial_end });
  return firstDraft(world, row);
}

/** The invoice of the next renewal, as `renew` will make it. */
export function renewalDraft(world: World, row: SubscriptionRow, added: readonly LineSpec[]): DraftSpec {
  const at = Math.min(...row.items.data.map((item) => item.current_period_end));
  const due = row.items.data.filter((item) => item.current_period_end === at);
  const wasTrial = row.status === 'trialing';
  const rolled = due.map((item) => ({ item: nextOf(row, item, at), ended: periodOf(item), wasTrial }));
  const next: SubscriptionRow = { ...row, status: wasTrial ? 'active' : row.status };
  return {
    customer: row.customer,
    subscription: next,
    reason: 'upcoming',
    lines: [...added, ...renewalLines(world, next, rolled)],
    currency: row.currency,
    period: rolled[0]?.ended ?? { start: at, end: at },
    at,
  };
}

function nextOf(row: SubscriptionRow, item: SubscriptionItemRow, at: number): SubscriptionItemRow {
  const { end } = periodAt(row.billing_cycle_anchor, recurringOf(item.price), at);
  return { ...item, current_period_start: item.current_period_end, current_period_end: end };
}

function pendingOnly(world: World, row: SubscriptionRow, added: readonly LineSpec[]): DraftSpec {
  const lines = [...pendingLines(world, row), ...added];
  if (lines.length === 0) throw noUpcoming();
  return { customer: row.customer, subscription: row, reason: 'upcoming', lines, currency: row.currency };
}

function lastOf(
  world: World,
  row: SubscriptionRow,
  details: { proration_behavior?: string | undefined; proration_date?: number | undefined },
): DraftSpec {
  const at = details.proration_date ?? world.timeOf(row).now;
  const credits =
    details.proration_behavior === 'none'
      ? []
      : row.items.data.flatMap((item) => creditFor(world, row, { item, at }));
  return pendingOnly(world, row, [...credits, ...usageUntil(world, row, at)]);
}

function noUpcoming() {
  return invalid('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
}

export const previewRoutes = [route('POST /v1/invoices/create_preview', Preview, preview)];
