import type { SessionRow, SubscriptionRow } from '../../emulators/stripe/kernel/rows.ts';
import { subscriptionsOf } from './acts.ts';
import type { StoredEffect } from './place.ts';
import { isPaying, type Member, type Stage } from './stage.ts';
import { invoicesOf, owedSince, paidUntil, type Truth, tierOf, truthOf, truthsOf } from './truth.ts';

/** What of the end is not as it should be, a line each. */
export async function judge(stage: Stage): Promise<string[]> {
  const wrong: string[] = [];
  for (const member of stage.members) {
    wrong.push(...(await ofMember(stage, member)));
    wrong.push(...(await ofPages(stage, member)));
  }
  const open = await stage.place.unfinished();
  if (open.length > 0) wrong.push(`events are not done: ${open.join(', ')}`);
  for (const { subscription, spared } of stage.endedByUs)
    if (!spared) wrong.push(`we ended ${subscription}, the only one that was paid for`);
  return [...wrong, ...ofMail(stage)];
}

async function ofMember(stage: Stage, member: Member): Promise<string[]> {
  const wrong: string[] = [];
  const { orgId } = member;
  const effects = await stage.place.effects(orgId);
  const duplicates = effects.filter(({ kind }) => kind === 'cancel-duplicate');
  const dropped = new Set(duplicates.map(({ key }) => key.replace('duplicate:', '')));
  const { tier, rights, currentId, granted, customers } = await stage.place.organisation(orgId);
  const mapped = new Set(customers.map(({ customerId }) => customerId));
  const truths = truthsOf(stage, member, { dropped, mapped, refused: refusedOf(stage, member) });
  const seen: Truth = {
    tier: (rights?.tier ?? 'repx0') as Truth['tier'],
    access: (rights?.access ?? 'full') as Truth['access'],
    spend: (rights?.spend ?? 'open') as Truth['spend'],
    numbers: (rights?.numbers ?? 'kept') as Truth['numbers'],
    expiresAt: rights?.expiresAt ?? null,
  };
  if (!truths.some((truth) => isSame(truth, seen)))
    wrong.push(
      `${orgId} has ${textOf(seen)} by ${currentId}, but Stripe says ${truths.map(textOf).join(' or ')}`,
    );
  if (tier !== seen.tier) wrong.push(`${orgId} is shown as ${tier} and has ${seen.tier}`);
  for (const effect of effects)
    if (!effect.done && !waits(stage, effect)) wrong.push(`${effect.kind} ${effect.key} is owed`);
  for (const id of dropped) {
    const row = stage.emulator.world.subscriptions.find(id);
    if (row !== undefined && isPaying(row.status)) wrong.push(`the duplicate ${id} is still paid for`);
  }
  const paying = subscriptionsOf(stage, member).filter(({ status }) => isPaying(status));
  const surplus = paying.filter(
    (row) => row.id !== currentId && row.metadata.checkout_id !== undefined && tierOf(row) !== null,
  );
  for (const { id } of surplus) wrong.push(`${id} is paid for beside ${currentId}`);
  const sold = unitsSold(stage, ({ customer }) => mapped.has(customer ?? ''));
  const has = granted.aiQueries ?? 0;
  if (has !== sold) wrong.push(`${orgId} has ${has} prepaid units and paid for ${sold}`);
  return [...wrong, ...ofNotices(stage, member, { effects, currentId })];
}

/** What a move owes when it is paid waits while it is not, or was refused; of a subscription that has ended it is no matter. */
function waits({ emulator, prices }: Stage, { kind, detail }: StoredEffect): boolean {
  if (kind !== 'keep-when-paid') return false;
  const row = emulator.world.subscriptions.find(String(detail.subscriptionId));
  if (row === undefined || row.ended_at !== null || row.pending_update !== null) return true;
  const plan = row.items.data.map(({ price }) => prices.planOf(price.id)).find((one) => one !== null);
  return plan?.tier !== detail.tier || plan?.cycle !== detail.cycle;
}

/** Customers of a member that has several: one of them is its own, for the others a person was called. */
export function refusedOf({ alerts }: Stage, { customerIds }: Member): ReadonlySet<string> {
  if (customerIds.length < 2) return new Set();
  return new Set(customerIds.filter((id) => alerts.includes(`second-customer:${id}`)));
}

function unitsSold({ emulator }: Stage, counts: (page: SessionRow) => boolean): number {
  const pages = emulator.world.sessions.where(
    (page) => page.mode === 'payment' && page.payment_status === 'paid' && counts(page),
  );
  return pages.reduce((sum, page) => sum + Number(page.metadata?.add_on_quantity ?? 0), 0);
}

/** What was noted of pages that sell no more is how they are. (A note may say `open` of one that is not; it is asked before it is used.) */
async function ofPages(stage: Stage, member: Member): Promise<string[]> {
  const { checkouts } = await stage.place.organisation(member.orgId);
  return stage.emulator.world.sessions
    .where(({ id }) => checkouts[id] !== undefined && checkouts[id] !== 'open')
    .filter(({ id, status }) => checkouts[id] !== (status === 'complete' ? 'completed' : status))
    .map(({ id, status }) => `the page ${id} is noted as ${checkouts[id]} and is ${status}`);
}

const debtEvents = ['invoice.payment_failed', 'invoice.payment_action_required', 'invoice.overdue'];

/**
 * A late payment is told at most once for each invoice that was not paid in time, an end once and of what has ended; and
 * what is due now has been told.
 */
function ofNotices(
  stage: Stage,
  member: Member,
  { effects, currentId }: { effects: readonly StoredEffect[]; currentId: string | null },
): string[] {
  const wrong: string[] = [];
  const { events, subscriptions } = stage.emulator.world;
  const failures = events.where(({ type }) => debtEvents.includes(type));
  const debts = [...new Set(failures.map(({ data }) => String(data.object.id)))];
  for (const row of subscriptionsOf(stage, member)) {
    const told = (kind: string) =>
      effects.filter((one) => one.kind === kind && one.key.startsWith(`${kind}:${row.id}:`)).length;
    const late = debts.filter((id) => invoicesOf(stage, row).some((invoice) => invoice.id === id)).length;
    if (told('payment-failed') > late)
      wrong.push(`${row.id} was late with ${late} invoices and told ${told('payment-failed')} times`);
    if (told('plan-ended') > (row.status === 'canceled' ? 1 : 0))
      wrong.push(`the end of ${row.id} (${row.status}) was told ${told('plan-ended')} times`);
    const due = row.id === currentId ? dueNow(stage, row) : null;
    if (due !== null && told(due) === 0) wrong.push(`${row.id} (${row.status}) is due a notice: ${due}`);
    if (releasedAgain(stage, row, effects)) wrong.push(`the numbers of ${row.id} were released twice`);
    wrong.push(...ofCountdown(stage, row, { effects, isCurrent: row.id === currentId }));
  }
  if (
    effects.some(({ key }) => key.startsWith('duplicate:') && subscriptions.find(key.slice(10)) === undefined)
  )
    wrong.push('an effect names a subscription that Stripe does not have');
  return wrong;
}

/** Whether numbers were released again and nothing was paid since they were. */
function releasedAgain(stage: Stage, row: SubscriptionRow, effects: readonly StoredEffect[]): boolean {
  const paid = invoicesOf(stage, row)
    .filter(({ total }) => total > 0)
    .map((one) => (one.status_transitions.paid_at ?? 0) * 1000);
  const releases = effects
    .filter(({ key }) => key.startsWith(`numbers-released:${row.id}:`))
    .map(({ detail }) => Number(detail.about))
    .toSorted((a, b) => a - b);
  return releases
    .slice(1)
    .some((at, index) => !paid.some((when) => when > (releases[index] ?? 0) && when <= at));
}

/** Numbers go back after they were spoken of, and when it was said that they would. */
function ofCountdown(
  stage: Stage,
  row: SubscriptionRow,
  { effects, isCurrent }: { effects: readonly StoredEffect[]; isCurrent: boolean },
): string[] {
  const of = (kind: string) =>
    new Map(
      effects
        .filter(({ key }) => key.startsWith(`${kind}:${row.id}:`))
        .map(({ key, detail }) => [key.slice(kind.length), Number(detail.about)]),
    );
  const [announced, released] = [of('numbers-kept-30-days'), of('numbers-released')];
  const wrong: string[] = [];
  for (const [key, at] of released)
    if (announced.get(key) !== at) wrong.push(`numbers were released on another day than was said: ${key}`);
  const isCounted = row.status === 'canceled' || owedSince(stage, row) !== null;
  if (!isCurrent || !isCounted || truthOf(stage, row).numbers !== 'release') return wrong;
  const last = [...announced].toSorted(([, a], [, b]) => b - a)[0];
  if (last !== undefined && last[1] < stage.now - 10_000 && !released.has(last[0]))
    wrong.push(`numbers were to be released and were not: ${last[0]}`);
  return wrong;
}

/** What somebody must have been told by now of the subscription that speaks, whatever was lost on the way. */
function dueNow(stage: Stage, row: SubscriptionRow): 'payment-failed' | 'plan-ended' | null {
  const wasSince = (at: number, days: number) =>
    at < stage.now - 10_000 && at > stage.now - days * 86_400_000;
  if (row.status === 'past_due') {
    const since = owedSince(stage, row);
    const isInGrace = truthOf(stage, row).tier !== 'repx0';
    return isInGrace && since !== null && wasSince(since, 5) ? 'payment-failed' : null;
  }
  if (row.status !== 'canceled' || row.ended_at === null) return null;
  const end = Math.max(row.ended_at * 1000, paidUntil(stage, row) ?? 0);
  const wasTrial = row.trial_end !== null && end <= row.trial_end * 1000;
  return !wasTrial && wasSince(end, 7) ? 'plan-ended' : null;
}

/** A message goes out once; again only when the one who sent it before died or failed before it could be noted. */
function ofMail({ mails }: Stage): string[] {
  const wrong: string[] = [];
  for (const id of new Set(mails.map((mail) => mail.id))) {
    const same = mails.filter((mail) => mail.id === id);
    const noted = same.filter(({ task }) => task?.state === 'done');
    if (noted.length > 1) wrong.push(`the mail ${id} was sent ${same.length} times`);
  }
  return wrong;
}

function isSame(a: Truth, b: Truth): boolean {
  return (
    a.tier === b.tier &&
    a.access === b.access &&
    a.spend === b.spend &&
    a.numbers === b.numbers &&
    a.expiresAt === b.expiresAt
  );
}

function textOf({ tier, access, spend, numbers, expiresAt }: Truth): string {
  const until = expiresAt === null ? '' : ` until ${new Date(expiresAt).toISOString()}`;
  return `[${tier} ${access}, spend ${spend}, numbers ${numbers}${until}]`;
}
