import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { codeOf, fresh, guardedServer } from './guarded-server.ts';

let server: Awaited<ReturnType<typeof guardedServer>>;
beforeAll(async () => {
  server = await guardedServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('what the library would trip over is refused before it, with a reason', async () => {
  const browser = new Browser(server.backend);
  const revocation = new URLSearchParams({ client_id: '\u0000', token: 'x' });
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  for (const answer of [
    await browser.post('/api/auth/oauth2/consent', { accept: true, oauth_query: ['client_id=crm'] }),
    await browser.post('/api/auth/oauth2/continue', { oauth_query: [[]] }),
    await browser.request('/api/auth/oauth2/revoke', { ...form, body: revocation }),
    await browser.request('/api/auth/oauth2/authorize?client_id=%00'),
  ])
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'request.invalid']);
  const undecodable = await browser.open('/auth/confirm-sign-in?token=x&callbackURL=%2Fx%25');
  expect(undecodable.status).toBe(403);
});

test.each([
  ['a name that is empty', { name: ' ' }],
  ['a name without end', { name: 'x'.repeat(121) }],
  ['a name with a null character', { name: 'a\u0000b' }],
  ['a picture that is a script', { name: 'Robin Example', image: 'javascript:alert(1)' }],
])('%s is refused at sign-up and later', async (_what, profile) => {
  const answer = await new Browser(server.backend).post('/api/auth/sign-up/email', {
    email: fresh(),
    password,
    ...profile,
  });
  const { browser } = await signedUp(server);
  const later = await browser.post('/api/auth/update-user', profile);
  expect([answer.status, later.status]).toEqual([400, 400]);
});

describe('a request with a cookie', () => {
  const call = (cookie: string, headers: Record<string, string>, method = 'POST') =>
    server.backend.http.request(`/trpc/identity.${method === 'POST' ? 'signOut' : 'getSession'}`, {
      method,
      headers: { cookie, 'content-type': 'application/json', ...headers },
    });
  const ours = { origin: 'https://app.example.com', 'x-repspheres-app': 'crm' };

  test.each([
    ['from another origin', { ...ours, origin: 'https://evil.example' }],
    [
      'from an origin that only begins like ours',
      { ...ours, origin: 'https://app.example.com.evil.example' },
    ],
    ['from the null origin', { ...ours, origin: 'null' }],
    ['without an origin', { 'x-repspheres-app': 'crm' }],
    ['without the header that a form cannot send', { origin: ours.origin }],
  ])('%s changes nothing', async (_what, headers) => {
    const { browser } = await signedUp(server);
    const answer = await call(browser.cookieHeader, headers);
    expect(answer.status).toBe(403);
    expect((await browser.request('/trpc/identity.getSession')).status).toBe(200);
  });

  test.each<[string, Record<string, string>, number]>([
    ['without an origin', {}, 403],
    ['without an origin, header or not', { 'x-repspheres-app': 'crm' }, 403],
    ['from another origin, header or not', { ...ours, origin: 'https://evil.example' }, 403],
    ['from an origin of ours', { origin: ours.origin }, 200],
    ['from a page of this server', { origin: 'http://localhost:8787' }, 200],
  ])('to the provider %s is answered as it should', async (_what, headers, status) => {
    const { browser } = await signedUp(server);
    const answer = await server.backend.http.request('/api/auth/sign-out', {
      method: 'POST',
      headers: { cookie: browser.cookieHeader, 'content-type': 'application/json', ...headers },
      body: '{}',
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(await codeOf(answer), 'by our door').toBe('auth.origin-refused');
    const session = await browser.request('/trpc/identity.getSession');
    expect(session.status).toBe(status === 200 ? 401 : 200);
  });

  test('read by a page of another origin tells it nothing', async () => {
    const { browser } = await signedUp(server);
    const answer = await call(browser.cookieHeader, { origin: 'https://evil.example' }, 'GET');
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test.each([
    ['changed', (cookie: string) => cookie.replace(/=./, (start) => (start === '=a' ? '=b' : '=a'))],
    ['unsigned', (cookie: string) => cookie.replace(/\..*$/, '')],
    ['sent twice', (cookie: string) => `${cookie}; ${cookie}`],
  ])('%s proves nobody', async (_what, bend) => {
    const { browser } = await signedUp(server);
    const answer = await call(bend(browser.cookieHeader), {}, 'GET');
    expect(answer.status).toBe(401);
  });

  test('of before a sign-in is not the one of after it', async () => {
    const { browser, email } = await signedUp(server);
    const before = browser.cookies.get('rs.session_token');
    await browser.post('/api/auth/sign-in/email', { email, password });
    expect(browser.cookies.get('rs.session_token')).not.toBe(before);
  });
});

describe('a way back that is not ours is refused:', () => {
  const evil = [
    'https://evil.example/?x=repspheres.com',
    'https://evil.example/?x=https://app.example.com',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://user:secret@app.example.com/',
    '//evil.example/',
    'javascript:alert(1)',
    'http://app.example.com/',
    // Paths of ours at first sight, and `//evil.example/` once dots, tabs or a second encoding are resolved.
    '/.//evil.example/',
    '/a/..//evil.example/',
    '/%09/evil.example/',
    '/%5cevil.example/',
  ];
  test.each(evil)('by our pages, %s', async (redirect) => {
    const page = await server.backend.http.request(`/auth/sign-in?${new URLSearchParams({ redirect })}`);
    expect(page.status).toBe(400);
    const { browser, email } = await signedUp(server);
    const next = new URLSearchParams({ redirect }).toString();
    const answer = await browser.submit('/auth/sign-in', { email, password, next });
    expect(answer.headers.get('location')).toBe('/auth/account');
  });

  test.each(evil)('by the provider, %s', async (back) => {
    const browser = new Browser(server.backend);
    const asked = await browser.post('/api/auth/sign-in/magic-link', { email: fresh(), callbackURL: back });
    expect([asked.status, await codeOf(asked)]).toEqual([403, 'auth.origin-refused']);
    const link = encodeURIComponent(back);
    for (const path of [
      `/auth/confirm-address?token=x&callbackURL=${link}`,
      `/api/auth/reset-password/x?callbackURL=${link}`,
      `/auth/confirm-sign-in?token=x&callbackURL=${link}`,
      `/auth/confirm-sign-in?token=x&callbackURL=/&errorCallbackURL=${link}`,
      `/auth/confirm-sign-in?token=x&callbackURL=/&newUserCallbackURL=${link}`,
    ]) {
      const answer = await browser.open(path);
      expect([answer.status, answer.headers.get('location')], path).toEqual([403, null]);
    }
  });
});

test('the provider’s administration and lists of session tokens are not reachable', async () => {
  const { browser } = await signedUp(server);
  for (const path of [
    'list-sessions',
    'oauth2/create-client',
    'admin/oauth2/create-client',
    'token',
    'update-session',
    'magic-link/verify?token=x',
    'verify-email?token=x',
  ]) {
    expect((await browser.post(`/api/auth/${path}`, {})).status, path).toBe(404);
    expect((await browser.request(`/api/auth/${path}`)).status, path).toBe(404);
  }
});

test('no token, password or cookie of all this was logged', async () => {
  const { browser, email } = await signedUp(server);
  await browser.post('/api/auth/sign-in/email', { email, password: 'a wrong phrase here' });
  await browser.open('/auth/confirm-sign-in?token=supersecrettoken');
  const log = server.lines.join('\n');
  expect(server.lines.length).toBeGreaterThan(0);
  for (const secret of [
    password,
    'a wrong phrase here',
    'supersecrettoken',
    browser.cookies.get('rs.session_token'),
  ]) {
    expect(log).not.toContain(secret);
  }
});

test('behind HTTPS the cookie is for the parent domain, secure, and named so that no plain site can set it', async () => {
  await using secure = await testBackend({
    PUBLIC_URL: 'https://auth.example.com',
    COOKIE_DOMAIN: '.example.com',
  });
  const email = fresh();
  const browser = new Browser(secure.backend);
  await browser.post('/api/auth/sign-up/email', { name: 'Robin Example', email, password });
  const answer = await browser.open(await secure.mailbox.link(email));
  const line = answer.headers.getSetCookie().find((one) => one.startsWith('__Secure-rs.session_token='));
  for (const attribute of ['Domain=.example.com', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) {
    expect(line).toContain(attribute);
  }
  const session = await browser.request('/trpc/identity.getSession');
  expect(session.status).toBe(200);
});
