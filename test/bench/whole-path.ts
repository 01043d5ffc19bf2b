import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bridgeToken, redisMissingReason, startRedisWithBridge } from '../support/redis.ts';
import { PER_SECOND } from './path/scripted.ts';
import { startBenchPostgres } from './postgres.ts';
import { seedMembers } from './query/seed.ts';
import { Child } from './sockets/child.ts';

export interface WholePathRow {
  readonly log: 'postgres' | 'redis';
  /** Whether the followers' sockets end in the process that produces, or in another one on the same database. */
  readonly followers: 'same' | 'other';
  readonly streams: number;
  readonly sockets: number;
  /** From the scheduled time of a token to its arrival, less the flush window in force (40 ms, after 2 s 80 ms); ms. */
  readonly p50BeyondMs: number;
  readonly p99BeyondMs: number;
  /** CPU of the servers (producing and following process) for one token, from the first to the last settled answer; us. */
  readonly serverUsPerToken: number;
  readonly received: number;
  /** Tokens missing, repeated or out of order; streams without their end. */
  readonly wrong: number;
  readonly unfinished: number;
  /** Why it was not measured. */
  readonly skipped: string | null;
}

interface Options {
  readonly streams?: number;
  readonly sockets?: number;
  readonly seconds?: number;
  readonly rows?: readonly string[];
}

const server = new URL('./path/server.ts', import.meta.url);
const clients = new URL('./path/clients.ts', import.meta.url);
const issuer = 'http://localhost:8787';
const MEMBERS = 100;
const CLIENTS = 4;

/** Bench (c), whole path: provider, log, hub or tail, gateway, socket. Floor: p99 <= 100 ms beyond the flush window at 500 streams, 5,000 sockets. */
export async function benchWholePath(options: Options = {}): Promise<WholePathRow[]> {
  const rows: WholePathRow[] = [];
  for (const log of ['postgres', 'redis'] as const) {
    for (const followers of ['same', 'other'] as const) {
      if (options.rows !== undefined && !options.rows.includes(`${log}/${followers}`)) continue;
      const cell = { log, followers, streams: 500, sockets: 5_000, seconds: 6, ...options };
      // One cell that fails leaves the others their results; floors.ts counts it as missed.
      rows.push(await measure(cell).catch((error: unknown) => unmeasured(cell, `failed: ${String(error)}`)));
    }
  }
  return rows;
}

type Cell = Pick<WholePathRow, 'log' | 'followers'> & Required<Omit<Options, 'rows'>>;

function unmeasured({ log, followers, streams, sockets }: Cell, reason: string): WholePathRow {
  const none = {
    p50BeyondMs: Number.NaN,
    p99BeyondMs: Number.NaN,
    serverUsPerToken: Number.NaN,
    received: 0,
    wrong: 0,
    unfinished: 0,
  };
  return { log, followers, streams, sockets, ...none, skipped: reason.slice(0, 200) };
}

async function measure(cell: Cell): Promise<WholePathRow> {
  const { log, followers, streams } = cell;
  const missing = log === 'redis' ? redisMissingReason() : null;
  if (missing !== null) return unmeasured(cell, missing);
  await using postgres = await startBenchPostgres();
  await using redis = log === 'redis' ? await startRedisWithBridge() : null;
  const dataDir = mkdtempSync(join(tmpdir(), 'repspheres-bench-data-'));
  const variables = {
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    RUN_LOG: log,
    ...(redis !== null && {
      UPSTASH_REDIS_REST_URL: redis.bridge.url,
      UPSTASH_REDIS_REST_TOKEN: bridgeToken,
    }),
  };
  const emails = await seedMembers(postgres.url, MEMBERS);
  try {
    return { log, followers, streams, ...(await stream(cell, variables, emails)), skipped: null };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function stream(cell: Cell, variables: Readonly<Record<string, string>>, emails: readonly string[]) {
  const tokens = cell.seconds * PER_SECOND;
  const producer = new Child(server, []);
  const other = cell.followers === 'other' ? new Child(server, []) : null;
  const readers = Array.from({ length: CLIENTS }, () => new Child(clients, []));
  try {
    const producerPort = await producer.ask<number>('start', { variables, issuer, tokens });
    const followerPort =
      other === null ? producerPort : await other.ask<number>('start', { variables, issuer, tokens });
    const bearers = await producer.ask<string[]>('tokens', { emails });
    await Promise.all(
      readers.map((reader, index) =>
        reader.ask('connect', {
          producerPort,
          followerPort,
          localAddress: `127.0.0.${index + 1}`,
          bearers: bearers.filter((_, member) => member % CLIENTS === index),
          streams: cell.streams / CLIENTS,
          idle: (cell.sockets - cell.streams) / CLIENTS,
          tokens,
        }),
      ),
    );
    const servers = other === null ? [producer] : [producer, other];
    const cpuBefore = await cpuUs(servers);
    await producer.ask('go');
    const results = await Promise.all(
      readers.map((reader) =>
        reader.ask<Result>('result', { seconds: cell.seconds + 20, streams: cell.streams / CLIENTS }),
      ),
    );
    const used = (await cpuUs(servers)) - cpuBefore;
    return {
      ...summary(results, cell.streams),
      serverUsPerToken: Math.round(used / (cell.streams * tokens)),
    };
  } finally {
    await Promise.all(
      [producer, ...(other === null ? [] : [other]), ...readers].map((child) => child.stop()),
    );
  }
}

async function cpuUs(servers: readonly Child[]): Promise<number> {
  const used = await Promise.all(servers.map((server) => server.ask<NodeJS.CpuUsage>('cpu')));
  return used.reduce((sum, { user, system }) => sum + user + system, 0);
}

interface Result {
  readonly beyond: readonly number[];
  readonly wrong: number;
  readonly finished: number;
  readonly open: number;
}

function summary(results: readonly Result[], streams: number) {
  const beyond = Float64Array.from(results.flatMap((result) => result.beyond)).sort();
  const sum = (key: 'wrong' | 'finished' | 'open') => results.reduce((total, one) => total + one[key], 0);
  const at = (share: number) =>
    Math.round((beyond[Math.floor(beyond.length * share)] ?? Number.NaN) * 100) / 100;
  return {
    sockets: sum('open'),
    p50BeyondMs: at(0.5),
    p99BeyondMs: at(0.99),
    received: beyond.length,
    wrong: sum('wrong'),
    unfinished: streams - sum('finished'),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      rows: { type: 'string' },
      streams: { type: 'string' },
      sockets: { type: 'string' },
    },
  });
  const rows = await benchWholePath({
    ...(values.rows !== undefined && { rows: values.rows.split(',') }),
    ...(values.streams !== undefined && { streams: Number(values.streams) }),
    ...(values.sockets !== undefined && { sockets: Number(values.sockets) }),
  });
  if (values.json === true) console.log(JSON.stringify(rows));
  else console.table(rows);
}
