import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['server', 'db', 'jobs', 'sdk/src'];

interface Import {
  readonly from: string;
  /** A path of ours, from the root; or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const specifier = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(file: string, text = readFileSync(join(root, file), 'utf8')): Import[] {
  return [...text.matchAll(specifier)].map(([, type, fixed, dynamic]) => {
    const name = fixed ?? dynamic ?? '';
    const to = name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(room, name)),
);
const imports = files.flatMap((file) => importsOf(file));
const isOurs = (to: string) => /^(server|db|jobs|sdk|test)\//.test(to);

/** The imports of files under `room` that `forbidden` names, as readable lines. */
function broken(room: RegExp, forbidden: (found: Import) => boolean, of = imports): string[] {
  return of
    .filter((found) => room.test(found.from) && forbidden(found))
    .map(({ from, to }) => `${from} imports ${to}`);
}

const vendors =
  /^(openai|@anthropic-ai\/|@upstash\/|redis$|inngest|@trpc\/|ws$|hono|@hono\/|stripe$|postgres$|drizzle-orm)/;
const operations = /^server\/modules\/[^/]+\/(?!.*\.router\.ts$)/;
const moduleOf = (path: string) => /^server\/modules\/([^/]+)\//.exec(path)?.[1];

/** What other modules may use of a module besides its rules, contract and operations at the top of its folder. */
const sharedFiles = ['server/modules/agents/knowledge/knowledge-for.ts'];

function isPrivate({ from, to }: Import): boolean {
  const owner = moduleOf(to);
  if (owner === undefined || owner === moduleOf(from)) return false;
  const atTop = /^server\/modules\/[^/]+\/[^/]+$/.test(to) && !to.endsWith('.router.ts');
  return !atTop && !sharedFiles.includes(to);
}

describe('who may import whom', () => {
  test('the scan reads every file of the rooms, and their imports', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(imports.length).toBeGreaterThan(files.length);
    expect(
      imports
        .filter(({ to }) => isOurs(to) && !files.includes(to) && !to.startsWith('sdk/'))
        .map(({ to }) => to),
    ).toEqual([]);
  });

  test('db imports nothing of ours', () => {
    expect(broken(/^db\//, ({ to }) => isOurs(to) && !to.startsWith('db/'))).toEqual([]);
  });

  test('the core knows no module, transport or vendor; interfaces of others only as types', () => {
    const forbidden = ({ to, typeOnly }: Import) =>
      vendors.test(to) || (isOurs(to) && !/^(server\/core|db)\//.test(to) && !typeOnly);
    expect(broken(/^server\/core\//, forbidden)).toEqual([]);
    const beyond = ({ to }: Import) => /^(server\/(rpc|http|ws|main)|jobs|sdk|test)\//.test(to);
    expect(broken(/^server\/core\//, beyond)).toEqual([]);
  });

  test('operations know no tRPC, socket, vendor SDK, door or job', () => {
    const forbidden = ({ to }: Import) =>
      vendors.test(to) || /^(server\/(rpc|http|ws|main)|jobs|sdk|test)\//.test(to);
    expect(broken(operations, forbidden)).toEqual([]);
  });

  test('operations use integrations that hold no vendor SDK: ports, rules and what is built on them', () => {
    const adapters = new Set(
      imports
        .filter(
          ({ from, to, typeOnly }) =>
            from.startsWith('server/integrations/') && vendors.test(to) && !typeOnly,
        )
        .map(({ from }) => from),
    );
    expect(adapters.size).toBeGreaterThan(2);
    expect(broken(operations, ({ to }) => adapters.has(to))).toEqual([]);
  });

  test('a module does not reach into the private files of another', () => {
    expect(broken(/^server\/modules\//, isPrivate)).toEqual([]);
  });

  test('routers know the builder, their own operations and nothing of db and integrations', () => {
    const forbidden = ({ from, to }: Import) => to !== 'server/rpc/trpc.ts' && dirname(to) !== dirname(from);
    expect(broken(/\.router\.ts$/, forbidden)).toEqual([]);
  });

  test('integrations know no module', () => {
    expect(broken(/^server\/integrations\//, ({ to }) => moduleOf(to) !== undefined)).toEqual([]);
  });

  test('jobs know no router and no tRPC', () => {
    const forbidden = ({ to }: Import) =>
      to.startsWith('@trpc/') || /\.router\.ts$|^server\/(rpc|http|ws|main)\//.test(to);
    expect(broken(/^jobs\//, forbidden)).toEqual([]);
  });

  test('the SDK knows @trpc/client and its own contract', () => {
    const forbidden = ({ to }: Import) => !/^(@trpc\/client|sdk\/(src|contract)\/)/.test(to);
    expect(broken(/^sdk\/src\//, forbidden)).toEqual([]);
  });

  test('nobody imports the composition root or the tests', () => {
    const outside = /^(?!server\/main\/)/;
    expect(broken(outside, ({ to }) => /^(server\/main|test)\//.test(to))).toEqual([]);
  });

  test('only server/main/config.ts reads the environment', () => {
    const readers = files.filter((file) => /process\.env\b|import\.meta\.env/.test(code(file)));
    expect(readers).toEqual(['server/main/config.ts']);
  });
});

/** A file's text without its comments, which may name what the code may not use. */
function code(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

describe('the scan', () => {
  test.each([
    ["import { x } from '../../rpc/trpc.ts';", 'server/rpc/trpc.ts'],
    ["export * from '../../ws/hub.ts';", 'server/ws/hub.ts'],
    ["import {\n  a,\n  b,\n} from '@trpc/server';", '@trpc/server'],
    ["const sdk = await import('openai');", 'openai'],
    ["import '../../../jobs/client.ts';", 'jobs/client.ts'],
    ["import { y } from '../agents/agents.router.ts';", 'server/modules/agents/agents.router.ts'],
    ["import { y } from '../agents/registry/registry.ts';", 'server/modules/agents/registry/registry.ts'],
  ])('catches %s', (line, to) => {
    const found = importsOf('server/modules/runs/planted.ts', line);
    expect(found.map((one) => one.to)).toEqual([to]);
    const law = (one: Import) =>
      vendors.test(one.to) || /^(server\/(rpc|ws)|jobs)\//.test(one.to) || isPrivate(one);
    expect(broken(operations, law, found)).toHaveLength(1);
  });
});
