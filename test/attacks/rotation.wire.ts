import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { verifyAccessToken } from '../../server/modules/identity/access-tokens.ts';
import { createIdentity } from '../../server/modules/identity/create-identity.ts';
import { postgresKeyStore } from '../../server/modules/identity/key-store.ts';
import { ACCESS_TOKEN_TTL_MS, Keyring } from '../../server/modules/identity/keyring.ts';
import { MovableClock } from '../jobs/harness.ts';
import { runCommand } from '../support/command.ts';
import { testDatabase, testDatabaseUrl, testOrganisation } from '../support/database.ts';
import { atUpgrade, inParams, overHttp } from './doors.ts';
import { attackedWorld, secret } from './world.ts';

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

afterEach(() => {
  vi.useRealTimers();
});

interface Grant {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

test('half an hour at the doors, at a site with a remote key set and at the token endpoint, with a rotation every 4 minutes, refuses nobody valid', async () => {
  await using world = await attackedWorld();
  const { backend, port, robin, server } = world;
  const rotated = await runCommand('rotate-keys', {
    DATABASE_URL: await testDatabaseUrl(),
    AUTH_SECRET: secret,
  });
  expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Published signing key \S+;/) });
  // The command's own process would have the real clock; what it does is done by a keyring of its own.
  const elsewhere = new Keyring({
    store: postgresKeyStore(await testDatabase()),
    secret,
    clock: systemClock,
  });
  await elsewhere.open();
  const site = createRemoteJWKSet(new URL(`${backend.url}/.well-known/jwks.json`));
  vi.useFakeTimers({ toFake: ['Date'] });

  const kids = new Set<unknown>();
  const outcomes: Record<string, number> = {};
  const count = async (what: string, outcome: Promise<string>) => {
    const said = `${what}: ${await outcome}`;
    outcomes[said] = (outcomes[said] ?? 0) + 1;
  };
  const atSite = (token: string) =>
    jwtVerify(token, site, { issuer: backend.url }).then(
      ({ protectedHeader }) => {
        kids.add(protectedHeader.kid);
        return 'ok';
      },
      (error: Error) => error.message,
    );
  const renewed = async (token: string) => {
    const { data, failure } = await server.mutate('identity.renewToken', undefined, { token });
    if (data === undefined) throw new Error(`not renewed: ${failure?.code}`);
    return String(data.accessToken);
  };
  const refreshed = async ({ refresh_token }: Grant): Promise<Grant> => {
    const form = { grant_type: 'refresh_token', client_id: 'crm', refresh_token };
    const response = await fetch(`${backend.url}/api/auth/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    if (response.status !== 200) throw new Error(`not refreshed: ${await response.text()}`);
    return (await response.json()) as Grant;
  };
  const started = Date.now();
  let grant = robin.tokens as Grant;
  let ours = await renewed(grant.access_token);
  /** Tokens no door has seen, shown in their last minute: by then the server remembers nothing of them. */
  const held: { token: string; showAt: number }[] = [];
  for (let minute = 0; minute < 30; minute += 1) {
    held.push({ token: await renewed(ours), showAt: minute + 9 });
    if (minute % 2 === 1) held.push({ token: grant.access_token, showAt: minute + 9 });
    const due = held.filter(({ showAt }) => showAt === minute).map(({ token }) => token);
    const asked = [ours, ...(minute % 2 === 0 ? [grant.access_token] : []), ...due];
    const rotation = minute % 4 === 2 ? elsewhere.rotate() : null;
    await Promise.all([
      ...asked.flatMap((token) => [
        count('over HTTP', overHttp(port, { authorization: `Bearer ${token}` })),
        count('in connectionParams', inParams(port, token)),
        count('at the upgrade', atUpgrade(port, { authorization: `Bearer ${token}` })),
        count('at the site', atSite(token)),
      ]),
      count('ID token at the site', atSite(grant.id_token)),
    ]);
    await rotation;
    vi.setSystemTime(started + (minute + 1) * 60_000);
    [ours, grant] = await Promise.all([renewed(ours), refreshed(grant)]);
  }
  expect(outcomes).toEqual({
    'over HTTP: ok': 76,
    'in connectionParams: ok': 76,
    'at the upgrade: ok': 76,
    'at the site: ok': 76,
    'ID token at the site: ok': 30,
  });
  expect(kids.size, 'keys that signed').toBeGreaterThanOrEqual(8);
}, 60_000);
