import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { SingleBar } from 'cli-progress';
import { parse } from 'csv-parse';
import { type ImportReport, importUsers } from '../modules/identity/import-users.ts';
import { loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { startupFault } from './startup-fault.ts';

const usage = 'usage: npm run identity:import -- <file.json|file.ndjson|file.csv> [--dry-run]';

/** Stands for what is no row: it is counted, and left out as any that cannot be read. */
const UNREADABLE = null;

/** The rows of an export of auth.users: a JSON array, a JSON object a line, or CSV with a header. */
async function* rowsOf(file: string): AsyncGenerator<unknown> {
  if (file.endsWith('.csv')) {
    let isCutOff = false;
    const parser = parse({
      columns: true,
      bom: true,
      skip_empty_lines: true,
      // What does not fit the header is a row nonetheless; only a quote that is open at the end gives none.
      relax_column_count: true,
      relax_quotes: true,
      skip_records_with_error: true,
      on_skip: () => {
        isCutOff = true;
      },
    });
    // A file that cannot be read fails whoever reads the parser.
    pipeline(createReadStream(file), parser, () => {});
    yield* parser;
    if (isCutOff) yield UNREADABLE;
  } else if (file.endsWith('.ndjson') || file.endsWith('.jsonl')) {
    await using handle = await open(file);
    for await (const line of handle.readLines()) {
      if (line.trim() !== '') yield parsed(line) ?? UNREADABLE;
    }
  } else {
    const users = parsed(await readFile(file, 'utf8'));
    if (!Array.isArray(users)) throw new Error(`${file} holds no list of users.`);
    yield* users as unknown[];
  }
}

/** What JSON says; undefined for what is none. The parser's own error quotes the text, which is people's data. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function countRows(file: string): Promise<number> {
  let rows = 0;
  for await (const _row of rowsOf(file)) rows += 1;
  return rows;
}

function summary(report: ImportReport, dryRun: boolean): string {
  const reasons = Map.groupBy(report.skipped, ({ reason }) => reason);
  const lines = [...reasons].map(([reason, rows]) => {
    const numbers = rows
      .slice(0, 10)
      .map(({ row }) => row)
      .join(', ');
    return `    ${rows.length} × ${reason} (rows ${numbers}${rows.length > 10 ? ', …' : ''})`;
  });
  return [
    dryRun ? 'Dry run: nothing was stored.' : 'Done.',
    `  read ${report.read}, created ${report.created}, linked ${report.linked}, unchanged ${report.unchanged}, skipped ${report.skipped.length}`,
    ...lines,
  ].join('\n');
}

/** `npm run identity:import -- <file> [--dry-run]`: the users of a Supabase project, with their passwords. */
async function main(): Promise<void> {
  const dryRun = process.argv.includes('--dry-run');
  const [file] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  if (file === undefined) throw new Error(usage);
  const total = await countRows(file);
  const opened = await openConfiguredDatabase(loadConfig(), (note) => console.error(note));
  const bar = new SingleBar({
    format: '{bar} {value}/{total} users',
    clearOnComplete: true,
    noTTYOutput: false,
  });
  try {
    bar.start(total, 0);
    const report = await importUsers(rowsOf(file), {
      database: opened.database,
      dryRun,
      now: new Date(),
      onRow: () => bar.increment(),
    });
    bar.stop();
    console.log(summary(report, dryRun));
  } finally {
    bar.stop();
    await opened.close();
  }
}

main().catch((error: unknown) => {
  console.error(startupFault(error).replace('The backend could not start: ', ''));
  process.exitCode = 1;
});
