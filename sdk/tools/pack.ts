import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rollUp } from './roll-up.ts';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const dist = join(sdk, 'dist');

/** Public types only from files of ours: whoever installs the package needs no other for its types. */
async function declarations(): Promise<string> {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const out = join(dist, 'types');
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', out];
  const config = join(sdk, 'tools/tsconfig.declarations.json');
  execFileSync(process.execPath, [tsc, '-p', config, ...options], { stdio: 'inherit' });
  const flat = await rollUp(out, join('src', 'index.d.ts'));
  await rm(out, { recursive: true });
  return flat;
}

async function bundle(format: 'esm' | 'cjs'): Promise<void> {
  await build({
    entryPoints: [join(sdk, 'src/index.ts')],
    outfile: join(dist, format, 'index.js'),
    bundle: true,
    format,
    target: 'es2017',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  await writeFile(
    join(dist, format, 'package.json'),
    `${JSON.stringify({ type: format === 'esm' ? 'module' : 'commonjs' })}\n`,
  );
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const types = await declarations();
for (const format of ['esm', 'cjs'] as const) {
  await bundle(format);
  await writeFile(join(dist, format, 'index.d.ts'), types);
}
// The folder for the tarball may be given; its name depends on the version alone.
const target = resolve(process.argv[2] ?? dist);
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
  cwd: sdk,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [report] = JSON.parse(packed) as { filename: string }[];
console.log(join(target, report?.filename ?? ''));
