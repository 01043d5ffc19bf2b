import { type ExportSums, sumExports } from '../../../../db/queries/usage-export-sums.ts';
import { exportedMeters } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';

/** How late a window may be before it counts as overdue: an hour to seal it, and outages of a few hours. */
const OVERDUE_MS = 4 * 3_600_000;

export interface ExportCheck extends ExportSums {
  /** Ledger less all that was made of it; anything but 0 is a fault of ours. */
  readonly difference: number;
  readonly isSound: boolean;
}

/**
 * Holds the ledger against its export since the start of the month before: what was used is confirmed, pending, parked, credited or
 * not sealed yet, and each window is the sum of its entries. Reports as an error what is not.
 */
export async function checkExport(deps: ExportDeps): Promise<ExportCheck> {
  const now = await deps.time();
  const since = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
  const dueBefore = new Date(now.getTime() - OVERDUE_MS);
  const sums = await asPlatform(deps, 'read', (scope) =>
    sumExports(scope, { since, dueBefore, livemode: deps.livemode, meters: exportedMeters }),
  );
  const told = sums.pending + sums.confirmed + sums.parked + sums.credited;
  const difference = sums.ledger - sums.unsealed - told;
  const late = sums.overdue + sums.forgotten;
  const isSound = difference === 0 && sums.wrongWindows.length === 0 && late === 0;
  if (!isSound) deps.logger.error({ ...sums, difference }, 'the usage ledger and its export differ');
  return { ...sums, difference, isSound };
}
