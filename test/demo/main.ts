import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playMainJob } from './main-job.ts';
import { startOwnServer } from './own-server.ts';
import { installPackedSdk } from './packed-sdk.ts';
import { step } from './step.ts';
import { terminal } from './terminal.ts';

const startedAt = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'repspheres-demo-'));
// Started by root, Postgres runs as another user, who must reach its folder.
await chmod(folder, 0o711);
let stopServer = async () => {};

let isInterrupted = false;
let cleaned: Promise<void> | undefined;
function cleanUp(): Promise<void> {
  cleaned ??= (async () => {
    await stopServer();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  })();
  return cleaned;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isInterrupted = true;
    console.log(`\n${signal}: ending what the demo started.`);
    cleanUp().finally(() => process.exit(130));
  });
}

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: 'string' } } });
  terminal.heading('Getting ready');
  const { sdk } = await step(
    'packs the SDK and installs the tarball in an empty project',
    () => installPackedSdk(join(folder, 'project')),
    ({ tarball }) => tarball,
  );
  if (values.url !== undefined) return playMainJob(sdk, values.url);
  const server = await step(
    'starts a server of its own, everything embedded',
    () =>
      startOwnServer(join(folder, 'data'), (stop) => {
        stopServer = stop;
      }),
    ({ url }) => url,
  );
  await Promise.race([playMainJob(sdk, server.url), server.ended]);
}

try {
  await demo();
  console.log(`\nEvery step held, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
} catch (error) {
  process.exitCode = isInterrupted ? 130 : 1;
  if (!isInterrupted) {
    console.error(`    ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    console.error('\nThe demo failed.');
  }
} finally {
  await cleanUp();
}
process.exit();
