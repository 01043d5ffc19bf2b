import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { withSystemScope } from '../../db/tx.ts';
import { verifyChains } from '../modules/audit/verify-chains.ts';
import { loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { startupFault } from './startup-fault.ts';

const Anchors = z.array(z.object({ orgId: z.string(), seq: z.int(), hash: z.string() }));

/**
 * `npm run audit:verify`: recomputes the audit chains and names every fault; exit code 1 when there is one.
 * `-- --anchors <file>` compares with the heads in the file, and after a report without faults writes the present ones:
 * keep it where nobody who writes the database can, and a chain cut together with its head shows as well.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { anchors: { type: 'string' } } });
  const file = values.anchors;
  const anchors =
    file !== undefined && existsSync(file) ? Anchors.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  const opened = await openConfiguredDatabase(loadConfig(), () => {});
  try {
    const report = await withSystemScope(opened.database, { access: 'read', work: 'job' }, (scope) =>
      verifyChains(scope, anchors),
    );
    for (const { orgId, seq, fault } of report.faults)
      console.error(`${orgId} ${seq === null ? '' : `#${seq} `}${fault}`);
    console.log(
      `${report.rows} rows of ${report.organisations} organisations, ${report.faults.length} faults.`,
    );
    if (report.faults.length > 0) process.exitCode = 1;
    else if (file !== undefined) writeFileSync(file, JSON.stringify(report.heads));
  } finally {
    await opened.close();
  }
}

main().catch((error: unknown) => {
  console.error(startupFault(error));
  process.exitCode = 1;
});
