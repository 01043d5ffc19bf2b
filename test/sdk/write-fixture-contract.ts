import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixtureContract } from './fixture-contract.ts';

/** `node test/sdk/write-fixture-contract.ts`: writes what the generator makes of the fixture router. */
const folder = process.argv[2] ?? join(import.meta.dirname, 'fixture-contract');
await mkdir(folder, { recursive: true });
for (const [name, text] of fixtureContract()) await writeFile(join(folder, name), text);
