import type { BillingDeps } from '../sync-customer.ts';
import { checkCustomers } from './check-customers.ts';
import {
  type CycleKind,
  type CycleReport,
  findCycle,
  moveCycle,
  newCycle,
  type StandingCycle,
} from './cycle.ts';

/** Customers of one step in the part that asks about our own; the vendor's pages are of 100, too. */
const PAGE = 100;
const DONE = 'done';

export interface ReconcileDeps extends BillingDeps {
  /** Told of each customer that had drifted; for a metric with an alert on it. */
  readonly onDrift: (customers: number) => void;
}

export interface StepResult {
  readonly report: CycleReport;
  readonly done: boolean;
  /** Where a cycle of recent events cannot tell what was missed, so that all customers must be checked. */
  readonly needsFull: boolean;
}

/**
 * One step of a cycle: a page of customers, then the place is put down. Killed at any point, the next step begins with
 * that page again, which changes nothing twice. Throws when the vendor or the database is away; the place stays.
 */
export function reconcileStep(deps: ReconcileDeps, kind: CycleKind): Promise<StepResult> {
  return kind === 'full' ? fullStep(deps) : recentStep(deps);
}

/** Whether a cycle over all customers was begun and not finished. */
export async function isFullUnfinished(deps: ReconcileDeps): Promise<boolean> {
  const cycle = await findCycle(storeOf(deps), 'full');
  return cycle !== null && cycle.position !== DONE;
}

function storeOf({ store, payments }: ReconcileDeps) {
  return { store, livemode: payments.livemode };
}

/** First every customer the vendor lists, then those of ours that it did not list. */
async function fullStep(deps: ReconcileDeps): Promise<StepResult> {
  const found = await findCycle(storeOf(deps), 'full');
  const begin = { position: 'vendor:', now: await deps.store.now(), stored: found?.stored ?? null };
  const cycle = found === null || found.position === DONE ? newCycle('full', begin) : found;
  const [part, after = ''] = cycle.position.split(/:(.*)/s);
  const { customerIds, position } =
    part === 'vendor' ? await vendorPage(deps, after) : await ownPage(deps, { after, cycle });
  const checked = await checkCustomers(deps, customerIds, cycle.report);
  const done = position === DONE;
  const report = done ? { ...checked, finishedAt: (await deps.store.now()).toISOString() } : checked;
  await moveCycle(storeOf(deps), cycle, { position, report });
  return { report, done, needsFull: false };
}

/** Starts over with all customers; a cycle under way may have passed some before they changed. */
async function beginFull(deps: ReconcileDeps, now: Date): Promise<void> {
  const found = await findCycle(storeOf(deps), 'full');
  const cycle = newCycle('full', { position: 'vendor:', now, stored: found?.stored ?? null });
  await moveCycle(storeOf(deps), cycle, cycle);
}

interface Page {
  readonly customerIds: readonly string[];
  /** Where the cycle stands once they are checked. */
  readonly position: string;
}

async function vendorPage(deps: ReconcileDeps, after: string): Promise<Page> {
  const { customerIds, next } = await deps.payments.walk.listCustomers(after === '' ? null : after);
  return { customerIds, position: next === null ? 'ours:' : `vendor:${next}` };
}

async function ownPage(
  deps: ReconcileDeps,
  { after, cycle }: { after: string; cycle: StandingCycle },
): Promise<Page> {
  const since = new Date(cycle.report.startedAt);
  const customerIds = await deps.store.listUnchecked({ since, after, limit: PAGE });
  const last = customerIds.length === PAGE ? customerIds.at(-1) : undefined;
  return { customerIds, position: last === undefined ? DONE : `ours:${last}` };
}

/** Whom the vendor's events since the last step concerned. The first cycle of all only notes where to begin. */
async function recentStep(deps: ReconcileDeps): Promise<StepResult> {
  const found = await findCycle(storeOf(deps), 'recent');
  const now = await deps.store.now();
  const events =
    found === null || found.position === '' ? null : await deps.payments.walk.listEvents(found.position);
  const isNew = found === null || found.report.finishedAt !== null;
  const begin = { position: found?.position ?? '', now, stored: found?.stored ?? null };
  const cycle = isNew ? newCycle('recent', begin) : found;
  if (events === null) {
    const position = (await deps.payments.walk.latestEvent()) ?? '';
    // An account that has been silent since the last look, too, has nothing new.
    const needsFull = position !== '' || found === null || found.position !== '';
    // Before the place moves on: a process that dies here must leave the walk to be made.
    if (needsFull) await beginFull(deps, now);
    const report = { ...cycle.report, finishedAt: now.toISOString() };
    await moveCycle(storeOf(deps), cycle, { position, report });
    return { report, done: true, needsFull };
  }
  const checked = await checkCustomers(deps, events.customerIds, cycle.report);
  const report = events.more ? checked : { ...checked, finishedAt: (await deps.store.now()).toISOString() };
  await moveCycle(storeOf(deps), cycle, { position: events.last, report });
  return { report, done: !events.more, needsFull: false };
}
