import { randomUUID } from 'node:crypto';
import { and, asc, eq, isNotNull } from 'drizzle-orm';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { accounts } from '../../db/schema/auth.ts';
import { memberships, users } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { withDeadline } from '../../server/integrations/auth/google.ts';
import { type GooglePerson, startGoogleEmulator } from '../emulators/google.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { password, signedUp } from '../support/signed-up.ts';

const client = { clientId: 'client.apps.googleusercontent.example', clientSecret: 'a-secret-of-the-test' };
const callback = '/api/auth/callback/google';
const scope = new AsyncDisposableStack();
let google: Awaited<ReturnType<typeof startGoogleEmulator>>;
let server: TestBackend;

beforeAll(async () => {
  google = scope.use(
    await startGoogleEmulator({ ...client, redirectUri: `http://localhost:8787${callback}` }),
  );
  server = scope.use(
    await testBackend({ GOOGLE_CLIENT_ID: client.clientId, GOOGLE_CLIENT_SECRET: client.clientSecret }),
  );
});
afterAll(() => scope.disposeAsync());

const someone = (over: Partial<GooglePerson> = {}): GooglePerson => ({
  sub: randomUUID(),
  email: `${randomUUID()}@example.com`,
  email_verified: true,
  name: 'Robin Example',
  ...over,
});

const next = 'redirect=https%3A%2F%2Fapp.example.com%2Fdeals';

/** From our page to Google and back: where a browser stands with Google's answer in its address. */
async function toGoogle(browser: Browser, person: GooglePerson | null): Promise<URL> {
  google.signIn(person);
  const sent = await browser.submit('/auth/google', { next });
  const answer = await fetch(sent.headers.get('location') ?? '', { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}

/** The whole sign-in: where it ends. */
async function signIn(browser: Browser, person: GooglePerson | null): Promise<string> {
  const back = await browser.open((await toGoogle(browser, person)).href);
  return back.headers.get('location') ?? '';
}

const email = async (browser: Browser) => {
  const answer = await browser.request('/trpc/identity.getSession');
  const body = (await answer.json()) as { result?: { data: { user: { email: string } } } };
  return body.result?.data.user.email ?? null;
};
const stored = async (address: string) =>
  withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select({ provider: accounts.providerId, key: accounts.accountId })
      .from(accounts)
      .innerJoin(users, eq(users.id, accounts.userId))
      .where(eq(users.email, address))
      .orderBy(asc(accounts.createdAt)),
  );
const chainOf = async (address: string) => {
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select({ operation: auditLog.operation, detail: auditLog.detail })
      .from(auditLog)
      .innerJoin(memberships, eq(memberships.orgId, auditLog.orgId))
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(users.email, address), isNotNull(auditLog.hash)))
      .orderBy(asc(auditLog.seq)),
  );
  return rows.map(({ operation, detail }) => `${operation} ${detail.method ?? detail.provider}`);
};
const error = (code: string) =>
  expect.stringMatching(new RegExp(`^http://localhost:8787/auth/error\\?error=${code}(&|$)`));
const done = 'https://app.example.com/deals';

test('the button is there only where Google is configured', async () => {
  const page = async (backend: TestBackend) => (await backend.backend.http.request('/auth/sign-in')).text();
  expect(await page(server)).toContain('Sign in with Google');
  await using without = await testBackend();
  expect(await page(without)).not.toContain('Google');
  const refused = await new Browser(without.backend).submit('/auth/google', { next: '' });
  expect(refused.status).toBe(400);
});

describe('a sign-in through Google', () => {
  test('makes the account, leads back, and the next one finds it by Google’s subject', async () => {
    const person = someone();
    const browser = new Browser(server.backend);
    expect(await signIn(browser, person)).toBe(done);
    expect(await email(browser)).toBe(person.email);
    expect(await stored(person.email)).toEqual([{ provider: 'google', key: person.sub }]);
    const moved = { ...person, email: `${randomUUID()}@example.com` };
    const other = new Browser(server.backend);
    expect(await signIn(other, moved)).toBe(done);
    expect(await email(other), 'the address is what it was here').toBe(person.email);
    expect(await chainOf(person.email)).toEqual([
      'identity.addSignInMethod google',
      'identity.signIn social',
      'identity.signIn social',
    ]);
  });

  test('joins the account of the same address when both sides have proved it', async () => {
    const { email: address } = await signedUp(server);
    const browser = new Browser(server.backend);
    expect(await signIn(browser, someone({ email: address }))).toBe(done);
    expect(await email(browser)).toBe(address);
    expect((await stored(address)).map(({ provider }) => provider)).toEqual(['credential', 'google']);
    expect((await chainOf(address)).slice(-2)).toEqual([
      'identity.addSignInMethod google',
      'identity.signIn social',
    ]);
  });

  test('joins nobody’s account by an address that Google has not proved, and makes none for it', async () => {
    const { email: address } = await signedUp(server);
    const browser = new Browser(server.backend);
    expect(await signIn(browser, someone({ email: address, email_verified: false }))).toEqual(
      error('account_not_linked'),
    );
    const unproved = someone({ email_verified: false });
    server.mailbox.sent.length = 0;
    expect(await signIn(browser, unproved)).toEqual(error('address_not_proved'));
    expect(await email(browser)).toBeNull();
    expect([await stored(address), await stored(unproved.email)]).toEqual([[expect.anything()], []]);
    expect(server.mailbox.sent).toEqual([]);
  });

  test('joins no account whose own address nobody has confirmed: its password may be a stranger’s', async () => {
    const address = `${randomUUID()}@example.com`;
    const stranger = new Browser(server.backend);
    await stranger.post('/api/auth/sign-up/email', { name: 'Not Robin', email: address, password });
    const browser = new Browser(server.backend);
    expect(await signIn(browser, someone({ email: address }))).toEqual(error('account_not_linked'));
    expect(await stored(address)).toEqual([expect.objectContaining({ provider: 'credential' })]);
  });

  test('is refused with a state of another browser, none, or one that was used', async () => {
    const [victim, attacker] = [new Browser(server.backend), new Browser(server.backend)];
    const theirs = await toGoogle(attacker, someone());
    await toGoogle(victim, someone());
    const fixed = await victim.open(theirs.href);
    expect(fixed.headers.get('location')).toEqual(error('state_mismatch'));
    const bare = new URL(theirs);
    bare.searchParams.delete('state');
    expect((await attacker.open(bare.href)).headers.get('location')).toEqual(error('state_not_found'));
    expect((await attacker.open(theirs.href)).headers.get('location')).toBe(done);
    const replayed = await attacker.open(theirs.href);
    expect(replayed.headers.get('location')).toEqual(error('(please_restart_the_process|state_mismatch)'));
    expect(await email(victim)).toBeNull();
  });

  test('is refused with a code that was used, or that Google did not give for this attempt', async () => {
    const browser = new Browser(server.backend);
    const first = await toGoogle(browser, someone());
    await browser.open(first.href);
    const thief = new Browser(server.backend);
    for (const code of [
      first.searchParams.get('code') ?? '',
      (await toGoogle(browser, someone())).searchParams.get('code') ?? '',
      '4/none',
    ]) {
      const back = await toGoogle(thief, someone());
      back.searchParams.set('code', code);
      expect((await thief.open(back.href)).headers.get('location')).toEqual(error('invalid_code'));
    }
    expect(await email(thief)).toBeNull();
  });

  test('that the person breaks off at Google ends at a page that says so', async () => {
    const browser = new Browser(server.backend);
    expect(await signIn(browser, null)).toEqual(error('access_denied'));
    const page = await (await browser.request('/auth/error?error=access_denied')).text();
    expect(page).toContain('You did not sign in at Google');
  });

  test('is refused by an ID token alone, whoever signed it', async () => {
    const person = someone();
    const foreign = await generateKeyPair('RS256');
    const tokens = [
      await google.idToken(person),
      await google.idToken(person, 'another-client'),
      await google.idToken(person, client.clientId, foreign.privateKey),
    ];
    for (const token of tokens) {
      const browser = new Browser(server.backend);
      const body = { provider: 'google', idToken: { token } };
      expect((await browser.post('/api/auth/sign-in/social', body)).status).not.toBe(200);
      expect(await email(browser)).toBeNull();
    }
    expect(await stored(person.email)).toEqual([]);
  });

  test('ends at a page that says so when Google does not answer within 10 s', async () => {
    vi.useFakeTimers();
    try {
      const never = withDeadline(() => new Promise<Response>(() => {}), 'https://api.example.com/auth/error');
      const answer = never(new Request(`https://api.example.com${callback}?code=x`));
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await answer).headers.get('location')).toBe(
        'https://api.example.com/auth/error?error=google_unreachable',
      );
    } finally {
      vi.useRealTimers();
    }
  });
});
