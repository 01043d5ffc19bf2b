import { expect, test } from 'vitest';
import { silentLogger } from '../../server/core/observe.ts';
import { verifyAccessToken } from '../../server/modules/identity/access-tokens.ts';
import { createIdentity } from '../../server/modules/identity/create-identity.ts';
import { ACCESS_TOKEN_TTL_MS } from '../../server/modules/identity/keyring.ts';
import { MovableClock } from '../jobs/harness.ts';
import { testDatabase, testOrganisation } from '../support/database.ts';

const issuerUrl = 'https://api.example.com';
const STEP_MS = 10_000;
const STEPS = 240;
/** Every 4 minutes, which is more often than a token lives: three keys verify at a time. */
const ROTATE_EVERY = 24;

interface Issued {
  readonly token: string;
  readonly endsAt: number;
}

test('40 minutes of calls through 10 rotations, by two processes whose clocks are 20 s apart, refuse nobody valid', async () => {
  const database = await testDatabase();
  const { userId } = await testOrganisation(database, {});
  const clocks = [new MovableClock(), new MovableClock()] as const;
  clocks[1].advance(20_000);
  const open = (clock: MovableClock) =>
    createIdentity({
      ...{ database, clock, logger: silentLogger, issuer: issuerUrl, supabase: null },
      ...{ secret: 'a-secret-of-the-test-that-is-long-enough', cookieDomain: null, developmentSignIn: true },
    });
  const processes = [await open(clocks[0]), await open(clocks[1])] as const;
  const kids = new Set<unknown>();
  let live: Issued[] = [];
  let checks = 0;

  for (let step = 0; step < STEPS; step += 1) {
    const issuer = processes[step % 2 === 0 ? 0 : 1];
    const rotation = step % ROTATE_EVERY === 0 ? issuer.keyring.rotate() : null;
    const session = await issuer.openSession(`${userId}@example.com`, { app: 'crm', requestId: 'req_test' });
    if (session === null) throw new Error('the account is not there');
    const { accessToken: token, expiresAt: endsAt } = session;
    kids.add(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid);
    live.push({ token, endsAt });
    live = live.filter((one) => one.endsAt > clocks[1].now());
    // The newest, the oldest and one between, on both processes, while the keys may be changing.
    const asked = [live.at(-1), live[0], live[Math.floor(live.length / 2)]].flatMap((one) =>
      one === undefined
        ? []
        : processes.map(({ keyring }, index) =>
            verifyAccessToken(keyring, issuerUrl, one.token, clocks[index] ?? clocks[0]),
          ),
    );
    checks += asked.length;
    await Promise.all(asked);
    await rotation;
    for (const clock of clocks) clock.advance(STEP_MS);
  }
  expect(kids.size, 'keys that signed').toBeGreaterThanOrEqual(9);
  expect(checks).toBe(STEPS * 6);
  expect(STEPS * STEP_MS).toBeGreaterThan(3 * ACCESS_TOKEN_TTL_MS);
}, 120_000);
