import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { clusterPort, makeClusterFolder, removeCluster } from '../../support/cluster.ts';
import { drawHistory } from './history.ts';
import { MemoryPlace } from './memory.ts';
import { type PlantName, plantNames, plants } from './plants.ts';
import { play } from './play.ts';
import { openPostgresPlaces } from './postgres.ts';
import { shrink } from './shrink.ts';
import type { OpenPlace } from './stage.ts';
import type { Finding, Share, Word } from './worker.ts';

// `npm run sim:billing -- --seeds 5000`: random histories of billing; 1 when one ends wrong, and then it is told, made short.
// `--seed 7` plays and tells one. `--plant <name>` puts a mistake into our code; `--planted` each of them, and 1 when one goes
// unnoticed. `--store postgres` plays the same histories, one after another, on a real database.
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    planted: { type: 'boolean', default: false },
    store: { type: 'string', default: 'memory' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

/** Wrong histories that are told in full. */
const TOLD = 3;

interface Range {
  readonly first: number;
  readonly last: number;
}

interface Outcome {
  readonly played: number;
  readonly events: number;
  readonly wrong: ReadonlyMap<number, readonly string[]>;
}

/** Plays a range on all cores. */
async function playRange({ first, last }: Range, plant: PlantName | null): Promise<Outcome> {
  const wrong = new Map<number, readonly string[]>();
  let [played, events] = [0, 0];
  const hear = (word: Finding) => {
    if (word.kind === 'wrong') wrong.set(word.seed, word.wrong);
    else {
      played += word.count;
      events += word.events;
      if (process.stderr.isTTY) process.stderr.write(`\r${played} histories`);
    }
  };
  const step = Math.min(Number(values.workers), last - first + 1);
  await Promise.all(
    Array.from({ length: step }, (_, index) => work({ first: first + index, last, step, plant }, hear)),
  );
  return { played, events, wrong };
}

function work(share: Share, hear: (finding: Finding) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
  return new Promise((resolve, reject) => {
    worker.on('message', (word: Word) => {
      if (word.kind !== 'finished') hear(word);
      // Calls of processes that died wait for an answer for seconds yet.
      else resolve(worker.terminate().then(() => {}));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('a worker ended before its histories')));
  });
}

async function tell(seed: number, openPlace: OpenPlace, plant: PlantName | null): Promise<void> {
  const mistake = plant === null ? {} : plants[plant];
  const short = await shrink(drawHistory(seed), (history) => play(history, openPlace, mistake));
  const lines = [...short.told.map((line) => `  ${line}`), ...short.wrong.map((line) => `! ${line}`)];
  console.log(`seed ${seed}${plant === null ? '' : `, planted ${plant}`}:\n${lines.join('\n')}`);
}

const memory: OpenPlace = (now) => new MemoryPlace(now);

function plantNamed(name: string | undefined): PlantName | null {
  const found = plantNames.find((known) => known === name);
  if (name !== undefined && found === undefined)
    throw new Error(`--plant is one of ${plantNames.join(', ')}`);
  return found ?? null;
}

/** Plays the range and tells what is wrong; whether anything is. */
async function simulate(range: Range, plant: PlantName | null): Promise<boolean> {
  const began = performance.now();
  const { played, events, wrong } = await playRange(range, plant);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { user, system } = process.cpuUsage();
  const cpuSeconds = Math.round((user + system) / 1e6);
  const seeds = [...wrong.keys()].toSorted((a, b) => a - b);
  for (const seed of seeds.slice(0, TOLD)) await tell(seed, memory, plant);
  console.log(
    JSON.stringify({
      ...range,
      plant,
      histories: played,
      events,
      wrong: seeds.length,
      seconds: Number(seconds),
      cpuSeconds,
    }),
  );
  if (seeds.length > TOLD) console.log(`also wrong: ${seeds.slice(TOLD, 50).join(', ')}`);
  return seeds.length > 0;
}

/** Each mistake must be noticed; whether one was not. */
async function simulatePlants({ first, last }: Range): Promise<boolean> {
  let isMissed = false;
  for (const plant of plantNames) {
    let seed = first;
    while (seed <= last && (await play(drawHistory(seed), memory, plants[plant])).wrong.length === 0)
      seed += 1;
    if (seed <= last) await tell(seed, memory, plant);
    else console.log(`NOT NOTICED in ${last - first + 1} histories: ${plant}`);
    isMissed ||= seed > last;
  }
  return isMissed;
}

/** One after another on a real database, and each beside memory: what happens must be the same to the word. */
async function simulatePostgres({ first, last }: Range, plant: PlantName | null): Promise<boolean> {
  const folder = makeClusterFolder();
  await using cluster = new AsyncDisposableStack();
  cluster.defer(() => removeCluster(folder));
  const postgres = cluster.use(await openPostgresPlaces(await clusterPort(folder)));
  const began = performance.now();
  const wrong: number[] = [];
  for (let seed = first; seed <= last; seed += 1) {
    const mistake = plant === null ? {} : plants[plant];
    const played = await play(drawHistory(seed), postgres.open, mistake);
    const other = await play(drawHistory(seed), memory, mistake);
    const at = played.told.findIndex((line, index) => line !== other.told[index]);
    if (at >= 0) console.log(`seed ${seed}: memory has '${other.told[at]}', Postgres '${played.told[at]}'`);
    if (at < 0 && played.wrong.length === 0) continue;
    wrong.push(seed);
    if (played.wrong.length > 0 && wrong.length <= TOLD) await tell(seed, postgres.open, plant);
  }
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  console.log(JSON.stringify({ first, last, store: 'postgres', plant, wrong: wrong.length, seconds }));
  return wrong.length > 0;
}

async function main(): Promise<boolean> {
  const plant = plantNamed(values.plant);
  if (values.seed !== undefined) {
    const seed = Number(values.seed);
    const { told, wrong } = await play(drawHistory(seed), memory, plant === null ? {} : plants[plant]);
    console.log([...told, ...wrong.map((line) => `! ${line}`)].join('\n'));
    return wrong.length > 0;
  }
  const first = Number(values.from);
  const range = { first, last: first + Number(values.seeds) - 1 };
  if (values.planted) return simulatePlants(range);
  if (values.store === 'postgres') return simulatePostgres(range, plant);
  return simulate(range, plant);
}

process.exit((await main()) ? 1 : 0);
