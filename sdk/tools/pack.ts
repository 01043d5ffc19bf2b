import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rollUp } from './roll-up.ts';

const sdk = fileURLToPath(new URL('..', import.meta.url));
/** The package as it will be packed: a folder of this run's own, for two may pack at once. */
const stage = await mkdtemp(join(tmpdir(), 'sdk-pack-'));
const dist = join(stage, 'dist');

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

// The folder for the tarball may be given; its name depends on the version alone.
const target = resolve(process.argv[2] ?? join(sdk, 'dist'));
await mkdir(target, { recursive: true });
for (const name of ['package.json', 'README.md']) await copyFile(join(sdk, name), join(stage, name));
const types = await declarations();
for (const format of ['esm', 'cjs'] as const) {
  await bundle(format);
  await writeFile(join(dist, format, 'index.d.ts'), types);
}
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
  cwd: stage,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [report] = JSON.parse(packed) as { filename: string }[];
await rm(stage, { recursive: true });
console.log(join(target, report?.filename ?? ''));
