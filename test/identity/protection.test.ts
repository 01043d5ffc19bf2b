import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Logger } from '../../server/core/observe.ts';
import { admitAttempt } from '../../server/http/auth-limits.ts';
import type { LimitRequest, RateLimiter } from '../../server/integrations/limits/port.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';

const lines: string[] = [];
const note = (fields: object, text?: string) => lines.push(JSON.stringify(fields) + (text ?? ''));
const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

const secret = 'a-secret-that-two-processes-share-with-each-other';
let server: TestBackend;
beforeAll(async () => {
  server = await testBackend({ TRUSTED_PROXY_HOPS: '1', AUTH_SECRET: secret }, { logger });
});
afterAll(() => server[Symbol.asyncDispose]());

const from = (address: string) => ({ 'x-forwarded-for': address });
const fresh = () => `${randomUUID()}@example.com`;
const signIn = (email: string, address: string, secret = 'not the right phrase') =>
  new Browser(server.backend).post('/api/auth/sign-in/email', { email, password: secret }, from(address));

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

describe('guessing', () => {
  test('at one account from one address ends after ten attempts, for the right password too', async () => {
    const { email } = await signedUp(server);
    const attempts = Array.from({ length: 10 }, () => signIn(email, '203.0.113.7'));
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual(Array(10).fill(401));
    const refused = await signIn(email, '203.0.113.7', password);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await signIn(email, '198.51.100.4', password)).status, 'its owner elsewhere still gets in').toBe(
      200,
    );
  });

  test('cannot go on by other addresses of one IPv6 /64, nor by a forged X-Forwarded-For', async () => {
    const { email } = await signedUp(server);
    await Promise.all(Array.from({ length: 10 }, (_, host) => signIn(email, `2001:db8:1:2::${host}`)));
    expect((await signIn(email, '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await signIn(email, '198.51.100.9, 2001:db8:1:2::77')).status).toBe(429);
  });

  test('for challenges of passkeys costs an address its budget of calls without identity', async () => {
    const asked: LimitRequest[] = [];
    const decision = { allowed: false, limit: 0, remaining: 0, resetsAt: 0, retryAfterMs: 1 };
    const spent: RateLimiter = {
      kind: 'memory',
      consume: async (request) => {
        asked.push(request);
        return decision;
      },
    };
    const attempt = { path: '/passkey/generate-authenticate-options', address: '203.0.113.7', email: null };
    expect(await admitAttempt(spent, attempt)).toBe(decision);
    expect(asked.map(({ rule }) => rule.name)).toEqual(['anonymous']);
  });

  test('as a site is bounded by address and site, and stops that site at no other address', async () => {
    const introspect = (address: string, client: string, basic = false) =>
      server.backend.http.request('/api/auth/oauth2/introspect', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(basic ? { authorization: `Basic ${Buffer.from(`${client}:guess`).toString('base64')}` } : {}),
          ...from(address),
        },
        body: new URLSearchParams({ token: 'x', ...(basic ? {} : { client_id: client }) }),
      });
    const { name } = limitRules.siteClient;
    const spent: LimitRequest[] = [];
    const limiter = server.backend.doors.auth.door.limiter;
    const consume = vi.spyOn(limiter, 'consume').mockImplementation(async (request) => {
      spent.push(request);
      const key = ({ rule, subject }: LimitRequest) => `${rule.name} ${subject}`;
      const count = spent.filter((one) => key(one) === key(request)).length;
      const allowed = request.rule.name !== name || count <= 2;
      return { allowed, limit: 2, remaining: 0, resetsAt: 0, retryAfterMs: 1000 };
    });
    try {
      const codes = [];
      for (const [address, client, basic] of [
        ['203.0.113.60', 'partner', false],
        ['203.0.113.60', 'partner', true],
        ['203.0.113.60', 'partner', false],
        ['203.0.113.61', 'partner', false],
        ['203.0.113.60', 'other', false],
      ] as const)
        codes.push((await introspect(address, client, basic)).status === 429);
      expect(codes).toEqual([false, false, true, false, false]);
      expect(new Set(spent.map(({ rule }) => rule.name))).toEqual(new Set(['site-address', name]));
    } finally {
      consume.mockRestore();
    }
  });

  test.each([
    ['/sign-in/social', 'anonymous'],
    ['/link-social', 'anonymous'],
    ['/callback/google', 'anonymous'],
    ['/verify-email', 'sign-in-address'],
    ['/oauth2/authorize', 'site-address'],
    ['/oauth2/token', 'site-address'],
    ['/oauth2/introspect', 'site-address'],
    ['/oauth2/revoke', 'site-address'],
    ['/oauth2/userinfo', 'site-address'],
  ])('at %s costs an address its budget “%s”', async (path, name) => {
    const asked: string[] = [];
    const decision = { allowed: true, limit: 9, remaining: 8, resetsAt: 0, retryAfterMs: 0 };
    const limiter: RateLimiter = {
      kind: 'memory',
      consume: async ({ rule, subject }) => {
        asked.push(`${rule.name} ${subject}`);
        return decision;
      },
    };
    expect(await admitAttempt(limiter, { path, address: '203.0.113.7', email: null })).toBeNull();
    expect(asked).toEqual([`${name} addr:203.0.113.7`]);
  });

  test.each(['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; json', 'text/plain'])(
    'cannot be sent as %s, in which the budget of the account would not be seen',
    async (type) => {
      const { email } = await signedUp(server);
      const body = new URLSearchParams({ email, password }).toString();
      const answer = await server.backend.http.request('/api/auth/sign-in/email', {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect([answer.status, await codeOf(answer)]).toEqual([400, 'request.invalid']);
    },
  );

  test('is counted however the type of JSON is written', async () => {
    const { email } = await signedUp(server);
    const attempt = () =>
      server.backend.http.request('/api/auth/sign-in/email', {
        method: 'POST',
        headers: { 'content-type': 'APPLICATION/JSON; charset=utf-8', ...from('203.0.113.99') },
        body: JSON.stringify({ email, password: 'not the right phrase' }),
      });
    const statuses = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await attempt()).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });

  test.each([
    ['change-password', { currentPassword: 'not the right phrase', newPassword: 'a wholly new phrase 7' }],
    ['verify-password', { password: 'not the right phrase' }],
    ['two-factor/enable', { password: 'not the right phrase' }],
  ])('the present password at %s in a session ends after ten attempts from anywhere', async (path, body) => {
    const { browser } = await signedUp(server);
    const guess = (at: number) => browser.post(`/api/auth/${path}`, body, from(`203.0.113.${100 + at}`));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => guess(at)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(400));
    expect((await guess(10)).status).toBe(429);
    expect((await browser.request('/trpc/identity.getSession')).status, 'the session lives').toBe(200);
  });

  test('at an unknown account is refused alike, in words and in time', async () => {
    const { email } = await signedUp(server);
    const time = async (address: string, who: string) => {
      const start = performance.now();
      const response = await signIn(who, address);
      return { ms: performance.now() - start, status: response.status, code: await codeOf(response) };
    };
    const known = [];
    const unknown = [];
    for (let i = 0; i < 8; i += 1) {
      known.push(await time(`203.0.113.${20 + i}`, email));
      unknown.push(await time(`203.0.113.${40 + i}`, fresh()));
    }
    const answers = new Set([...known, ...unknown].map(({ status, code }) => `${status} ${code}`));
    expect([...answers]).toEqual(['401 INVALID_EMAIL_OR_PASSWORD']);
    const median = (all: { ms: number }[]) => all.map(({ ms }) => ms).sort((a, b) => a - b)[4] ?? 0;
    expect(median(unknown) / median(known)).toBeGreaterThan(0.5);
    expect(median(unknown) / median(known)).toBeLessThan(2);
  });
});

describe('whether an address has an account is told by no answer of', () => {
  const doors: Record<string, object> = {
    'sign-in/email': { password: 'not the right phrase' },
    'sign-up/email': { name: 'Robin Example', password },
    'sign-in/magic-link': {},
    'request-password-reset': { redirectTo: '/reset' },
    'send-verification-email': {},
  };
  /** Differ from one request to the next, whoever it is about. */
  const passing = new Set(['date', 'x-request-id']);

  test.each(Object.entries(doors))('%s', async (path, fields) => {
    const { email } = await signedUp(server);
    const ask = async (who: string, address: string) => {
      const browser = new Browser(server.backend);
      const response = await browser.post(`/api/auth/${path}`, { email: who, ...fields }, from(address));
      // Ids and instants by their form, the address by its place.
      const body = (await response.text())
        .replaceAll(who, 'ADDRESS')
        .replaceAll(/usr_[0-9a-f]{32}/g, 'USER')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT');
      const headers = [...response.headers].filter(([name]) => !passing.has(name));
      return { status: response.status, body, headers };
    };
    const known = await ask(email, '203.0.113.200');
    const unknown = await ask(fresh(), '203.0.113.201');
    expect(known).toEqual(unknown);
  });
});

describe('a code of an authenticator', () => {
  const enrolled = async () => {
    const { browser: owner, email } = await signedUp(server);
    const enabled = await owner.post('/api/auth/two-factor/enable', { password });
    const { totpURI } = (await enabled.json()) as { totpURI: string };
    const used = totp(totpURI);
    expect((await owner.post('/api/auth/two-factor/verify-totp', { code: used })).status).toBe(200);
    return { email, used, next: totp(totpURI, 1) };
  };
  /** A browser that has proved the password and is asked for the code. */
  const asked = async (email: string, at = server) => {
    const browser = new Browser(at.backend);
    expect((await browser.post('/api/auth/sign-in/email', { email, password })).status).toBe(200);
    return (code: string) => browser.post('/api/auth/two-factor/verify-totp', { code });
  };

  test('is good once: not at a second sign-in, and not after the set-up it was used for', async () => {
    const { email, used, next } = await enrolled();
    const again = await (await asked(email))(used);
    expect([again.status, await codeOf(again)]).toEqual([401, 'INVALID_CODE']);
    expect((await (await asked(email))(next)).status).toBe(200);
    expect((await (await asked(email))(next)).status).toBe(401);
  });

  test('is good once on all processes, at the same moment too', async () => {
    await using other = await testBackend({ TRUSTED_PROXY_HOPS: '1', AUTH_SECRET: secret });
    const { email, next } = await enrolled();
    const entries = await Promise.all([0, 1, 2, 3].map((at) => asked(email, at % 2 === 0 ? server : other)));
    const answers = await Promise.all(entries.map((enter) => enter(next)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });
});

describe('an address with an account and one without get the same answer to', () => {
  test.each([
    ['a sign-up', '/api/auth/sign-up/email', { name: 'Robin Example', password }],
    ['a magic link', '/api/auth/sign-in/magic-link', {}],
    [
      'a password reset',
      '/api/auth/request-password-reset',
      { redirectTo: 'http://localhost:8787/auth/reset' },
    ],
  ])('%s', async (_what, path, fields) => {
    const { email } = await signedUp(server);
    const answers = [];
    for (const who of [email, fresh()]) {
      const response = await new Browser(server.backend).post(path, { email: who, ...fields });
      const text = (await response.text()).replaceAll(who, 'EMAIL');
      answers.push({
        status: response.status,
        text: text.replaceAll(/"(id|createdAt|updatedAt)":"[^"]*"/g, ''),
      });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(200);
  });
});

test('mail to one address is bounded', async () => {
  const email = fresh();
  const send = () => new Browser(server.backend).post('/api/auth/sign-in/magic-link', { email });
  for (let i = 0; i < 5; i += 1) expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(429);
});

test('mail that sign-ins to an address which is not confirmed cause is bounded too; wrong passwords cost none of it', async () => {
  const email = fresh();
  const letters = () => server.mailbox.sent.filter(({ to }) => to === email).length;
  await new Browser(server.backend).post('/api/auth/sign-up/email', { name: 'Mallory', email, password });
  for (let at = 0; at < 3; at += 1) await signIn(email, `198.51.100.${at}`);
  for (let at = 10; at < 16; at += 1) {
    const answer = await signIn(email, `198.51.100.${at}`, password);
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
  }
  await expect.poll(letters).toBe(5);
  await sleep(50);
  expect(letters(), 'and no more').toBe(5);
});

test.each(['password1', 'Qwertyuiop', 'iloveyou1'])(
  '%s, known from breaches, cannot be chosen',
  async (weak) => {
    const answer = await new Browser(server.backend).post('/api/auth/sign-up/email', {
      name: 'Robin Example',
      email: fresh(),
      password: weak,
    });
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'PASSWORD_COMPROMISED']);
  },
);

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
  const log = lines.join('\n');
  expect(lines.length).toBeGreaterThan(0);
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
