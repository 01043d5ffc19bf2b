import { changeExports, type ExportChange, type UsageExport } from '../../../../db/queries/usage-exports.ts';
import { retryWait } from './export.rules.ts';
import { asPlatform, type ExportDeps } from './export-deps.ts';

/** A window as its holder last wrote it, and the time of this step. */
export interface HeldWindow {
  readonly window: UsageExport;
  readonly now: Date;
}

/** Writes what a holder found out; false when it lost the window to another holder meanwhile. */
export async function changeWindow(
  deps: ExportDeps,
  { window }: Pick<HeldWindow, 'window'>,
  to: ExportChange,
): Promise<boolean> {
  const changed = await asPlatform(deps, 'write', (scope) => changeExports(scope, [window], to));
  return changed.length === 1;
}

export async function confirmWindow(deps: ExportDeps, held: HeldWindow): Promise<void> {
  await changeWindow(deps, held, {
    state: 'confirmed',
    confirmedAt: held.now,
    leaseUntil: null,
    reason: null,
  });
}

/** Gives a window to a person. */
export async function parkWindow(deps: ExportDeps, held: HeldWindow, reason: string): Promise<void> {
  const { id, quantity } = held.window;
  await changeWindow(deps, held, { state: 'parked', reason, leaseUntil: null });
  deps.logger.error({ window: id, quantity, reason }, 'usage waits for a person');
}

/** Leaves a window for another attempt, whatever its state is. */
export async function postponeWindow(deps: ExportDeps, held: HeldWindow, reason: string): Promise<void> {
  const { id, attempts } = held.window;
  const nextAttemptAt = new Date(held.now.getTime() + retryWait(attempts));
  await changeWindow(deps, held, { nextAttemptAt, leaseUntil: null, reason: reason.slice(0, 200) });
  deps.logger.warn({ window: id, reason, nextAttemptAt }, 'usage not told; it will be tried again');
}

/** Sends what the vendor did not count under an identifier of its own. */
export async function resendMissing(deps: ExportDeps, held: HeldWindow, units: number): Promise<void> {
  const resends = held.window.resends + 1;
  await changeWindow(deps, held, {
    state: 'pending',
    identifier: `${held.window.id}:r${resends}`,
    sendQuantity: units,
    resends,
    firstAttemptAt: null,
    nextAttemptAt: held.now,
    leaseUntil: null,
    reason: 'missing',
  });
}
