import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { startBenchPostgres } from './postgres.ts';
import { drive, fetchOnce, type LoadResult } from './query/load.ts';
import { seedMembers } from './query/seed.ts';
import { Child } from './sockets/child.ts';

const contenders = ['raw', 'express', 'backend'] as const;
type Contender = (typeof contenders)[number];

export interface QueryRow {
  readonly contender: Contender;
  /** Server CPU for an answered request in microseconds: median, least and most of all rounds. */
  readonly cpuUs: number;
  readonly cpuUsMin: number;
  readonly cpuUsMax: number;
  /** Median over launches and rounds of CPU divided by that of raw in the same round. */
  readonly timesRaw: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly dropped: number;
}

interface Running {
  readonly contender: Contender;
  readonly child: Child;
  readonly port: number;
}

interface Sample extends LoadResult {
  readonly cpuUs: number;
}

const server = new URL('./query/server.ts', import.meta.url);
const issuer = 'http://localhost:8787';
const path = `/trpc/conversations.list?input=${encodeURIComponent('{"limit":25}')}`;
/** So many that no budget of 600 calls a minute is spent within a launch. */
const MEMBERS = 200;
const CONNECTIONS = 32;
/** Until the compiler has optimised every contender's path, however slow the machine is at the time. */
const WARM_UP_REQUESTS = 4_000;
/** As large as the backend's own pool on a server of 100 connections. */
const POOL = 20;

/**
 * Bench (a): `conversations.list` (10 rows) of signed-in members over HTTP, against node:http and Express 5 with
 * postgres.js sending the same statements and validating by the same schemas (query/by-hand.ts says what each does).
 * Floors: CPU <= 1.4 x raw, and <= Express. No compression is asked for. Rounds are short and contenders take turns,
 * so that what else runs on the machine hits all of them.
 */
export async function benchQuery({ launches = 3, rounds = 12, ms = 400 } = {}): Promise<QueryRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'repspheres-bench-data-'));
  try {
    await using postgres = await startBenchPostgres();
    const emails = await seedMembers(postgres.url, MEMBERS);
    const all: Record<Contender, Sample>[] = [];
    for (let launch = 0; launch < launches; launch += 1) {
      all.push(
        ...(await measureLaunch({ databaseUrl: postgres.url, dataDir, issuer }, emails, { rounds, ms })),
      );
    }
    return contenders.map((contender) => rowOf(contender, all, ms));
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Round = Record<Contender, Sample>;

async function measureLaunch(
  plan: { readonly databaseUrl: string; readonly dataDir: string; readonly issuer: string },
  emails: readonly string[],
  { rounds, ms }: { rounds: number; ms: number },
): Promise<Round[]> {
  const children = contenders.map((contender) => ({ contender, child: new Child(server, []) }));
  try {
    const backend = children.find(({ contender }) => contender === 'backend');
    if (backend === undefined) throw new Error('the backend is a contender');
    const port = await backend.child.ask<number>('backend', plan);
    const tokens = await backend.child.ask<string[]>('tokens', { emails });
    const jwks: unknown = await (await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).json();
    const byHand = { databaseUrl: plan.databaseUrl, issuer, jwks, poolSize: POOL };
    const running = await Promise.all(
      children.map(async (one) => ({
        ...one,
        port: one === backend ? port : await one.child.ask<number>(one.contender, byHand),
      })),
    );
    await expectSameAnswers(running, tokens);
    for (const one of running) {
      for (let done = 0; done < WARM_UP_REQUESTS; ) done += (await sample(one, tokens, 500)).answered;
    }
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const samples: Partial<Round> = {};
      for (let turn = 0; turn < running.length; turn += 1) {
        const one = running[(turn + round) % running.length];
        if (one !== undefined) samples[one.contender] = await sample(one, tokens, ms);
      }
      taken.push(samples as Round); // every contender had its turn
    }
    return taken;
  } finally {
    await Promise.all(children.map(({ child }) => child.stop()));
  }
}

async function sample({ child, port }: Running, tokens: readonly string[], ms: number): Promise<Sample> {
  const before = await child.ask<number>('cpuMs');
  const result = await drive({ port, path, tokens, connections: CONNECTIONS, ms });
  const after = await child.ask<number>('cpuMs');
  return { ...result, cpuUs: ((after - before) * 1_000) / Math.max(1, result.answered) };
}

/** Asks every contender as every member, which also warms all caches; throws when one body differs. */
async function expectSameAnswers(running: readonly Running[], tokens: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  for (const token of tokens) {
    const answers = await Promise.all(running.map(({ port }) => fetchOnce(agent, { port, path, token })));
    for (const [index, { status, body }] of answers.entries()) {
      if (status === 200 && body === answers[0]?.body) continue;
      throw new Error(`${running[index]?.contender} answered ${status} ${body.slice(0, 300)}`);
    }
  }
  agent.destroy();
}

function rowOf(contender: Contender, rounds: readonly Round[], ms: number): QueryRow {
  const own = rounds.map((round) => round[contender]);
  const cpu = own.map(({ cpuUs }) => cpuUs);
  const two = (value: number) => Math.round(value * 100) / 100;
  return {
    contender,
    cpuUs: two(median(cpu)),
    cpuUsMin: two(Math.min(...cpu)),
    cpuUsMax: two(Math.max(...cpu)),
    timesRaw: two(median(rounds.map((round) => round[contender].cpuUs / round.raw.cpuUs))),
    perSecond: Math.round((median(own.map(({ answered }) => answered)) * 1_000) / ms),
    p50Ms: two(median(own.map(({ p50Ms }) => p50Ms))),
    p99Ms: two(median(own.map(({ p99Ms }) => p99Ms))),
    dropped: own.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, launches: { type: 'string' } } });
  const rows = await benchQuery({ launches: Number(values.launches ?? 3) });
  if (values.json === true) console.log(JSON.stringify(rows));
  else console.table(rows);
}
