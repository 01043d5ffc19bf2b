import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../../server/core/ids.ts';
import type { RunLog } from '../../../server/runs/log.ts';
import { Faults } from './faults.ts';
import { findWrongs, type RunHistory } from './history.ts';
import { reap, runOwner } from './owner.ts';
import { type Random, seededRandom } from './random.ts';
import type { LogStore } from './stores.ts';
import { follow } from './viewer.ts';

/** Applied to every log of a simulation; a mutation is a mistake planted on purpose. */
export type Mutation = (log: RunLog, store: LogStore) => RunLog;

export interface Simulation {
  readonly store: LogStore;
  readonly seed: number;
  readonly runs: number;
  /** Runs in progress together; they share the statements and requests of their process. Default 100. */
  readonly together?: number;
  readonly mutation?: Mutation;
}

export interface SimulationResult {
  readonly runs: number;
  readonly batches: number;
  readonly epochs: number;
  readonly faults: Faults['counts'];
  readonly wrong: { readonly runId: string; readonly wrongs: readonly string[] }[];
}

const PROCESSES = 4;

/** Runs with one to three rival owners each, on four processes, under faults; then looks at every log. */
export async function simulate(options: Simulation): Promise<SimulationResult> {
  const random = seededRandom(options.seed);
  const faults = new Faults(seededRandom(options.seed + 1));
  const processes = Array.from({ length: PROCESSES }, () => openLog(options, faults));
  const calm = openLog(options, null);
  const histories: RunHistory[] = [];
  const next = async () => {
    while (histories.length < options.runs) {
      const history: RunHistory = {
        runId: newId('run'),
        epochs: 0,
        acknowledged: [],
        takeovers: [],
        complaints: [],
        seen: [],
      };
      histories.push(history);
      await simulateRun(history, processes, seededRandom(random.between(0, 2 ** 31)), calm);
    }
  };
  await Promise.all(Array.from({ length: options.together ?? 100 }, next));
  await faults.settled();
  return judge(options.store, histories, faults);
}

function openLog({ store, mutation }: Simulation, faults: Faults | null): RunLog {
  const log = store.openLog(faults);
  return mutation === undefined ? log : mutation(log, store);
}

async function simulateRun(
  history: RunHistory,
  processes: readonly RunLog[],
  random: Random,
  calm: RunLog,
): Promise<void> {
  const pick = () => processes[random.between(0, PROCESSES - 1)] ?? calm;
  const stop = new AbortController();
  const viewer = follow(pick(), history, stop.signal);
  const owners = Array.from({ length: random.between(1, 3) }, async (_, index) => {
    await sleep(index === 0 ? 0 : random.between(1, 40));
    const create = index === 0 || random.chance(0.5);
    await runOwner({ log: pick(), random, history, create });
  });
  await Promise.all(owners);
  await reap(calm, history).catch((error: unknown) => history.complaints.push(String(error)));
  stop.abort();
  await viewer;
}

async function judge(store: LogStore, histories: RunHistory[], faults: Faults): Promise<SimulationResult> {
  const wrong: { runId: string; wrongs: string[] }[] = [];
  const stored = await store.dump(histories.map((history) => history.runId));
  for (const history of histories) {
    const wrongs = findWrongs(history, stored.get(history.runId) ?? []);
    if (wrongs.length > 0) wrong.push({ runId: history.runId, wrongs });
  }
  const batches = histories.reduce((sum, history) => sum + history.acknowledged.length, 0);
  const epochs = histories.reduce((sum, history) => sum + history.epochs, 0);
  return { runs: histories.length, batches, epochs, faults: faults.counts, wrong };
}
