import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import {
  type Floor,
  followerFloors,
  pageFloors,
  queryFloors,
  reconcileFloors,
  sessionCheckFloors,
  startFloors,
  streamFloors,
  webhookFloors,
  wholePathFloors,
} from './floors.ts';
import { benchFollowers } from './followers.ts';
import { benchPages } from './pages.ts';
import { benchQuery } from './query.ts';
import { benchReconcile } from './reconcile.ts';
import { benchRunLog } from './run-log.ts';
import { benchSessionCheck } from './session-check.ts';
import { benchStarts } from './start.ts';
import { benchStreams } from './streams.ts';
import { benchWebhooks } from './webhooks.ts';
import { benchWholePath } from './whole-path.ts';

const output = new URL('../output/', import.meta.url);

interface Part {
  readonly name: string;
  run(): Promise<{ readonly rows: unknown; readonly floors: readonly Floor[] }>;
}

function part<T>(name: string, measure: () => Promise<T>, floorsOf: (result: T) => Floor[]): Part {
  return {
    name,
    async run() {
      const rows = await measure();
      return { rows, floors: floorsOf(rows) };
    },
  };
}

const parts: readonly Part[] = [
  part('start', benchStarts, startFloors),
  part('query', () => benchQuery({ rounds: 8 }), queryFloors),
  part('sessionCheck', benchSessionCheck, sessionCheckFloors),
  part('followers', benchFollowers, followerFloors),
  part('streams', benchStreams, streamFloors),
  part('wholePath', benchWholePath, wholePathFloors),
  part('runLog', benchRunLog, () => []),
  part('pages', benchPages, pageFloors),
  part('reconcile', benchReconcile, reconcileFloors),
  part('webhooks', benchWebhooks, webhookFloors),
];

/** Takes longer than all the others together. */
const onlyWhenNamed = new Set(['reconcile']);

/** `npm run bench [part ...]`: everything but `reconcile` in turn (about seven minutes), one table of floors, all rows in test/output/bench.json. */
async function main(chosen: readonly string[]): Promise<void> {
  const results: Record<string, unknown> = {};
  const floors: Floor[] = [];
  for (const { name, run } of parts) {
    if (chosen.length > 0 ? !chosen.includes(name) : onlyWhenNamed.has(name)) continue;
    const since = performance.now();
    const result = await run().catch((error: unknown): { rows: string; floors: Floor[] } => ({
      rows: String(error),
      floors: [{ bench: name, floor: 'it runs', measured: String(error), met: 'MISSED' }],
    }));
    results[name] = result.rows;
    floors.push(...result.floors);
    console.log(`${name}: ${Math.round((performance.now() - since) / 1_000)} s`);
    console.dir(result.rows, { depth: 4 });
  }
  console.table(floors);
  mkdirSync(output, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, load: loadavg() };
  const report = { at: new Date().toISOString(), machine, floors, results };
  writeFileSync(new URL('bench.json', output), `${JSON.stringify(report, null, 2)}\n`);
  if (floors.some((one) => one.met === 'MISSED')) process.exitCode = 1;
}

await main(process.argv.slice(2));
