import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { admitAttempt } from '../../server/http/auth-limits.ts';
import type { LimitRequest, RateLimiter } from '../../server/integrations/limits/port.ts';
import { limitRules } from '../../server/integrations/limits/rules.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';
import { behindProxy, codeOf, fresh, from, guardedServer, wrongPassword } from './guarded-server.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await guardedServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const signIn = (email: string, address: string, secret = wrongPassword) =>
  new Browser(server.backend).post('/api/auth/sign-in/email', { email, password: secret }, from(address));

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
        body: JSON.stringify({ email, password: wrongPassword }),
      });
    const statuses = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await attempt()).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });

  test.each([
    ['change-password', { currentPassword: wrongPassword, newPassword: 'a wholly new phrase 7' }],
    ['verify-password', { password: wrongPassword }],
    ['two-factor/enable', { password: wrongPassword }],
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
    await using other = await testBackend(behindProxy);
    const { email, next } = await enrolled();
    const entries = await Promise.all([0, 1, 2, 3].map((at) => asked(email, at % 2 === 0 ? server : other)));
    const answers = await Promise.all(entries.map((enter) => enter(next)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
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
