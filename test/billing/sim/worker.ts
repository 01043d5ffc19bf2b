import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { drawHistory } from './history.ts';
import { MemoryPlace } from './memory.ts';
import { type PlantName, plants } from './plants.ts';
import { play } from './play.ts';

/** Which histories a worker plays: every `step`th from `first` on. */
export interface Share {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly plant: PlantName | null;
}

export type Finding =
  | { readonly kind: 'played'; readonly count: number; readonly events: number }
  | { readonly kind: 'wrong'; readonly seed: number; readonly wrong: readonly string[] };

/** What a worker says: what it found, and last that it has played all of its share. */
export type Word = Finding | { readonly kind: 'finished' };

/** Histories under way at once: a few wait for the pauses between attempts at a call, which are real. */
const LANES = 24;
const REPORT_EVERY = 200;

// Failures are everyday here, and their stacks cost more than they tell; who tells a history plays it again with them.
Error.stackTraceLimit = 0;

const { first, last, step, plant } = workerData as Share;
const say = (word: Word) => parentPort?.postMessage(word);
let next = first;
let [played, events] = [0, 0];

async function lane(): Promise<void> {
  while (next <= last) {
    const seed = next;
    next += step;
    const result = await play(
      drawHistory(seed),
      (now) => new MemoryPlace(now),
      plant === null ? {} : plants[plant],
    );
    played += 1;
    events += result.events;
    if (result.wrong.length > 0) say({ kind: 'wrong', seed, wrong: result.wrong });
    if (played % REPORT_EVERY === 0) report();
    // A history seldom waits; without this no pause would end before all lanes do, and a call would run out of patience.
    await turn();
  }
}

function report(): void {
  say({ kind: 'played', count: played, events });
  [played, events] = [0, 0];
}

await Promise.all(Array.from({ length: LANES }, lane));
report();
say({ kind: 'finished' });
