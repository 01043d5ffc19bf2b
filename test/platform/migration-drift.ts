import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { generateDrizzleJson } from 'drizzle-kit/api';
import { wallsSql } from '../../db/generate.ts';
import config from '../../drizzle.config.ts';

const root = new URL('../../', import.meta.url);

/** What the migrations lack of the schema and of db/sql, one line each; needs no database and takes about a second. */
export async function migrationDrift(): Promise<string[]> {
  const faults = [];
  const snapshots = readdirSync(new URL('db/migrations/meta/', root)).filter((name) =>
    name.endsWith('_snapshot.json'),
  );
  const latest = JSON.parse(read(`db/migrations/meta/${snapshots.sort().at(-1)}`));
  const current = JSON.parse(JSON.stringify(generateDrizzleJson(await schema())));
  for (const name of new Set([...Object.keys(current.tables), ...Object.keys(latest.tables)])) {
    if (!isDeepStrictEqual(current.tables[name], latest.tables[name]))
      faults.push(`${name}: run npm run db:generate`);
  }
  if (read('db/migrations/0001_walls.sql') !== wallsSql()) faults.push('db/sql: run npm run db:generate');
  return faults;
}

async function schema(): Promise<Record<string, unknown>> {
  const files = [config.schema ?? []].flat().map((path) => new URL(path, root));
  const modules = await Promise.all(
    files.filter((file) => existsSync(file)).map((file) => import(file.href)),
  );
  return Object.assign({}, ...modules);
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

if (import.meta.main) {
  const faults = await migrationDrift();
  for (const fault of faults) console.error(`Migration drift: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
