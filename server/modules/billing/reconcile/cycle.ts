import { z } from 'zod';
import type { BillingCursor } from '../../../../db/queries/billing-cursors.ts';
import type { BillingStore } from '../billing-store.ts';

/** `recent`: customers of whom the vendor said something since the last cycle. `full`: all there are. */
export const cycleKinds = ['recent', 'full'] as const;
export type CycleKind = (typeof cycleKinds)[number];

/** What a cycle has done so far. */
export const CycleReport = z.object({
  kind: z.enum(cycleKinds),
  startedAt: z.string(),
  /** Null while it is under way or was cut short; the next turn goes on where it stopped. */
  finishedAt: z.string().nullable(),
  /** Customers that were asked about. */
  checked: z.number(),
  /** Of them, whose rows differed from what the vendor said. */
  drifted: z.number(),
  repaired: z.number(),
  /** Customers of whom something is wrong that a repetition does not mend; why is in the error log. */
  parked: z.array(z.string()),
});
export type CycleReport = z.output<typeof CycleReport>;

/** A cycle where it stands. `stored` is what a step must find unchanged to move it on. */
export interface StandingCycle {
  readonly position: string;
  readonly report: CycleReport;
  readonly stored: BillingCursor | null;
}

const nameOf = (kind: CycleKind, livemode: boolean) => `reconcile-${kind}:${livemode ? 'live' : 'test'}`;

export interface CycleStore {
  readonly store: BillingStore;
  readonly livemode: boolean;
}

/** The cycle under way or last finished; null before the first. */
export async function findCycle(
  { store, livemode }: CycleStore,
  kind: CycleKind,
): Promise<StandingCycle | null> {
  const stored = await store.findCursor(nameOf(kind, livemode));
  if (stored === null) return null;
  return { position: stored.position, report: CycleReport.parse(stored.report), stored };
}

/** Puts down how far a cycle has come; false when another process moved it meanwhile, whose word then counts. */
export function moveCycle(
  { store, livemode }: CycleStore,
  cycle: StandingCycle,
  to: { readonly position: string; readonly report: CycleReport },
): Promise<boolean> {
  return store.moveCursor(nameOf(to.report.kind, livemode), { from: cycle.stored, to });
}

/** A cycle that begins now, at a position; nothing is stored of it yet. */
export function newCycle(
  kind: CycleKind,
  begin: { position: string; now: Date; stored: BillingCursor | null },
): StandingCycle {
  const { position, now, stored } = begin;
  const counts = { checked: 0, drifted: 0, repaired: 0, parked: [] };
  return {
    position,
    stored,
    report: { kind, startedAt: now.toISOString(), finishedAt: null, ...counts },
  };
}
