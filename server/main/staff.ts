import { parseArgs } from 'node:util';
import { notifyPrincipalChange } from '../../db/queries/identity.ts';
import { setStaff } from '../../db/queries/staff.ts';
import { withSystemScope } from '../../db/tx.ts';
import { loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { startupFault } from './startup-fault.ts';

/** `npm run staff -- grant <e-mail>` or `revoke <e-mail>`: who of the users is staff of the platform. No procedure can. */
async function main(): Promise<void> {
  const [act, email] = parseArgs({ allowPositionals: true }).positionals;
  if ((act !== 'grant' && act !== 'revoke') || email === undefined)
    return fail('Usage: npm run staff -- grant|revoke <e-mail>');
  const opened = await openConfiguredDatabase(loadConfig(), () => {});
  try {
    const userId = await withSystemScope(opened.database, 'write', async (scope) => {
      const changed = await setStaff(scope, email.toLowerCase(), act === 'grant');
      if (changed !== null)
        await notifyPrincipalChange(scope, JSON.stringify({ kind: 'changed', userId: changed }));
      return changed;
    });
    if (userId === null) return fail('No verified user has this e-mail.');
    console.log(`${userId} ${act === 'grant' ? 'is' : 'is no longer'} staff.`);
  } finally {
    await opened.close();
  }
}

function fail(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(startupFault(error));
  process.exitCode = 1;
});
