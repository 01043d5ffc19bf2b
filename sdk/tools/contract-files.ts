import type { $ZodType } from 'zod/v4/core';
import type { ProcedureContract } from './collect-procedures.ts';
import { docBlock } from './json-doc.ts';
import { type Declaration, TypeRegistry } from './type-registry.ts';
import { indent, spaced } from './zod-to-type.ts';

/** Names and lists the contract repeats from the server's own registries. */
export interface PlatformFacts {
  readonly appIds: readonly string[];
  readonly tiers: readonly string[];
  readonly failureCodes: readonly string[];
  readonly failureKinds: readonly string[];
}

const header = '// Generated from the running router by `npm run sdk:generate`. Do not edit.\n';

/** The contract's files, by name relative to its folder. The same router always gives the same text. */
export function contractFiles(
  procedures: readonly ProcedureContract[],
  names: ReadonlyMap<$ZodType, string>,
  facts: PlatformFacts,
): Map<string, string> {
  const platform = platformTypes(facts);
  const registry = new TypeRegistry(names, platform);
  const entries = procedures.map((procedure) => ({ procedure, ...typeNames(procedure, registry) }));
  const homes = homesOf(registry.declarations, entries);
  const files = new Map<string, string>();
  files.set('platform.ts', header + [...platform].map(platformText).join(''));
  files.set('procedures.ts', procedureTable(procedures));
  const byFile = new Map<string, Declaration[]>();
  for (const declaration of registry.declarations) {
    const file = homes.get(declaration.name) ?? 'shared';
    byFile.set(file, [...(byFile.get(file) ?? []), declaration]);
  }
  const home = (name: string) => (platform.has(name) ? 'platform' : (homes.get(name) ?? 'shared'));
  for (const [file, declarations] of byFile) files.set(`${file}.ts`, typesFile(file, declarations, home));
  files.set('api.ts', apiFile(entries, home));
  const modules = [...byFile.keys(), 'platform', 'api'].sort();
  files.set('types.ts', header + modules.map((file) => `export * from './${file}.ts';\n`).join(''));
  return new Map([...files].sort(([left], [right]) => (left < right ? -1 : 1)));
}

interface Entry {
  readonly procedure: ProcedureContract;
  readonly input: string;
  readonly result: string;
}

function typeNames(procedure: ProcedureContract, registry: TypeRegistry) {
  const stem = procedure.path.split('.').map(pascal).join('');
  const suffix = procedure.kind === 'subscription' ? 'Item' : 'Output';
  return {
    input: procedure.input ? registry.nameFor(procedure.input, 'input', `${stem}Input`) : 'void',
    result: registry.nameFor(procedure.result, 'output', `${stem}${suffix}`),
  };
}

/** A type lives in the file of the one module that reaches it, or in `shared`. */
function homesOf(declarations: readonly Declaration[], entries: readonly Entry[]): Map<string, string> {
  const uses = new Map(declarations.map((declaration) => [declaration.name, declaration.uses]));
  const reached = new Map<string, Set<string>>();
  const visit = (name: string, module: string) => {
    const modules = reached.get(name) ?? new Set();
    if (modules.has(module)) return;
    reached.set(name, modules.add(module));
    for (const used of uses.get(name) ?? []) visit(used, module);
  };
  for (const { procedure, input, result } of entries) {
    const module = kebab(procedure.path.split('.')[0] ?? '');
    for (const name of [input, result]) visit(name, module);
  }
  return new Map(
    [...reached].map(([name, modules]) => [name, modules.size === 1 ? [...modules].join() : 'shared']),
  );
}

function typesFile(
  file: string,
  declarations: readonly Declaration[],
  home: (name: string) => string,
): string {
  const used = new Set(declarations.flatMap((declaration) => [...declaration.uses]));
  const imports = importLines(
    [...used].filter((name) => home(name) !== file),
    home,
  );
  return `${header}${imports}${declarations.map(({ text }) => `\n${text}\n`).join('')}`;
}

function importLines(names: readonly string[], home: (name: string) => string): string {
  const byFile = new Map<string, string[]>();
  for (const name of names) byFile.set(home(name), [...(byFile.get(home(name)) ?? []), name]);
  return [...byFile]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([file, list]) => `import type { ${list.sort().join(', ')} } from './${file}.ts';\n`)
    .join('');
}

interface Branch {
  readonly [name: string]: Branch | Entry;
}

function apiFile(entries: readonly Entry[], home: (name: string) => string): string {
  const tree: Record<string, unknown> = {};
  for (const entry of entries) {
    const steps = entry.procedure.path.split('.');
    let branch = tree;
    for (const step of steps.slice(0, -1)) {
      branch[step] ??= {};
      branch = branch[step] as Record<string, unknown>;
    }
    branch[steps.at(-1) ?? ''] = entry;
  }
  const names = new Set(
    entries.flatMap(({ input, result }) => [input, result]).filter((name) => name !== 'void'),
  );
  const doc = '/** Every procedure of the API: what kind of call it is, what it takes and what it gives. */';
  return `${header}${importLines([...names], home)}\n${doc}\nexport interface Api ${branchText(tree as Branch)}\n`;
}

function branchText(branch: Branch): string {
  const lines = Object.entries(branch).flatMap(([name, child]) => {
    if (!isEntry(child)) return [`readonly ${name}: ${branchText(child)};`];
    const { procedure, input, result } = child;
    const last = procedure.kind === 'subscription' ? 'item' : 'output';
    const body = `{ kind: '${procedure.kind}'; input: ${input}; ${last}: ${result} }`;
    return [...docBlock(procedure.summary), `readonly ${name}: ${body};`];
  });
  return `{\n${indent(lines.join('\n'))}\n}`;
}

function isEntry(value: Branch | Entry): value is Entry {
  return 'procedure' in value && 'result' in value && typeof value.result === 'string';
}

function procedureTable(procedures: readonly ProcedureContract[]): string {
  const rows = procedures.map(({ path, kind, isPublic, cacheSeconds }) => {
    const flags = [`kind: '${kind}'`, ...(isPublic ? ['public: true'] : [])];
    if (cacheSeconds !== undefined) flags.push(`cacheSeconds: ${cacheSeconds}`);
    return `  '${path}': { ${flags.join(', ')} },\n`;
  });
  return `${header}
/** How a procedure is called. \`public\`: needs no sign-in; with \`cacheSeconds\` its answer may be kept by a CDN. */
export interface ProcedureFlags {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly public?: boolean;
  readonly cacheSeconds?: number;
}

export const procedures: { readonly [path: string]: ProcedureFlags } = {
${rows.join('')}};
`;
}

function platformTypes(facts: PlatformFacts): Map<string, string> {
  const choice = (values: readonly string[]) => `\n${values.map((value) => `  | '${value}'`).join('\n')}`;
  const row = (values: readonly string[]) => values.map((value) => `'${value}'`).join(' | ');
  return new Map([
    ['AppId', row(facts.appIds)],
    ['FailureCode', choice(facts.failureCodes)],
    ['FailureKind', choice(facts.failureKinds)],
    ['Tier', row(facts.tiers)],
  ]);
}

function platformText([name, body]: [string, string]): string {
  return `\nexport type ${name} =${spaced(body)};\n`;
}

function pascal(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function kebab(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
