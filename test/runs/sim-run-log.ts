import { parseArgs } from 'node:util';
import { openStore, type StoreKind } from './log-harness/places.ts';
import { simulate } from './log-harness/simulate.ts';

const kinds: readonly StoreKind[] = ['memory', 'postgres', 'redis'];

/** `npm run sim:run-log -- --adapter postgres --runs 5000 --seed 1`: prints the counts; exits 1 when a run is wrong. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string', default: 'memory' },
      runs: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const kind = kinds.find((known) => known === values.adapter);
  if (kind === undefined) throw new Error(`--adapter is one of ${kinds.join(', ')}`);
  await using opened = await openStore(kind);
  const started = performance.now();
  const result = await simulate({
    store: opened.store,
    seed: Number(values.seed),
    runs: Number(values.runs),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { runs, epochs, batches, faults, wrong } = result;
  console.log(
    JSON.stringify({ adapter: kind, seed: Number(values.seed), runs, epochs, batches, faults, seconds }),
  );
  for (const { runId, wrongs } of wrong.slice(0, 10)) console.log(`${runId}: ${wrongs.join('; ')}`);
  console.log(`wrong runs: ${wrong.length}`);
  if (wrong.length > 0) process.exitCode = 1;
}

await main();
