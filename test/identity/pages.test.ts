import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { enrol, Passkey } from '../support/passkey.ts';
import { isSignedIn, password, signedUp } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

const next = 'redirect=https%3A%2F%2Fapp.example.com%2Fdeals';

const pages = ['sign-in', 'sign-up', 'link', 'forgot', 'reset?token=t', 'code', 'sign-out', 'signed-out'];

test.each(pages)(
  '/auth/%s has a title, labels for its fields, no script but that of passkeys, and headers that keep it so',
  async (path) => {
    const response = await server.backend.http.request(`/auth/${path}`);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toMatch(/<html lang="en">/);
    expect(text).toMatch(/<h1>[^<]+<\/h1>/);
    for (const [, id] of text.matchAll(/<input id="(\w+)"/g)) expect(text).toContain(`<label for="${id}">`);
    const ours = '<script src="/auth/passkey.js" defer></script>';
    expect(text.replace(ours, '')).not.toMatch(/<script|\son\w+=|style="/i);
    const policy = response.headers.get('content-security-policy')?.split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('script-src http://localhost:8787/auth/passkey.js');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
  },
);

test('a page that is none is said to be none, as a page', async () => {
  const response = await server.backend.http.request('/auth/acount');
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('no such page')]);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('a sign-up with an address that is none says so', async () => {
  const fields = { name: 'Robin', email: 'robin at example', password, next: '' };
  const text = await (await new Browser(server.backend).submit('/auth/sign-up', fields)).text();
  expect(text).toContain('Enter an e-mail address, such as name@example.com.');
  expect(text, 'what was entered stays').toContain('value="robin at example"');
});

test('what a person entered is shown again as text, never as markup', async () => {
  const fields = { email: '"><script>alert(1)</script>', password: 'x', next: '"><img src=x>' };
  const text = await (await new Browser(server.backend).submit('/auth/sign-in', fields)).text();
  expect(text).not.toContain('<script>');
  expect(text).not.toContain('<img');
  expect(text).toContain('role="alert"');
});

describe('by the pages alone a person', () => {
  test('signs in with a password that begins and ends with space, as it was chosen', async () => {
    const [email, spaced] = [`${randomUUID()}@example.com`, `  ${password} `];
    const browser = new Browser(server.backend);
    await browser.post('/api/auth/sign-up/email', { name: 'Robin Example', email, password: spaced });
    await browser.open(await server.mailbox.link(email));
    const other = new Browser(server.backend);
    await other.submit('/auth/sign-in', { email, password: spaced, next: '' });
    expect(await isSignedIn(other)).toBe(true);
  });

  test('signs up, confirms, and is led back to where they were going', async () => {
    const email = `${randomUUID()}@example.com`;
    const browser = new Browser(server.backend);
    const sent = await browser.submit('/auth/sign-up', { name: 'Robin Example', email, password, next });
    expect(await sent.text()).toContain('Check your e-mail');
    const landed = await browser.open(await server.mailbox.link(email));
    expect(landed.headers.get('location')).toBe('https://app.example.com/deals');
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('signs in and out, and who is signed in is led on at once', async () => {
    const { email } = await signedUp(server);
    const browser = new Browser(server.backend);
    const wrong = await browser.submit('/auth/sign-in', { email, password: 'wrong phrase 42', next });
    expect(await wrong.text()).toContain('The e-mail or password is not right.');
    const right = await browser.submit('/auth/sign-in', { email, password, next });
    expect(right.status).toBe(303);
    expect(right.headers.get('location')).toBe('https://app.example.com/deals');
    const again = await browser.request(`/auth/sign-in?${next}`);
    expect(again.headers.get('location')).toBe('https://app.example.com/deals');
    await browser.submit('/auth/sign-out', { next: '' });
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('signs in with a passkey and is led on, for a site to the provider again', async () => {
    const { browser: owner } = await signedUp(server);
    const passkey = new Passkey();
    await enrol(owner, passkey);
    const signIn = async (next: string) => {
      const browser = new Browser(server.backend);
      const asked = await browser.request('/api/auth/passkey/generate-authenticate-options');
      const response = JSON.stringify(passkey.get((await asked.json()) as { challenge: string }));
      const answer = await browser.submit('/auth/passkey', { response, next });
      expect(await isSignedIn(browser)).toBe(true);
      return answer.headers.get('location');
    };
    expect(await signIn(next)).toBe('https://app.example.com/deals');
    const site = 'client_id=crm&response_type=code&prompt=login&sig=x';
    expect(await signIn(site)).toBe('/api/auth/oauth2/authorize?client_id=crm&response_type=code');
    expect(await signIn('redirect=https://evil.example')).toBe('/auth/account');
  });

  test.each([
    ['confirms an address', '/auth/confirm-address', 'Confirm and sign in'],
    ['signs in by a link', '/auth/confirm-sign-in', 'Sign in'],
  ])(
    '%s only by the button of a page of ours: opening the link, or another site, does nothing',
    async (_what, path, text) => {
      const email = `${randomUUID()}@example.com`;
      const browser = new Browser(server.backend);
      const name = 'Robin Example';
      if (path === '/auth/confirm-address')
        await browser.post('/api/auth/sign-up/email', { name, email, password });
      else await browser.post('/api/auth/sign-in/magic-link', { email });
      const link = new URL(await server.mailbox.link(email));
      expect(link.pathname).toBe(path);
      for (let times = 0; times < 2; times += 1) {
        const page = await browser.request(link.pathname + link.search);
        expect(page.status).toBe(200);
        expect(await page.text()).toContain(`<button type="submit">${text}</button>`);
      }
      const fields = { next: link.search.slice(1) };
      const foreign = await browser.submit(path, fields, { origin: 'https://evil.example' });
      expect(foreign.headers.get('location')).toBe('/auth/sign-in');
      expect(await isSignedIn(browser)).toBe(false);
      await browser.submit(path, fields);
      expect(await isSignedIn(browser), 'the link was not spent').toBe(true);
    },
  );

  test('chooses a new password and signs in with it', async () => {
    const { email } = await signedUp(server);
    server.mailbox.sent.length = 0;
    const browser = new Browser(server.backend);
    await browser.submit('/auth/forgot', { email, next: '' });
    const asked = await browser.open(await server.mailbox.link(email));
    const page = new URL(asked.headers.get('location') ?? '');
    expect(page.pathname).toBe('/auth/reset');
    const fresh = 'a wholly new phrase 7';
    const saved = await browser.submit('/auth/reset', { password: fresh, next: page.search.slice(1) });
    expect(await saved.text()).toContain('Your new password is saved');
    const reused = await browser.submit('/auth/reset', { password: fresh, next: page.search.slice(1) });
    expect(reused.status).toBe(400);
    await browser.submit('/auth/sign-in', { email, password: fresh, next: '' });
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('with a second factor enters a code, or a backup code once', async () => {
    const { browser: owner, email } = await signedUp(server);
    const enabled = await owner.post('/api/auth/two-factor/enable', { password });
    const { totpURI, backupCodes } = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
    expect((await owner.post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) })).status).toBe(200);
    const signIn = async (code: string) => {
      const browser = new Browser(server.backend);
      const first = await browser.submit('/auth/sign-in', { email, password, next });
      expect(first.headers.get('location')).toBe(`/auth/code?${next}`);
      expect(await isSignedIn(browser), 'not before the code').toBe(false);
      const second = await browser.submit('/auth/code', { code, next });
      return { browser, second };
    };
    const byCode = await signIn(totp(totpURI, 1));
    expect(byCode.second.headers.get('location')).toBe('https://app.example.com/deals');
    expect(await isSignedIn(byCode.browser)).toBe(true);
    const wrong = await signIn('000000');
    expect(await wrong.second.text()).toContain('This code is not right');
    const backup = backupCodes[0] ?? '';
    expect(await isSignedIn((await signIn(backup)).browser)).toBe(true);
    expect(await isSignedIn((await signIn(backup)).browser), 'used before').toBe(false);
  });

  test('with a second factor is asked for it by a link in a mail too', async () => {
    const { browser: owner, email } = await signedUp(server);
    const enabled = await owner.post('/api/auth/two-factor/enable', { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    await owner.post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) });
    server.mailbox.sent.length = 0;
    const browser = new Browser(server.backend);
    const callbackURL = 'https://app.example.com/deals';
    await browser.post('/api/auth/sign-in/magic-link', { email, callbackURL });
    const opened = await browser.open(await server.mailbox.link(email));
    const page = new URL(opened.headers.get('location') ?? '');
    expect(page.pathname).toBe('/auth/code');
    expect(await isSignedIn(browser), 'not before the code').toBe(false);
    const entered = await browser.submit('/auth/code', {
      code: totp(totpURI, 1),
      next: page.search.slice(1),
    });
    expect(entered.headers.get('location')).toBe(callbackURL);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

test('a form from another page is not taken', async () => {
  const { email } = await signedUp(server);
  const browser = new Browser(server.backend);
  const fields = { email, password, next: '' };
  for (const origin of ['https://evil.example', 'null', 'https://app.example.com']) {
    expect((await browser.submit('/auth/sign-in', fields, { origin })).status).toBe(403);
  }
  expect(await isSignedIn(browser)).toBe(false);
});
