import { findParkedExport } from '../../../../db/queries/usage-exports.ts';
import { compareWindow } from './compare-window.ts';
import { TELLABLE_MS } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';
import { changeWindow, confirmWindow, resendMissing } from './window-outcomes.ts';

/** `counted`: the vendor has it already. `sent-again`: what it lacks will be sent. The rest leaves the window parked. */
export type Release = 'counted' | 'sent-again' | 'credited' | 'not-parked' | 'counts-differ' | 'too-old';

/**
 * Takes a window back from the person who looked at it: the vendor's count of its hour decides what of it is sent again, so
 * nothing is counted twice. `credited` says that the customer was credited by hand. Throws what reading the count throws.
 */
export async function releaseWindow(
  deps: ExportDeps,
  { id, credited }: { readonly id: string; readonly credited: boolean },
): Promise<Release> {
  const now = await deps.time();
  const window = await asPlatform(deps, 'read', (scope) => findParkedExport(scope, id, deps.livemode));
  if (window === null) return 'not-parked';
  const held = { window, now };
  if (credited) {
    await changeWindow(deps, held, { state: 'credited' });
    return 'credited';
  }
  const verdict = await compareWindow(deps, window);
  if (verdict.kind === 'park') return 'counts-differ';
  if (verdict.kind === 'arrived') {
    await confirmWindow(deps, held);
    return 'counted';
  }
  if (now.getTime() - window.usedAt.getTime() >= TELLABLE_MS) return 'too-old';
  await resendMissing(deps, held, verdict.units);
  return 'sent-again';
}
