import { openDatabase } from '../../db/client.ts';
import { createJobsClient } from '../../jobs/client.ts';
import { createInngestHandler } from '../../jobs/handler.ts';
import { createLocalExecutor } from '../../jobs/local/executor.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { crashFunctions, crashSettings } from './crash-functions.ts';

// A process with an executor, for tests that kill it: `node executor-child.ts <database url> <journal>`.
const [, , url = '', journal = ''] = process.argv;
const signingKey = 'signkey-test-child00000000000000000000000000';
const database = openDatabase({
  url,
  poolSize: 4,
  slowPoolSize: 1,
  prepare: true,
  applicationName: 'job child',
});
const client = createJobsClient(
  { kind: 'local', signingKey, fetch: (input, init) => executor.fetch(input, init) },
  silentLogger,
);
const functions = crashFunctions(client, journal);
const executor = createLocalExecutor({
  database,
  handler: createInngestHandler({ client, functions }),
  signingKey,
  logger: silentLogger,
  settings: crashSettings,
});
await executor.start();
process.send?.('ready');
