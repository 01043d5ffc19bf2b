import { listConfirmed } from '../../../../db/queries/usage-export-sums.ts';
import { Failure } from '../../../core/failure.ts';
import { type ExportedMeter, meterEventNames } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';

const HOUR_MS = 3_600_000;
/** What the vendor accepted in the last hours it may not have counted yet. */
const SETTLING_MS = 24 * HOUR_MS;
const PAGE = 50;

export interface MonthPage {
  readonly checked: number;
  /** Of which customers and meters the vendor counted something else. */
  readonly differing: readonly {
    customerId: string;
    meter: string;
    ours: number;
    /** Null where it refuses to say. */
    vendor: number | null;
  }[];
  /** Where the next page begins; null after the last. */
  readonly next: readonly [customerId: string, meter: string] | null;
}

/** The month (UTC) that holds `at`, up to what the vendor has surely counted; empty in the first day of a month. */
export function settledMonth(at: Date, now: Date): { from: Date; to: Date } {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const settled = Math.floor((now.getTime() - SETTLING_MS) / HOUR_MS) * HOUR_MS;
  const from = Date.UTC(year, month, 1);
  return {
    from: new Date(from),
    to: new Date(Math.max(from, Math.min(Date.UTC(year, month + 1, 1), settled))),
  };
}

/** Holds one page of a month's confirmed units against the vendor's own summaries; a difference is reported as an error. */
export async function compareMonthPage(
  deps: ExportDeps,
  range: { readonly from: Date; readonly to: Date; readonly after: readonly [string, string] },
): Promise<MonthPage> {
  if (range.from.getTime() >= range.to.getTime()) return { checked: 0, differing: [], next: null };
  const { livemode } = deps;
  const rows = await asPlatform(deps, 'read', (scope) =>
    listConfirmed(scope, { ...range, livemode, limit: PAGE }),
  );
  const differing: MonthPage['differing'][number][] = [];
  for (const { customerId, meter, units } of rows) {
    const vendor = await deps.metering
      .counted({
        // Safe: only meters of this list are sealed.
        eventName: meterEventNames[meter as ExportedMeter],
        customerId,
        from: range.from.getTime(),
        to: range.to.getTime(),
      })
      .catch(nullIfRefused);
    if (vendor !== units) differing.push({ customerId, meter, ours: units, vendor });
  }
  if (differing.length > 0)
    deps.logger.error({ differing, from: range.from, to: range.to }, 'the vendor counted other usage');
  const last = rows.length === PAGE ? rows.at(-1) : undefined;
  return {
    checked: rows.length,
    differing,
    next: last === undefined ? null : [last.customerId, last.meter],
  };
}

/** One customer that the vendor refuses to count is no reason to compare no other. */
function nullIfRefused(error: unknown): null {
  if (error instanceof Failure && error.kind !== 'upstream') return null;
  throw error;
}
