import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The text of all files of db/sql in the order of their names: what the migration `walls` holds. */
export function wallsSql(): string {
  const files = readdirSync(`${here}sql`)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return files.map((name) => readFileSync(`${here}sql/${name}`, 'utf8')).join('\n--> statement-breakpoint\n');
}

/** Before the first release: writes both migrations anew. Afterwards migrations are only ever added (see README). */
function regenerate(): void {
  rmSync(`${here}migrations`, { recursive: true, force: true });
  drizzleKit('--name', 'tables');
  drizzleKit('--custom', '--name', 'walls');
  writeFileSync(`${here}migrations/0001_walls.sql`, wallsSql());
}

function drizzleKit(...options: string[]): void {
  const bin = fileURLToPath(new URL('../node_modules/drizzle-kit/bin.cjs', import.meta.url));
  execFileSync(process.execPath, [bin, 'generate', ...options], { cwd: `${here}..`, stdio: 'inherit' });
}

if (import.meta.main) regenerate();
