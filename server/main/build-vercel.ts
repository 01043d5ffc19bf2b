import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Bundles the function with everything it imports into one file; resolves its size in bytes. */
export async function buildVercel(outfile: string): Promise<number> {
  const { metafile } = await build({
    entryPoints: [at('vercel.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // CommonJS packages inside ask for Node's own modules by require. And Vercel takes only a file for the entry that
    // names its framework in an import, which a bundle has no more: the comment does.
    banner: {
      js: "/*\nimport 'hono'\n*/\nimport { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
  });
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

if (import.meta.main) {
  const bytes = await buildVercel(at('../../dist/vercel.js'));
  console.log(`dist/vercel.js: ${(bytes / 1e6).toFixed(1)} MB`);
}
