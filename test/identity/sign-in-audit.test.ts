import { randomUUID } from 'node:crypto';
import { and, asc, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, users } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { oidcTokens } from '../support/oidc.ts';
import { enrol, Passkey, signInWith } from '../support/passkey.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { type SupabaseProject, supabaseProject } from '../support/supabase.ts';
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

/** The chain of the person's organisation: the acts in order, with the method, provider or site of each. */
async function chainOf(email: string): Promise<string[]> {
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select({ operation: auditLog.operation, actClass: auditLog.actClass, detail: auditLog.detail })
      .from(auditLog)
      .innerJoin(memberships, eq(memberships.orgId, auditLog.orgId))
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(users.email, email), isNotNull(auditLog.hash)))
      .orderBy(asc(auditLog.seq)),
  );
  expect(new Set(rows.map(({ actClass }) => actClass))).toEqual(new Set(['sign-in']));
  return rows.map(({ operation, detail }) =>
    [operation.replace('identity.', ''), detail.method ?? detail.provider ?? detail.clientId]
      .filter(Boolean)
      .join(' '),
  );
}

const joined = ['addSignInMethod credential', 'signIn email-verification'];
const signIn = async (email: string) => {
  const browser = new Browser(server.backend);
  await browser.post('/api/auth/sign-in/email', { email, password });
  return browser;
};

describe('the audit chain of the person’s organisation holds', () => {
  test('sign-up and sign-in with a password, sign-out, and nothing of a wrong password', async () => {
    const { email } = await signedUp(server);
    await new Browser(server.backend).post('/api/auth/sign-in/email', { email, password: 'not this at all' });
    const browser = await signIn(email);
    await browser.post('/api/auth/sign-out', {});
    expect(await chainOf(email)).toEqual([...joined, 'signIn password', 'signOut']);
  });

  test('a sign-in by magic link', async () => {
    const { email } = await signedUp(server);
    server.mailbox.sent.length = 0;
    const browser = new Browser(server.backend);
    await browser.post('/api/auth/sign-in/magic-link', { email });
    await browser.open(await server.mailbox.link(email));
    expect(await chainOf(email)).toEqual([...joined, 'signIn magic-link']);
  });

  test('the second factor: its enrolment, a wrong code, and one sign-in for the right one', async () => {
    const { browser: owner, email } = await signedUp(server);
    const enabled = await owner.post('/api/auth/two-factor/enable', { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    await owner.post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) });
    const enrolled = [...joined, 'enableSecondFactor', 'replaceSession totp', 'endSession'];
    expect(await chainOf(email)).toEqual(enrolled);
    const browser = await signIn(email);
    await browser.post('/api/auth/two-factor/verify-totp', { code: '000000' });
    const trusting = { code: totp(totpURI, 1), trustDevice: true };
    expect((await browser.post('/api/auth/two-factor/verify-totp', trusting)).status).toBe(200);
    const after = ['passFirstFactor password', 'failSecondFactor', 'signIn totp'];
    expect((await chainOf(email)).slice(enrolled.length)).toEqual(after);
    await browser.post('/api/auth/sign-in/email', { email, password });
    const again = [...after, 'passFirstFactor password'];
    expect((await chainOf(email)).slice(enrolled.length), 'no device is trusted').toEqual(again);
    server.mailbox.sent.length = 0;
    await browser.post('/api/auth/sign-in/magic-link', { email });
    await browser.open(await server.mailbox.link(email));
    expect((await chainOf(email)).at(-1), 'a link is half of a sign-in').toBe('passFirstFactor magic-link');
  });

  test('a passkey: its enrolment, a sign-in with it, its removal, and nothing of one that is refused', async () => {
    const { browser, email } = await signedUp(server);
    const passkey = new Passkey();
    const enrolled = (await (await enrol(browser, passkey)).json()) as { id: string };
    expect(await chainOf(email)).toEqual([...joined, 'addPasskey']);
    const other = new Browser(server.backend);
    expect((await signInWith(other, passkey)).status).toBe(200);
    expect((await signInWith(new Browser(server.backend), passkey, { verifiesPerson: false })).status).toBe(
      400,
    );
    await other.post('/api/auth/passkey/delete-passkey', { id: enrolled.id });
    expect((await signInWith(new Browser(server.backend), passkey)).status).toBe(401);
    expect((await chainOf(email)).slice(joined.length)).toEqual([
      'addPasskey',
      'signIn passkey',
      'removePasskey',
    ]);
  });

  test('a sign-in at a site by OpenID Connect, once a session and site', async () => {
    const { browser, email } = await signedUp(server);
    await oidcTokens(browser);
    await oidcTokens(browser);
    const other = { client_id: 'canvas' };
    await oidcTokens(browser, other);
    expect(await chainOf(email)).toEqual([...joined, 'signInToSite crm', 'signInToSite canvas']);
  });

  test('a sign-in by a Supabase token, with the person and the session it opened', async () => {
    const sub = randomUUID();
    const email = `${sub}@example.com`;
    const token = await project.token({ sub, email, email_verified: true });
    const browser = new Browser(server.backend);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await browser.post('/api/auth/supabase/exchange', undefined, headers);
    const { sessionId, user } = (await answer.json()) as { sessionId: string; user: { id: string } };
    expect(await chainOf(email)).toEqual(['exchangeSupabase']);
    const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
      db.select().from(auditLog).where(eq(auditLog.subject, sessionId)),
    );
    expect(rows).toMatchObject([
      { operation: 'identity.exchangeSupabase', detail: { userId: user.id }, app: 'crm', seq: 1 },
    ]);
    const tampered = { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` };
    expect((await browser.post('/api/auth/supabase/exchange', undefined, tampered)).status).toBe(401);
    expect(await chainOf(email)).toEqual(['exchangeSupabase']);
  });

  test('a changed password and a reset one, with the sessions they end', async () => {
    const { browser, email } = await signedUp(server);
    const fresh = 'a wholly new phrase 7';
    const change = { currentPassword: password, newPassword: fresh, revokeOtherSessions: true };
    expect((await browser.post('/api/auth/change-password', change)).status).toBe(200);
    const changed = [...joined, 'changePassword', 'endSession', 'replaceSession /change-password'];
    expect(await chainOf(email)).toEqual(changed);
    server.mailbox.sent.length = 0;
    await browser.submit('/auth/forgot', { email, next: '' });
    const asked = await browser.open(await server.mailbox.link(email));
    const next = new URL(asked.headers.get('location') ?? '').search.slice(1);
    await browser.submit('/auth/reset', { password: 'yet another phrase 8', next });
    expect((await chainOf(email)).slice(changed.length)).toEqual(['resetPassword', 'endSession']);
  });
});
