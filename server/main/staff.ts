import { parseArgs } from 'node:util';
import type { SystemScope } from '../../db/scope.ts';
import { withSystemScope } from '../../db/tx.ts';
import { changeStaff } from '../modules/support/change-staff.ts';
import { changePersonSuspension } from '../modules/support/suspend-person.ts';
import { loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { startupFault } from './startup-fault.ts';

type Change = (scope: SystemScope, email: string) => Promise<string | null>;

const acts: Readonly<
  Record<string, { readonly change: Change; readonly done: string; readonly unknown: string }>
> = {
  grant: { change: staffChange(true), done: 'is staff', unknown: 'No verified user has this e-mail.' },
  revoke: {
    change: staffChange(false),
    done: 'is no longer staff',
    unknown: 'No verified user has this e-mail.',
  },
  suspend: { change: suspension(true), done: 'is suspended', unknown: 'No user has this e-mail.' },
  restore: { change: suspension(false), done: 'is not suspended', unknown: 'No user has this e-mail.' },
};

/**
 * `npm run staff -- grant|revoke <e-mail>`: who of the users is staff of the platform; no procedure can.
 * `npm run staff -- suspend|restore <e-mail>`: shuts a person out of everything at once, or lets them in again.
 */
async function main(): Promise<void> {
  const [name = '', email] = parseArgs({ allowPositionals: true }).positionals;
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
  if (act === undefined || email === undefined)
    return fail('Usage: npm run staff -- grant|revoke|suspend|restore <e-mail>');
  const opened = await openConfiguredDatabase(loadConfig(), () => {});
  try {
    const userId = await withSystemScope(opened.database, 'write', (scope) => act.change(scope, email));
    if (userId === null) return fail(act.unknown);
    console.log(`${userId} ${act.done}.`);
  } finally {
    await opened.close();
  }
}

function staffChange(isStaff: boolean): Change {
  return (scope, email) => changeStaff(scope, email, isStaff);
}

function suspension(isSuspended: boolean): Change {
  return (scope, email) => changePersonSuspension(scope, email, isSuspended);
}

function fail(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(startupFault(error));
  process.exitCode = 1;
});
