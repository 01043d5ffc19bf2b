import { listParkedExports } from '../../db/queries/usage-exports.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { ExportDeps } from '../modules/usage/export/export-deps.ts';
import { type Release, releaseWindow } from '../modules/usage/export/release-window.ts';

const told: Readonly<Record<Release, string>> = {
  counted: 'Stripe has counted it already: done.',
  'sent-again': 'what Stripe lacks of it is sent with the next export, within ten minutes.',
  credited: 'noted as credited by hand.',
  'not-parked': 'no parked window has this id (-- --parked lists them).',
  'counts-differ':
    'Stripe’s count of that hour differs in a way that this window does not explain. Look at the hour in the dashboard, credit the customer there, then use -- --credited.',
  'too-old': 'Stripe takes no use that old. Credit the customer there, then use -- --credited.',
};

/** Prints the windows of use that wait for a person. Resolves the exit code: 1 when there are any. */
export async function listParked({
  database,
  livemode,
}: Pick<ExportDeps, 'database' | 'livemode'>): Promise<number> {
  const windows = await withSystemScope(database, 'read', (scope) => listParkedExports(scope, livemode));
  for (const { id, quantity, meter, customerId, hour, reason } of windows)
    console.log(`${id}  ${quantity} ${meter}  ${customerId}  ${hour.toISOString()}  ${reason}`);
  console.log(`${windows.length} waiting`);
  return windows.length === 0 ? 0 : 1;
}

/** Takes one of them back from the person who looked at it. Resolves the exit code: 1 when it stays. */
export async function releaseParked(
  deps: ExportDeps,
  which: { readonly id: string; readonly credited: boolean },
): Promise<number> {
  const release = await releaseWindow(deps, which);
  console.log(`${which.id}: ${told[release]}`);
  return ['counted', 'sent-again', 'credited'].includes(release) ? 0 : 1;
}
