import { randomUUID } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteEndedSessions } from '../../db/queries/retention.ts';
import { sessions } from '../../db/schema/identity.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { system } from '../support/database.ts';
import { within1s } from '../support/members.ts';
import { isSignedIn, password, signedUp } from '../support/signed-up.ts';
import { type SupabaseProject, supabaseProject, userIdOf } from '../support/supabase.ts';
import { totp } from '../support/totp.ts';

let project: SupabaseProject;
let server: TestBackend;
beforeAll(async () => {
  project = await supabaseProject();
  server = await testBackend({ SUPABASE_URL: project.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

interface Exchanged {
  readonly accessToken: string;
  readonly user: { readonly id: string };
  readonly code?: string;
}

async function exchange(browser: Browser, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await browser.post('/api/auth/supabase/exchange', undefined, headers);
  return { status: response.status, body: (await response.json()) as Exchanged };
}

const whoIs = async (token: string) => (await server.query('identity.getSession', undefined, { token })).data;

describe('a Supabase access token', () => {
  test('is exchanged for our session of the same user id, as cookie and as bearer', async () => {
    const sub = randomUUID();
    const browser = new Browser(server.backend);
    const { status, body } = await exchange(browser, await project.token({ sub, email: 'sue@example.com' }));
    expect([status, body.user.id]).toEqual([200, userIdOf(sub)]);
    expect(await whoIs(body.accessToken)).toMatchObject({ user: { id: userIdOf(sub) } });
    const byCookie = await browser.request('/trpc/identity.getSession');
    expect(await byCookie.json()).toMatchObject({ result: { data: { user: { id: userIdOf(sub) } } } });
    expect(await whoIs(await project.token({ sub })), 'and goes on being accepted itself').toMatchObject({
      user: { id: userIdOf(sub) },
    });
  });

  test('ends with the session it was exchanged for, however that is ended, and buys none afterwards', async () => {
    const ends: ((browser: Browser, token: string) => Promise<unknown>)[] = [
      (browser) => browser.post('/trpc/identity.signOut', undefined),
      (browser) => browser.post('/api/auth/sign-out', {}),
      (_browser, token) => server.mutate('identity.signOut', undefined, { token }),
    ];
    for (const end of ends) {
      const sub = randomUUID();
      const token = await project.token({ sub, session_id: randomUUID() });
      const [browser, other] = [new Browser(server.backend), new Browser(server.backend)];
      await exchange(browser, token);
      await exchange(other, token);
      expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([true, true]);
      await end(browser, token);
      await within1s(async () => !(await isSignedIn(browser)) && !(await isSignedIn(other)));
      const bearer = await server.query('identity.getSession', undefined, { token });
      expect(bearer.failure?.code).toBe('auth.revoked');
      const again = await exchange(new Browser(server.backend), token);
      expect([again.status, again.body.code]).toEqual([401, 'auth.revoked']);
      const anew = await project.token({ sub, session_id: randomUUID() });
      expect((await exchange(browser, anew)).status, 'a new Supabase sign-in opens one').toBe(200);
    }
  });

  test('buys no session after a new password, nor after the others were signed out', async () => {
    const { browser, email } = await signedUp(server);
    const stolen = await project.token({ sub: randomUUID(), email, email_verified: true });
    expect((await exchange(new Browser(server.backend), stolen)).status).toBe(200);
    await browser.post('/trpc/identity.revokeOtherSessions', undefined);
    expect((await exchange(new Browser(server.backend), stolen)).body.code).toBe('auth.revoked');
    const next = await project.token({ sub: randomUUID(), email, email_verified: true });
    expect((await exchange(new Browser(server.backend), next)).status).toBe(200);
    const change = { currentPassword: password, newPassword: `${password} new`, revokeOtherSessions: true };
    expect((await browser.post('/api/auth/change-password', change)).status).toBe(200);
    expect((await exchange(new Browser(server.backend), next)).body.code).toBe('auth.revoked');
  });

  test('stays refused when what has ended is tidied away, and an open sign-in lasts as long as Supabase’s', async () => {
    const claims = { sub: randomUUID(), session_id: randomUUID() };
    const browser = new Browser(server.backend);
    await exchange(browser, await project.token(claims));
    const past = new Date(Date.now() - 1000);
    const derived = and(eq(sessions.userId, userIdOf(claims.sub)), isNull(sessions.token));
    await system(({ db }) => db.update(sessions).set({ expiresAt: past }).where(derived));
    const later = await project.token(claims);
    expect((await exchange(new Browser(server.backend), later)).status).toBe(200);
    await browser.post('/trpc/identity.signOut', undefined);
    await system((scope) => deleteEndedSessions(scope, new Date(Date.now() + 1000)));
    expect((await exchange(new Browser(server.backend), later)).body.code).toBe('auth.revoked');
  });

  test('enters an account with a second factor only where Supabase has asked for one', async () => {
    const { browser, email } = await signedUp(server);
    const enabled = await browser.post('/api/auth/two-factor/enable', { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    await browser.post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) });
    const claims = { sub: randomUUID(), email, email_verified: true };
    for (const aal of [{}, { aal: 'aal1' }]) {
      const token = await project.token({ ...claims, ...aal });
      const { status, body } = await exchange(new Browser(server.backend), token);
      expect([status, body.code]).toEqual([401, 'auth.second-factor-required']);
      const bearer = await server.query('identity.getSession', undefined, { token });
      expect(bearer.failure?.code).toBe('auth.second-factor-required');
    }
    const both = await project.token({ ...claims, aal: 'aal2' });
    expect((await exchange(new Browser(server.backend), both)).status).toBe(200);
    expect(await whoIs(both)).toMatchObject({ user: { email } });
  });

  test('keeps the session it was exchanged for when that signs out the others', async () => {
    const browser = new Browser(server.backend);
    const token = await project.token({ sub: randomUUID(), session_id: randomUUID() });
    await exchange(browser, token);
    await browser.post('/trpc/identity.revokeOtherSessions', undefined);
    expect((await browser.request('/trpc/identity.getSession')).status).toBe(200);
    expect((await exchange(new Browser(server.backend), token)).body.code).toBe('auth.revoked');
  });

  test.each([
    ['of an anonymous user', { is_anonymous: true }],
    ['of the service', { role: 'service_role' }],
  ])('%s is not exchanged', async (_what, claims) => {
    const token = await project.token({ sub: randomUUID(), ...claims });
    const { status, body } = await exchange(new Browser(server.backend), token);
    expect([status, body.code]).toEqual([401, 'auth.invalid-token']);
  });

  test('that was changed, or is one of ours, is not exchanged', async () => {
    const token = await project.token({ sub: randomUUID() });
    const { token: ours } = await server.signIn();
    for (const bad of [`${token.slice(0, -8)}AAAAAAAA`, ours, 'nonsense']) {
      expect((await exchange(new Browser(server.backend), bad)).status).toBe(401);
    }
  });

  test('is not exchanged for a page of another origin', async () => {
    const browser = new Browser(server.backend, 'https://evil.example');
    const { status, body } = await exchange(browser, await project.token({ sub: randomUUID() }));
    expect([status, body.code]).toEqual([403, 'auth.origin-refused']);
    expect(browser.cookies.size).toBe(0);
  });
});

describe('an e-mail address', () => {
  test('that both sides have proved leads to the account that is here', async () => {
    const { browser, email } = await signedUp(server);
    const mine = (await (await browser.request('/trpc/identity.getSession')).json()) as {
      result: { data: { user: { id: string } } };
    };
    const token = await project.token({ sub: randomUUID(), email, email_verified: true });
    expect(await whoIs(token)).toMatchObject({ user: { id: mine.result.data.user.id } });
  });

  test.each([
    ['it is not proved there', {}],
    ['only metadata, which its owner can edit, says so', { user_metadata: { email_verified: true } }],
  ])('leads to nobody else’s account when %s', async (_what, claims) => {
    const { email } = await signedUp(server);
    const sub = randomUUID();
    const session = await whoIs(await project.token({ sub, email, ...claims }));
    expect(session).toMatchObject({ user: { id: userIdOf(sub), email: null } });
  });

  test('that somebody registered here and never proved is not shared with its owner', async () => {
    const email = `${randomUUID()}@example.com`;
    await new Browser(server.backend).post('/api/auth/sign-up/email', { name: 'Squatter', email, password });
    const sub = randomUUID();
    const session = await whoIs(await project.token({ sub, email, email_verified: true }));
    expect(session).toMatchObject({ user: { id: userIdOf(sub), email: null } });
  });
});
