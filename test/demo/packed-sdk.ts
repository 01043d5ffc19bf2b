import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packScript = fileURLToPath(new URL('../../sdk/tools/pack.ts', import.meta.url));

/** What the packed package exports. The types come from its source, the code only from the tarball. */
export type Sdk = typeof import('../../sdk/src/index.ts');

/** Packs the SDK, installs the tarball offline into a new project in `folder`, and loads it by its package name there. */
export async function installPackedSdk(folder: string): Promise<{ sdk: Sdk; tarball: string }> {
  const { stdout } = await run(process.execPath, [packScript]);
  const tarball = stdout.trim().split('\n').at(-1) ?? '';
  const installed = join(folder, 'node_modules/@repspheres/sdk');
  await mkdir(installed, { recursive: true });
  // Relative names: some tars read the colon of `C:\…` as a host. The package has no dependencies to install.
  await run('tar', ['-xzf', basename(tarball), '-C', installed, '--strip-components=1'], {
    cwd: dirname(tarball),
  });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'demo', private: true, type: 'module' }),
  );
  const entry = join(folder, 'entry.js');
  await writeFile(entry, "export * from '@repspheres/sdk';\n");
  const sdk: Sdk = await import(pathToFileURL(entry).href);
  return { sdk, tarball: basename(tarball) };
}
