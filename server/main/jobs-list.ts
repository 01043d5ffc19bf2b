import { parseArgs } from 'node:util';
import { describeRun, describeRuns } from '../../jobs/run-list.ts';
import { ConfigError, loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';

// `npm run jobs:list` [-- --limit 50] [-- --function repspheres-runs-reap] [-- --run job_…]
const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    function: { type: 'string' },
    limit: { type: 'string', default: '20' },
  },
});

async function printRuns(): Promise<void> {
  const opened = await openConfiguredDatabase(loadConfig(), () => {});
  try {
    const limit = Math.min(Math.max(Number(values.limit) || 20, 1), 1_000);
    const lines = values.run
      ? await describeRun(opened.database, values.run)
      : await describeRuns(opened.database, { limit, functionId: values.function });
    for (const line of lines) console.log(line);
  } finally {
    await opened.close();
  }
}

await printRuns().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
