import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { type Database, openDatabase } from '../../db/client.ts';
import { sessions } from '../../db/schema/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Actor } from '../../server/core/actor.ts';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createIdentity, type RunningIdentity } from '../../server/modules/identity/create-identity.ts';
import { startPrincipalFeed } from '../../server/modules/identity/principal-feed.ts';
import { median } from './median.ts';
import { startBenchPostgres } from './postgres.ts';
import { seedMembers } from './query/seed.ts';

/**
 * `warm`: credential and rights are remembered. `rights`: read again, as every 30 s. `first`: the credential is proved and
 * the rights read, for a token as every 10 min, for a cookie once in a process.
 */
const cases = ['warm', 'rights', 'first'] as const;
/** A cookie's header is taken apart and its signature checked at every query, which a token's is not. */
const credentials = ['token', 'cookie'] as const;

export interface SessionCheckRow {
  readonly check: `${(typeof credentials)[number]} ${(typeof cases)[number]}` | 'feed';
  /** CPU of this process for one check, median of the rounds; of `feed` for one second of looking at the announcements. */
  readonly cpuUs: number;
}

const SESSIONS = 200;
const WARM_TIMES = 50;
/** Until the compiler has optimised the path. */
const WARM_UP_ROUNDS = 5;

/** What it costs to know who calls, beside the query itself: token or cookie, session row, and the look-out for revocations. */
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
    const held = await signedIn(database, await open(), emails);
    const rows: SessionCheckRow[] = [];
    for (const credential of credentials) {
      const taken: Record<(typeof cases)[number], number>[] = [];
      for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
        const sample = await measured(checks[credential](await open(), held));
        if (round >= 0) taken.push(sample);
      }
      for (const check of cases)
        rows.push({
          check: `${credential} ${check}`,
          cpuUs: rounded(median(taken.map((one) => one[check]))),
        });
    }
    const everyone = checks.token(await open(), held);
    return [...rows, { check: 'feed', cpuUs: rounded(await feedCost(database, everyone)) }];
  } finally {
    await database.close();
  }
}

interface Held {
  readonly tokens: readonly string[];
  /** Cookie headers as browsers of the apps send them. */
  readonly cookies: readonly string[];
}

/** A session a person, reached by a token and by a cookie. */
async function signedIn(
  database: Database,
  identity: RunningIdentity,
  emails: readonly string[],
): Promise<Held> {
  const tokens: string[] = [];
  const cookies: string[] = [];
  for (const email of emails) {
    const session = await identity.openSession(email, { app: 'crm', requestId: 'req_bench' });
    if (session === null) throw new Error(`${email} is not seeded`);
    tokens.push(session.accessToken);
    const token = randomBytes(32).toString('base64url');
    await withSystemScope(database, 'write', ({ db }) =>
      db.update(sessions).set({ token }).where(eq(sessions.id, session.sessionId)),
    );
    const [pair = ''] = identity.cookie.write(token).split(';');
    cookies.push(`theme=dark; ${pair}; _ga=GA1.1.1234567890.1234567890`);
  }
  return { tokens, cookies };
}

interface Checked {
  readonly identity: RunningIdentity;
  readonly people: number;
  /** Everybody's credential once. */
  all(): Promise<void>;
}

/** What the door does with a credential before it asks for the query. */
const checks: Record<(typeof credentials)[number], (identity: RunningIdentity, held: Held) => Checked> = {
  token: (identity, { tokens }) => ({
    identity,
    people: tokens.length,
    async all() {
      for (const token of tokens) known(await identity.principals.resolve({ token, app: 'crm' }));
    },
  }),
  cookie: (identity, { cookies }) => ({
    identity,
    people: cookies.length,
    async all() {
      for (const header of cookies) {
        const session = identity.cookie.read(header);
        known(await identity.principals.resolve({ token: null, session, app: 'crm' }));
      }
    },
  }),
};

function known({ kind }: Actor): void {
  if (kind !== 'member') throw new Error(`a member is taken for ${kind}`);
}

async function measured({ identity, people, all }: Checked) {
  const many = async (times: number) => {
    for (let time = 0; time < times; time += 1) await all();
  };
  const spent = (times: number) => cpuUs(times * people, () => many(times));
  const first = await spent(1);
  const warm = await spent(WARM_TIMES);
  identity.sessions.forgetAll();
  return { first, warm, rights: await spent(1) };
}

/** CPU of this process while somebody is remembered and announcements are looked at, for one second. */
async function feedCost(database: Database, { identity, all }: Checked): Promise<number> {
  const seconds = 5;
  const feed = await startPrincipalFeed({ database, sessions: identity.sessions, logger: silentLogger });
  await all();
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
