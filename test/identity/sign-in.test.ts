import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, organisations, sessions, users } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { system } from '../support/database.ts';
import { enrol, Passkey, signInWith } from '../support/passkey.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

const session = async (browser: Browser) => {
  const response = await browser.request('/trpc/identity.getSession');
  const body = (await response.json()) as {
    result?: { data: Record<string, unknown> };
    error?: { data: { failure: { code: string } } };
  };
  return { status: response.status, data: body.result?.data, code: body.error?.data.failure.code };
};

describe('signing up with e-mail and password', () => {
  test('makes the person, their organisation and ownership together, and signs in once the address is confirmed', async () => {
    const { browser, email } = await signedUp(server);
    const { data } = await session(browser);
    expect(data).toMatchObject({
      kind: 'member',
      user: { email, emailVerified: true, displayName: 'Robin Example' },
      organisation: { role: 'owner', name: 'Robin Example' },
      tier: 'repx0',
    });
    const rows = await system(({ db }) =>
      db
        .select({ kind: organisations.kind, role: memberships.role })
        .from(users)
        .innerJoin(memberships, eq(memberships.userId, users.id))
        .innerJoin(organisations, eq(organisations.id, memberships.orgId))
        .where(eq(users.email, email)),
    );
    expect(rows).toEqual([{ kind: 'personal', role: 'owner' }]);
  });

  test('gives a bearer token and a fresh cookie for the cookie alone', async () => {
    const { browser } = await signedUp(server);
    const response = await browser.post('/trpc/identity.renewToken', undefined);
    const { result } = (await response.json()) as { result: { data: { accessToken: string } } };
    expect(response.headers.get('set-cookie')).toMatch(/^rs\.session_token=.*HttpOnly; SameSite=Lax$/);
    const viaBearer = await server.query('identity.getSession', undefined, {
      token: result.data.accessToken,
    });
    expect(viaBearer.data?.sessionId).toBe((await session(browser)).data?.sessionId);
  });
});

describe('signing in', () => {
  test('with the right password opens another session, with a wrong one none', async () => {
    const { email } = await signedUp(server);
    const browser = new Browser(server.backend);
    const wrong = await browser.post('/api/auth/sign-in/email', { email, password: 'not this one at all' });
    expect(wrong.status).toBe(401);
    expect((await session(browser)).code).toBe('auth.required');
    const right = await browser.post('/api/auth/sign-in/email', { email, password });
    expect(right.status).toBe(200);
    expect((await session(browser)).data).toMatchObject({ user: { email } });
  });

  test('by a magic link works once', async () => {
    const { email } = await signedUp(server);
    server.mailbox.sent.length = 0;
    const browser = new Browser(server.backend);
    await browser.post('/api/auth/sign-in/magic-link', { email });
    const link = await server.mailbox.link(email);
    await browser.open(link);
    expect((await session(browser)).data).toMatchObject({ user: { email } });
    const second = new Browser(server.backend);
    await second.open(link);
    expect((await session(second)).code).toBe('auth.required');
  });
});

describe('a passkey', () => {
  const codeOf = async (response: Response) => [
    response.status,
    ((await response.json()) as { code: string }).code,
  ];
  const fresh = () => new Browser(server.backend);

  test('signs its person in by itself, second factor or not, until it is removed', async () => {
    const { browser, email } = await signedUp(server);
    const passkey = new Passkey();
    const { id } = (await (await enrol(browser, passkey)).json()) as { id: string };
    const enabled = await browser.post('/api/auth/two-factor/enable', { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    await browser.post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) });
    const other = fresh();
    expect((await signInWith(other, passkey)).status).toBe(200);
    expect((await session(other)).data).toMatchObject({ user: { email } });
    const stranger = (await signedUp(server)).browser;
    const taken = await stranger.post('/api/auth/passkey/delete-passkey', { id });
    expect(taken.status, 'nobody removes another’s').toBe(401);
    expect((await browser.post('/api/auth/passkey/delete-passkey', { id })).status).toBe(200);
    expect(await codeOf(await signInWith(fresh(), passkey))).toEqual([401, 'PASSKEY_NOT_FOUND']);
    expect((await session(other)).data, 'its sessions go on until they are ended').toBeDefined();
  });

  test('of a device that asks for no PIN, finger or face is neither stored nor taken', async () => {
    const { browser } = await signedUp(server);
    const unverified = { verifiesPerson: false };
    const refused = await enrol(browser, new Passkey(), unverified);
    expect(await codeOf(refused)).toEqual([400, 'PERSON_NOT_VERIFIED']);
    const passkey = new Passkey();
    await enrol(browser, passkey);
    const other = fresh();
    expect(await codeOf(await signInWith(other, passkey, unverified))).toEqual([400, 'PERSON_NOT_VERIFIED']);
    expect((await session(other)).code).toBe('auth.required');
    const asked = await other.request('/api/auth/passkey/generate-authenticate-options');
    expect(await asked.json()).toMatchObject({ userVerification: 'required' });
  });

  test('proves nobody to another origin, for another challenge, a second time, or as a copy left behind', async () => {
    const { browser } = await signedUp(server);
    const passkey = new Passkey();
    await enrol(browser, passkey);
    const failed = [400, 'AUTHENTICATION_FAILED'];
    const elsewhere = { origin: 'https://app.example.com.evil.example' };
    expect(await codeOf(await signInWith(fresh(), passkey, elsewhere))).toEqual(failed);
    const first = fresh();
    const options = await first.request('/api/auth/passkey/generate-authenticate-options');
    const response = passkey.get((await options.json()) as { challenge: string });
    const send = (who: Browser) => who.post('/api/auth/passkey/verify-authentication', { response });
    expect((await send(fresh())).status, 'without the challenge’s cookie').toBe(400);
    const second = fresh();
    await second.request('/api/auth/passkey/generate-authenticate-options');
    expect(await codeOf(await send(second)), 'with the cookie of another challenge').toEqual(failed);
    expect((await send(first)).status).toBe(200);
    expect(await codeOf(await send(first))).toEqual([400, 'CHALLENGE_NOT_FOUND']);
    const copy = passkey.copy();
    expect((await signInWith(fresh(), passkey)).status).toBe(200);
    expect(await codeOf(await signInWith(fresh(), copy)), 'its counter is behind').toEqual(failed);
  });

  test('is added only by who is signed in, lately, and in words and bytes that make sense', async () => {
    const { browser, email } = await signedUp(server);
    const path = '/api/auth/passkey/generate-register-options';
    expect((await fresh().request(path)).status).toBe(401);
    const asked = (await (await browser.request(path)).json()) as { challenge: string };
    const response = new Passkey().create(asked);
    for (const body of [{}, { response: null }, { response: {} }, { response, name: 'x'.repeat(61) }]) {
      const refused = await browser.post('/api/auth/passkey/verify-registration', body);
      expect(await codeOf(refused)).toEqual([400, 'VALIDATION_ERROR']);
    }
    await system(({ db }) =>
      db
        .update(sessions)
        .set({ createdAt: new Date(Date.now() - 25 * 60 * 60 * 1000) })
        .where(eq(sessions.userId, db.select({ id: users.id }).from(users).where(eq(users.email, email)))),
    );
    expect(await codeOf(await browser.request(path))).toEqual([403, 'SESSION_NOT_FRESH']);
  });
});

test('a change of password signs out every other browser, and this one goes on', async () => {
  const { browser, email } = await signedUp(server);
  const other = new Browser(server.backend);
  await other.post('/api/auth/sign-in/email', { email, password });
  const changed = await browser.post('/api/auth/change-password', {
    currentPassword: password,
    newPassword: 'another long phrase 43',
  });
  expect(changed.status).toBe(200);
  expect((await session(other)).code).toBe('auth.required');
  expect((await session(browser)).data).toMatchObject({ user: { email } });
});

test('sign-in and sign-out through the provider are on record in the chain of the organisation', async () => {
  const { browser } = await signedUp(server);
  const opened = (await session(browser)).data as { sessionId: string; organisation: { id: string } };
  await browser.post('/api/auth/sign-out', {});
  const rows = await system(({ db }) =>
    db
      .select({
        operation: auditLog.operation,
        actClass: auditLog.actClass,
        seq: auditLog.seq,
        subject: auditLog.subject,
        detail: auditLog.detail,
      })
      .from(auditLog)
      .where(and(eq(auditLog.orgId, opened.organisation.id), eq(auditLog.subject, opened.sessionId)))
      .orderBy(auditLog.seq),
  );
  const by = (path: string) => expect.objectContaining({ by: path });
  const chained = { actClass: 'sign-in', subject: opened.sessionId };
  expect(rows).toEqual([
    { ...chained, operation: 'identity.signIn', seq: 2, detail: by('/verify-email') },
    { ...chained, operation: 'identity.signOut', seq: 3, detail: by('/sign-out') },
  ]);
});

test('signing out by cookie ends the session and takes the cookie away', async () => {
  const { browser } = await signedUp(server);
  const id = (await session(browser)).data?.sessionId as string;
  const kept = browser.cookieHeader;
  const response = await browser.post('/trpc/identity.signOut', undefined);
  expect(response.status).toBe(200);
  expect(browser.cookies.size).toBe(0);
  const replay = await server.query('identity.getSession', undefined, { headers: { cookie: kept } });
  expect(replay.failure?.code).toBe('auth.required');
  const rows = await system(({ db }) => db.select().from(sessions).where(eq(sessions.id, id)));
  expect(rows[0]?.revokedAt).toBeInstanceOf(Date);
});
