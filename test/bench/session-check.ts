import { openDatabase } from '../../db/client.ts';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createIdentity, type RunningIdentity } from '../../server/modules/identity/create-identity.ts';
import { startPrincipalFeed } from '../../server/modules/identity/principal-feed.ts';
import { median } from './median.ts';
import { startBenchPostgres } from './postgres.ts';
import { seedMembers } from './query/seed.ts';

/** `warm`: token and rights are remembered. `rights`: read again, as every 30 s. `token`: proved and rights read, as every 10 min. */
const cases = ['warm', 'rights', 'token'] as const;

export interface SessionCheckRow {
  readonly check: (typeof cases)[number] | 'feed';
  /** CPU of this process for one check, median of the rounds; of `feed` for one second of looking at the announcements. */
  readonly cpuUs: number;
}

const SESSIONS = 200;
const WARM_TIMES = 50;
/** Until the compiler has optimised the path. */
const WARM_UP_ROUNDS = 5;

/** What it costs to know who calls, beside the query itself: token, session row, and the look-out for revocations. */
export async function benchSessionCheck({ rounds = 15 } = {}): Promise<SessionCheckRow[]> {
  await using postgres = await startBenchPostgres();
  const emails = await seedMembers(postgres.url, SESSIONS);
  const pool = { poolSize: 4, slowPoolSize: 1, prepare: true, applicationName: 'bench-session' };
  const database = openDatabase({ url: postgres.url, ...pool });
  const open = () =>
    createIdentity({
      ...{ database, clock: systemClock, logger: silentLogger, issuer: 'http://localhost:8787' },
      ...{ secret: 'x'.repeat(32), cookieDomain: null, developmentSignIn: true, supabase: null },
    });
  try {
    const tokens = await signedIn(await open(), emails);
    const taken: Record<(typeof cases)[number], number>[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      const sample = await measured(await open(), tokens);
      if (round >= 0) taken.push(sample);
    }
    const rows = cases.map((check) => ({ check, cpuUs: rounded(median(taken.map((one) => one[check]))) }));
    return [...rows, { check: 'feed', cpuUs: rounded(await feedCost(database, await open(), tokens)) }];
  } finally {
    await database.close();
  }
}

async function signedIn(identity: RunningIdentity, emails: readonly string[]): Promise<string[]> {
  const tokens: string[] = [];
  for (const email of emails) {
    const session = await identity.openSession(email, { app: 'crm', requestId: 'req_bench' });
    if (session === null) throw new Error(`${email} is not seeded`);
    tokens.push(session.accessToken);
  }
  return tokens;
}

async function measured(identity: RunningIdentity, tokens: readonly string[]) {
  const all = (times: number) => cpuUs(times * tokens.length, () => resolveAll(identity, tokens, times));
  const token = await all(1);
  const warm = await all(WARM_TIMES);
  identity.sessions.forgetAll();
  return { token, warm, rights: await all(1) };
}

async function resolveAll(
  identity: RunningIdentity,
  tokens: readonly string[],
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time += 1)
    for (const token of tokens) await identity.principals.resolve({ token, app: 'crm' });
}

/** CPU of this process while somebody is remembered and announcements are looked at, for one second. */
async function feedCost(
  database: Parameters<typeof startPrincipalFeed>[0]['database'],
  identity: RunningIdentity,
  tokens: readonly string[],
): Promise<number> {
  const seconds = 5;
  const feed = await startPrincipalFeed({ database, sessions: identity.sessions, logger: silentLogger });
  await resolveAll(identity, tokens, 1);
  const spent = await cpuUs(seconds, () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000)));
  await feed.stop();
  return spent;
}

async function cpuUs(times: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) console.table(await benchSessionCheck());
