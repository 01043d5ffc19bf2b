import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessions } from '../../db/schema/identity.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { system } from '../support/database.ts';
import { isSignedIn, password, signedUp } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the account page', () => {
  const account = async (browser: Browser) => (await browser.request('/auth/account')).text();
  const signedIn = async (email: string) => {
    const browser = new Browser(server.backend);
    await browser.post('/api/auth/sign-in/email', { email, password });
    return browser;
  };
  const sessionId = async (browser: Browser) => {
    const answer = await browser.request('/trpc/identity.getSession');
    return ((await answer.json()) as { result: { data: { sessionId: string } } }).result.data.sessionId;
  };

  test('is for who is signed in', async () => {
    const answer = await new Browser(server.backend).request('/auth/account');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/auth/sign-in']);
    const ended = await new Browser(server.backend).submit('/auth/account/session/end-others', {});
    expect(ended.headers.get('location')).toBe('/auth/sign-in');
  });

  test('shows where the person is signed in, and signs out there or everywhere else', async () => {
    const { browser, email } = await signedUp(server);
    const [second, third] = [await signedIn(email), await signedIn(email)];
    expect((await account(browser)).match(/Sign out there</g)).toHaveLength(2);
    const id = await sessionId(second);
    const ended = await browser.submit('/auth/account/session/end', { id });
    expect(ended.headers.get('location')).toBe('/auth/account?done=session-ended');
    expect(await isSignedIn(second)).toBe(false);
    const again = await browser.submit('/auth/account/session/end', { id });
    expect([again.status, await again.text()]).toEqual([404, expect.stringContaining('has ended already')]);
    const stranger = await signedUp(server);
    const foreign = await stranger.browser.submit('/auth/account/session/end', {
      id: await sessionId(third),
    });
    expect(foreign.status).toBe(404);
    await browser.submit('/auth/account/session/end-others', {});
    expect([await isSignedIn(third), await isSignedIn(browser)]).toEqual([false, true]);
    expect(await account(browser)).not.toContain('Sign out everywhere else');
  });

  test('changes nothing for a form of another page', async () => {
    const { browser, email } = await signedUp(server);
    const other = await signedIn(email);
    for (const origin of ['https://evil.example', 'null', 'https://app.example.com'])
      await browser.submit('/auth/account/session/end-others', {}, { origin });
    expect(await isSignedIn(other)).toBe(true);
  });

  test('gives new backup codes for the password, once; the old ones no longer work', async () => {
    const { browser, email } = await signedUp(server);
    const wrong = await browser.submit('/auth/account/authenticator', { password: 'not this at all' });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('The password is not right.'),
    ]);
    const setup = await (await browser.submit('/auth/account/authenticator', { password })).text();
    const uri = /otpauth:[^"]+/.exec(setup)?.[0].replaceAll('&amp;', '&') ?? '';
    expect(setup).toContain('<svg');
    const codes = /name="codes" value="([^"]+)"/.exec(setup)?.[1] ?? '';
    const confirm = { code: totp(uri), uri, codes };
    const on = await (await browser.submit('/auth/account/authenticator/confirm', confirm)).text();
    for (const code of codes.split(' ')) expect(on).toContain(`<code>${code}</code>`);
    const renewed = await browser.submit('/auth/account/authenticator/codes', { password });
    const fresh = [...(await renewed.text()).matchAll(/<code>([^<]+)</g)].map(([, code]) => code);
    expect(fresh).toHaveLength(10);
    const enter = async (code = '') => {
      const person = new Browser(server.backend);
      await person.submit('/auth/sign-in', { email, password, next: '' });
      await person.submit('/auth/code', { code, next: '' });
      return isSignedIn(person);
    };
    expect([await enter(codes.split(' ')[0]), await enter(fresh[0])]).toEqual([false, true]);
    await browser.submit('/auth/account/authenticator/off', { password });
    expect(await isSignedIn(await signedIn(email)), 'without a code').toBe(true);
  });

  test('shows no setup that the provider has not made', async () => {
    const { browser } = await signedUp(server);
    for (const uri of ['javascript:alert(1)', 'https://evil.example', 'otpauth://totp/a b', '']) {
      const fields = { code: '000000', uri, codes: 'a-b' };
      const answer = await browser.submit('/auth/account/authenticator/confirm', fields);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/auth/account']);
    }
  });

  test('sends who has no password to choose one before an authenticator app', async () => {
    const email = `${randomUUID()}@example.com`;
    const browser = new Browser(server.backend);
    await browser.post('/api/auth/sign-in/magic-link', { email });
    await browser.open(await server.mailbox.link(email));
    const page = await account(browser);
    expect(page).toContain('you have none: <a href="/auth/forgot">choose one</a>');
    expect(page, 'who never said a name').toContain(`<strong>${email.split('@')[0]}</strong>`);
  });

  test('asks who signed in long ago to do so again before a passkey is added', async () => {
    const { browser, email } = await signedUp(server);
    const id = await sessionId(browser);
    await system(({ db }) =>
      db
        .update(sessions)
        .set({ createdAt: new Date(Date.now() - 25 * 60 * 60 * 1000) })
        .where(eq(sessions.id, id)),
    );
    const page = await account(browser);
    expect(page).toContain('<a href="/auth/sign-in?again=yes">sign in again</a>');
    expect(page).not.toContain('Add a passkey');
    expect((await browser.request('/auth/sign-in?again=yes')).status).toBe(200);
    await browser.submit('/auth/sign-in', { email, password, next: 'again=yes' });
    expect(await account(browser)).toContain('Add a passkey');
  });
});
