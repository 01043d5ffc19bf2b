import { type UsageExport, unitsBeside } from '../../../../db/queries/usage-exports.ts';
import { type ExportedMeter, judge, meterEventNames, type Verdict } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';

const HOUR_MS = 3_600_000;

/** Compares a window with what the vendor counted for its hour. Rejects with `billing.vendor-unavailable` or `billing.vendor-refused` when that cannot be read. */
export async function compareWindow(deps: ExportDeps, window: UsageExport): Promise<Verdict> {
  const from = window.hour.getTime();
  const counted = await deps.metering.counted({
    // Safe: only meters of this list are sealed.
    eventName: meterEventNames[window.meter as ExportedMeter],
    customerId: window.customerId,
    from,
    to: from + HOUR_MS,
  });
  const beside = await asPlatform(deps, 'read', (scope) => unitsBeside(scope, window));
  return judge({ quantity: window.quantity, counted, ...beside });
}
