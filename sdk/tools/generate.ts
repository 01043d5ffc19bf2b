import { existsSync } from 'node:fs';
import { glob, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { appIds } from '../../server/core/apps.ts';
import { catalog, kindMappings } from '../../server/core/catalog.ts';
import { tiers } from '../../server/core/tiers.ts';
import { appRouter } from '../../server/rpc/router.ts';
import { collectProcedures } from './collect-procedures.ts';
import { contractFiles, type PlatformFacts } from './contract-files.ts';
import { contractFaults, driftSummary } from './guard.ts';
import { schemaNames } from './schema-names.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'sdk/contract');

/** What the contract repeats from the server's registries. */
export const platformFacts: PlatformFacts = {
  appIds,
  tiers,
  failureCodes: Object.keys(catalog).sort(),
  failureKinds: Object.keys(kindMappings).sort(),
};

async function exportedSchemas() {
  const files = ['server/runs/events.ts'];
  for await (const file of glob('server/modules/*/*.contract.ts', { cwd: root })) files.push(file);
  const modules = await Promise.all(files.sort().map((file) => import(pathToFileURL(join(root, file)).href)));
  return schemaNames(modules);
}

async function written(): Promise<Map<string, string>> {
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.ts')) : [];
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

const wanted = contractFiles(collectProcedures(appRouter), await exportedSchemas(), platformFacts);
const faults = contractFaults(wanted);
const drift = driftSummary(wanted, await written());
if (faults.length > 0) {
  console.error(`The contract would leak:\n${faults.join('\n')}`);
  process.exitCode = 1;
} else if (process.argv.includes('--check')) {
  if (drift.length > 0) {
    console.error(
      `sdk/contract is not what the router says; run \`npm run sdk:generate\`.\n${drift.join('\n')}`,
    );
    process.exitCode = 1;
  }
} else {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([...wanted].map(([name, text]) => writeFile(join(folder, name), text)));
  console.log(drift.length > 0 ? drift.join('\n') : 'sdk/contract is up to date.');
}
