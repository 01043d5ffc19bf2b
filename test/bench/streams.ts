import { parseArgs } from 'node:util';
import { Child } from './sockets/child.ts';
import { type Contender, contenders } from './sockets/token.ts';

export interface StreamRow {
  readonly contender: Contender;
  readonly streams: number;
  /** Delivery in ms from the scheduled time of a token, medians over the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Delivered share of the offered tokens, and followers' tokens that were wrong, missing or out of order. */
  readonly delivered: number;
  readonly wrong: number;
  /** Server CPU for a delivered token, microseconds. */
  readonly cpuUs: number;
}

export interface StreamReport {
  readonly rows: readonly StreamRow[];
  /** The highest number of streams with p99 <= 100 ms and >= 99 % delivered. */
  readonly capacity: Readonly<Record<Contender, number>>;
}

export interface StreamOptions {
  readonly ladder?: readonly number[];
  readonly rounds?: number;
  readonly seconds?: number;
}

const here = new URL('./sockets/', import.meta.url);
const PER_SECOND = 20;
const P99_MS = 100;
const DELIVERED = 0.99;
/** A contender that missed this many steps of the ladder in a row is not asked again in that round. */
const MISSES = 2;

interface Running {
  readonly contender: Contender;
  readonly server: Child;
  readonly client: Child;
  nextSeq: number;
}

type Sample = Omit<StreamRow, 'contender' | 'streams'>;

async function start(contender: Contender, count: number): Promise<Running> {
  const server = new Child(new URL('server.ts', here), [contender]);
  const client = new Child(new URL('clients.ts', here), []);
  const port = await server.ask<number>('listen');
  await client.ask('connect', { contender, port, count });
  while ((await server.ask<number>('sinks')) < count) await new Promise((resolve) => setTimeout(resolve, 50));
  return { contender, server, client, nextSeq: 1 };
}

async function sample(running: Running, streams: number, seconds: number): Promise<Sample> {
  const { contender, server, client, nextSeq: firstSeq } = running;
  await client.ask('begin', { contender, firstSeq });
  const { cpuMs } = await server.ask<{ cpuMs: number }>('emit', {
    streams,
    perSecond: PER_SECOND,
    seconds,
    firstSeq,
  });
  const offered = Math.round(seconds * PER_SECOND) * streams;
  const result = await client.ask<{ received: number; wrong: number; p50: number; p99: number }>('end', {
    contender,
  });
  running.nextSeq += Math.round(seconds * PER_SECOND);
  const { received, wrong, p50, p99 } = result;
  return { p50, p99, wrong, delivered: received / offered, cpuUs: (cpuMs * 1_000) / Math.max(1, received) };
}

function holds(row: { readonly p99: number; readonly delivered: number; readonly wrong: number }): boolean {
  return row.p99 <= P99_MS && row.delivered >= DELIVERED && row.wrong === 0;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

type Samples = Map<string, Sample[]>;

async function round(
  running: readonly Running[],
  ladder: readonly number[],
  seconds: number,
  samples: Samples,
) {
  const misses = new Map<Contender, number>();
  for (const streams of ladder) {
    for (const one of running) {
      if ((misses.get(one.contender) ?? 0) >= MISSES) continue;
      const taken = await sample(one, streams, seconds);
      const key = `${one.contender}/${streams}`;
      samples.set(key, [...(samples.get(key) ?? []), taken]);
      misses.set(one.contender, holds(taken) ? 0 : (misses.get(one.contender) ?? 0) + 1);
    }
  }
}

function rowsOf(ladder: readonly number[], samples: Samples): StreamRow[] {
  return ladder.flatMap((streams) =>
    contenders.flatMap((contender) => {
      const taken = samples.get(`${contender}/${streams}`) ?? [];
      if (taken.length === 0) return [];
      const mid = (key: keyof Sample) => Math.round(median(taken.map((one) => one[key])) * 100) / 100;
      const wrong = taken.reduce((sum, one) => sum + one.wrong, 0);
      return [
        {
          contender,
          streams,
          p50: mid('p50'),
          p99: mid('p99'),
          delivered: mid('delivered'),
          wrong,
          cpuUs: mid('cpuUs'),
        },
      ];
    }),
  );
}

function capacityOf(contender: Contender, rows: readonly StreamRow[]): number {
  return Math.max(
    0,
    ...rows.filter((row) => row.contender === contender && holds(row)).map((row) => row.streams),
  );
}

/** Bench (c), delivery: 20 tokens/s streams from memory, contenders alive together and interleaved. Floors: gateway 1,000 streams, capacity >= 0.9 x Socket.IO. */
export async function benchStreams(options: StreamOptions = {}): Promise<StreamReport> {
  const {
    ladder = [1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000],
    rounds = 2,
    seconds = 1.5,
  } = options;
  const running: Running[] = [];
  try {
    for (const contender of contenders) running.push(await start(contender, Math.max(...ladder)));
    for (const one of running) await sample(one, 500, 1);
    const samples: Samples = new Map();
    for (let n = 0; n < rounds; n += 1) await round(rotated(running, n), ladder, seconds, samples);
    const rows = rowsOf(ladder, samples);
    const capacity = {
      gateway: capacityOf('gateway', rows),
      ws: capacityOf('ws', rows),
      'socket.io': capacityOf('socket.io', rows),
    };
    return { rows, capacity };
  } finally {
    await Promise.all(running.flatMap(({ server, client }) => [server.stop(), client.stop()]));
  }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by % items.length), ...items.slice(0, by % items.length)];
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string' } } });
  const report = await benchStreams({ rounds: Number(values.rounds ?? 2) });
  if (values.json === true) console.log(JSON.stringify(report));
  else {
    console.table(report.rows);
    console.log('capacity', report.capacity);
  }
}
