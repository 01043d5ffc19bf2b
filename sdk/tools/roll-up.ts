import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One flat declaration file out of those tsc wrote for the SDK: imports between them are dropped, and only what the
 * entry exports stays exported. Throws where flattening would change a meaning: two declarations of one name, or an
 * import of anything but the SDK's own files.
 */
export async function rollUp(folder: string, entry: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.d.ts')).sort();
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, await readFile(join(folder, file), 'utf8'));
  const wanted = publicNames(texts.get(entry) ?? '', texts);
  const reachable = reach(entry, texts);
  const bodies: string[] = [];
  const owners = new Map<string, string>();
  for (const file of reachable) {
    if (file === entry) continue;
    const body = withoutImports(texts.get(file) ?? '', file);
    for (const name of declaredNames(body)) {
      const owner = owners.get(name);
      if (owner) throw new Error(`${name} is declared in ${owner} and in ${file}; rename one`);
      owners.set(name, file);
    }
    bodies.push(body);
  }
  const missing = [...wanted].filter((name) => !owners.has(name));
  if (missing.length > 0) throw new Error(`the entry exports what nothing declares: ${missing.join(', ')}`);
  const flat = bodies
    .join('\n')
    .replace(declaration, (whole, name: string) => (wanted.has(name) ? whole : whole.replace('export ', '')));
  return `${tidy(flat)}\nexport {};\n`;
}

const declaration =
  /^export (?:declare )?(?:abstract )?(?:interface|type|class|function|const) ([A-Za-z_$][\w$]*)/gm;
const moduleLine = /^(?:import|export) [^;]*?from ['"]([^'"]+)['"];?$/gm;

function declaredNames(text: string): string[] {
  const all = /^(?:export )?(?:declare )?(?:interface|type|class|function|const) ([A-Za-z_$][\w$]*)/gm;
  return [...new Set([...text.matchAll(all)].map(([, name]) => name ?? ''))];
}

/** The names an entry re-exports, `export *` included. */
function publicNames(entry: string, texts: ReadonlyMap<string, string>): Set<string> {
  const names = new Set<string>();
  for (const [, list] of entry.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
    for (const name of (list ?? '').split(',')) {
      const clean = name.trim().replace(/^type /, '');
      if (clean) names.add(clean);
    }
  }
  if (entry.includes('contract/types.ts')) {
    for (const [file, text] of texts) {
      if (file.startsWith('contract') && !file.endsWith('procedures.d.ts')) {
        for (const name of declaredNames(text)) names.add(name);
      }
    }
  }
  return names;
}

/** The files an entry needs, in a fixed order. */
function reach(entry: string, texts: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file) || !texts.has(file)) return;
    found.add(file);
    for (const [, target] of (texts.get(file) ?? '').matchAll(moduleLine)) {
      if (target?.startsWith('.')) visit(join(file, '..', target).replace(/\.ts$/, '.d.ts'));
    }
  };
  visit(entry);
  return [...found].sort();
}

function withoutImports(text: string, file: string): string {
  const body = text.replace(moduleLine, (line, target: string) => {
    if (!target.startsWith('.')) throw new Error(`${file} imports ${target}: ${line}`);
    return '';
  });
  if (/\bimport\(/.test(body)) throw new Error(`${file} imports inside a type`);
  return body.replace(/^export \{\};$/gm, '');
}

function tidy(text: string): string {
  return text
    .replace(/^\/\/.*\n/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
