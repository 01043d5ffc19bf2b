import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sdkVersion } from '../../sdk/src/version.ts';
import { fixtureServer } from './fixture-server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');
let app = '';
const installed = () => join(app, 'node_modules/@repspheres/sdk');

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'sdk-consumer-'));
  const { stdout } = await run(process.execPath, [join(root, 'sdk/tools/pack.ts'), app], { cwd: root });
  await writeFile(join(app, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', stdout.trim()], { cwd: app });
}, 60_000);
afterAll(() => rm(app, { recursive: true, force: true }));

async function inApp(name: string, text: string): Promise<string> {
  await writeFile(join(app, name), text);
  const { stdout } = await run(process.execPath, [name], { cwd: app });
  return stdout.trim();
}

test('the package needs no other, and carries the version it sends', async () => {
  const manifest = JSON.parse(await readFile(join(installed(), 'package.json'), 'utf8'));
  expect(manifest.version).toBe(sdkVersion);
  expect(manifest.dependencies ?? {}).toEqual({});
  for (const format of ['esm', 'cjs']) {
    const types = await readFile(join(installed(), `dist/${format}/index.d.ts`), 'utf8');
    expect(types).not.toMatch(/^import |import\(|@trpc/m);
    const code = await readFile(join(installed(), `dist/${format}/index.js`), 'utf8');
    expect(code).not.toMatch(/require\(["'](?!node:)|^import .* from/m);
    expect(code).not.toMatch(/async function\s*\*|\?\?=|static \{|process\.env/);
  }
});

test('it works imported and required, and leaves nothing that holds the process', async () => {
  await using server = await fixtureServer();
  const body = `
    const client = createRepSpheres({ url: '${server.url}', app: 'global' });
    client.agents.list.query({}).then(async (page) => {
      console.log(page.items.length);
      await client.close();
    });`;
  expect(await inApp('a.mjs', `import { createRepSpheres } from '@repspheres/sdk';${body}`)).toBe('20');
  expect(await inApp('a.cjs', `const { createRepSpheres } = require('@repspheres/sdk');${body}`)).toBe('20');
});

test('its types check without any other package, strictly and without skipping the library', async () => {
  await writeFile(
    join(app, 'use.ts'),
    `import { createRepSpheres, type RunStream } from '@repspheres/sdk';
     const client = createRepSpheres({ url: 'https://api.example.com', app: 'crm' });
     export async function use(): Promise<string> {
       const { items } = await client.agents.list.query();
       await client.agents.list.query({ app: 'crm' }, { timeoutMs: 5 });
       // @ts-expect-error an app that does not exist
       await client.agents.list.query({ app: 'nope' });
       // @ts-expect-error the input is required
       await client.agents.get.query();
       const stream: RunStream = client.runs.startAndFollow({ agentId: 'harvey', message: 'Hello' });
       for await (const event of stream) if (event.type === 'text.delta') return event.text;
       for await (const one of client.paginate(client.conversations.list, {})) return one.title;
       return items[0]?.personality.tone ?? '';
     }`,
  );
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2020',
    '--lib',
    'es2020,dom',
  ];
  const check = run(process.execPath, [tsc, '--ignoreConfig', ...options, '--types', '', 'use.ts'], {
    cwd: app,
  });
  await expect(
    check.catch(({ stdout }: { stdout: string }) => Promise.reject(new Error(stdout))),
  ).resolves.toBeDefined();
});
