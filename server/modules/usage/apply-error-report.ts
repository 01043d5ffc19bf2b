import { doubtConfirmed, parkReported } from '../../../db/queries/usage-exports.ts';
import { type ExportedMeter, exportedMeters, meterEventNames } from './export/export.rules.ts';
import { asPlatform, type ExportDeps } from './export/export-deps.ts';

const DAY_MS = 86_400_000;
/** Events are looked at a while after they were accepted. */
const SLACK_MS = 3_600_000;

/**
 * Follows the vendor's report about events it had accepted and then dropped: those it names wait for a person; where it
 * names only some, everything it took for that meter in that time is compared a day later. May be repeated.
 */
export async function applyErrorReport(
  deps: Omit<ExportDeps, 'time'>,
  eventId: string,
): Promise<{ parked: number; doubted: number }> {
  const report = await deps.metering.errorReport(eventId);
  const parked = await asPlatform(deps, 'write', async (scope) => {
    const ids: string[] = [];
    for (const dropped of report.dropped) ids.push(...(await parkReported(scope, dropped)));
    return ids;
  });
  const meter = exportedMeters.find((name: ExportedMeter) => meterEventNames[name] === report.eventName);
  const isWhole = report.dropped.length >= report.droppedCount;
  const doubted =
    meter === undefined || isWhole
      ? 0
      : await asPlatform(deps, 'write', (scope) =>
          doubtConfirmed(scope, {
            livemode: deps.livemode,
            meter,
            from: new Date(report.from - SLACK_MS),
            to: new Date(report.to + SLACK_MS),
            checkAt: new Date(report.to + DAY_MS),
          }),
        );
  deps.logger.error(
    { eventId, meter: report.eventName, dropped: report.droppedCount, parked, doubted },
    'the payment vendor dropped usage',
  );
  return { parked: parked.length, doubted };
}
