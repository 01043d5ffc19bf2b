import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oauthResources } from '../../db/schema/oauth.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { until } from '../jobs/harness.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { signedUp } from '../support/signed-up.ts';

const partner = {
  clientId: 'partner',
  name: 'Partner Devices',
  redirectUris: ['https://partner.example.net/callback'],
  postLogoutRedirectUris: ['https://partner.example.net/bye'],
};

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend({ OIDC_CLIENTS: JSON.stringify([partner]) });
});
afterAll(() => server[Symbol.asyncDispose]());

const issuer = 'http://localhost:8787';
const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function authorizeUrl(over: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: 'crm',
    redirect_uri: 'https://app.example.com/auth/callback',
    response_type: 'code',
    scope: 'openid profile email offline_access',
    state: 'xyz',
    nonce: 'n-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...over,
  });
  return `/api/auth/oauth2/authorize?${query}`;
}

const locationOf = (response: Response) => new URL(response.headers.get('location') ?? '', issuer);

async function token(fields: Record<string, string>) {
  const response = await server.backend.http.request('/api/auth/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://elsewhere.example.net' },
    body: new URLSearchParams({ client_id: 'crm', ...fields }),
  });
  return { response, body: (await response.json()) as Record<string, string> };
}

async function code(browser: Browser, over: Record<string, string> = {}): Promise<string> {
  const response = await browser.request(authorizeUrl({ prompt: 'none', ...over }));
  const found = locationOf(response).searchParams.get('code');
  if (found === null) throw new Error(`no code: ${response.status} ${response.headers.get('location')}`);
  return found;
}

const exchange = (value: string, over: Record<string, string> = {}) =>
  token({
    grant_type: 'authorization_code',
    code: value,
    redirect_uri: 'https://app.example.com/auth/callback',
    code_verifier: verifier,
    ...over,
  });

async function tokens(browser: Browser) {
  const { body } = await exchange(await code(browser));
  return body;
}

test('a consent page opened first on a new server knows the site of its configuration', async () => {
  const client = { ...partner, clientId: 'cold-partner', name: 'Cold Partner' };
  await using cold = await testBackend({ OIDC_CLIENTS: JSON.stringify([client]) });
  const page = await new Browser(cold.backend).request('/auth/consent?client_id=cold-partner&scope=openid');
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Sign in to Cold Partner');
});

test('a server whose first sign-in meets that of another one serves it all the same, and from then on', async () => {
  await using other = await testBackend();
  const discover = () => other.backend.http.request('/.well-known/openid-configuration');
  let answer: Promise<Response> | undefined;
  await withSystemScope(await testDatabase(), 'write', async ({ db }) => {
    await db.delete(oauthResources);
    await db.insert(oauthResources).values({ id: 'of-another-process', identifier: issuer, name: issuer });
    answer = Promise.resolve(discover());
    // Until it has come as far as the row, which nobody can see yet.
    await until(async () => (await db.execute(sql`select 1 from pg_locks where not granted`)).length > 0);
  });
  expect((await answer)?.status).toBe(200);
  expect((await discover()).status).toBe(200);
});

describe('discovery', () => {
  test.each(['/.well-known/openid-configuration', '/api/auth/.well-known/openid-configuration'])(
    '%s names the endpoints, the one key set and ES256',
    async (path) => {
      const response = await server.backend.http.request(path);
      expect(await response.json()).toMatchObject({
        issuer,
        jwks_uri: `${issuer}/api/auth/jwks`,
        authorization_endpoint: `${issuer}/api/auth/oauth2/authorize`,
        token_endpoint: `${issuer}/api/auth/oauth2/token`,
        end_session_endpoint: `${issuer}/api/auth/oauth2/end-session`,
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
        backchannel_logout_supported: true,
      });
    },
  );
});

describe('a site of ours', () => {
  test('signs a person in silently who is signed in here, and its token is good at our doors', async () => {
    const { browser, email } = await signedUp(server);
    const { body, response } = await exchange(await code(browser));
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    const keys = (await (await server.backend.http.request('/api/auth/jwks')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(body.id_token ?? '', createLocalJWKSet(keys), {
      issuer,
      audience: 'crm',
    });
    expect(payload).toMatchObject({ nonce: 'n-1', sid: expect.stringMatching(/^ses_/) });
    const userInfo = await server.backend.http.request('/api/auth/oauth2/userinfo', {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(await userInfo.json()).toMatchObject({ email, email_verified: true, sub: payload.sub });
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({ sid: payload.sid, app: 'crm' });
    const session = await server.query('identity.getSession', undefined, { token: body.access_token ?? '' });
    expect(session.data).toMatchObject({ user: { email }, app: 'crm', sessionId: payload.sid });
  });

  test('learns by prompt=none that nobody is signed in, and otherwise sends the person to our page', async () => {
    const browser = new Browser(server.backend);
    const silent = await browser.request(authorizeUrl({ prompt: 'none' }));
    expect(locationOf(silent).searchParams.get('error')).toBe('login_required');
    const loud = await browser.request(authorizeUrl());
    expect(locationOf(loud).pathname).toBe('/auth/sign-in');
  });

  test.each([
    ['another redirect address', { redirect_uri: 'https://evil.example/?x=app.example.com' }],
    ['a longer redirect address', { redirect_uri: 'https://app.example.com/auth/callback/more' }],
    ['an unknown client', { client_id: 'nobody' }],
  ])('gets no code for %s, and nobody is sent there', async (_what, over) => {
    const { browser } = await signedUp(server);
    const response = await browser.request(authorizeUrl(over));
    expect(locationOf(response).origin).toBe(issuer);
    expect(locationOf(response).searchParams.get('code')).toBeNull();
  });

  test('gets no code without PKCE, none for the plain method, and no token for a wrong verifier', async () => {
    const { browser } = await signedUp(server);
    const requests: Record<string, string>[] = [
      { code_challenge: '', code_challenge_method: '' },
      { code_challenge_method: 'plain' },
    ];
    for (const over of requests) {
      const response = await browser.request(authorizeUrl(over));
      expect(locationOf(response).searchParams.get('error')).toBe('invalid_request');
    }
    const wrong = await exchange(await code(browser), {
      code_verifier: randomBytes(32).toString('base64url'),
    });
    expect(wrong.response.status).toBe(401);
  });

  test('can use a code once; using it again revokes what it gave', async () => {
    const { browser } = await signedUp(server);
    const value = await code(browser);
    const first = await exchange(value);
    expect((await exchange(value)).body.error).toBe('invalid_grant');
    const refresh = first.body.refresh_token ?? '';
    expect((await token({ grant_type: 'refresh_token', refresh_token: refresh })).body.error).toBe(
      'invalid_grant',
    );
    const accessToken = first.body.access_token ?? '';
    const refused = await server.query('identity.getSession', undefined, { token: accessToken });
    expect(refused.failure?.code).toBe('auth.expired-token');
    const userInfo = await server.backend.http.request('/api/auth/oauth2/userinfo', {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(userInfo.status).toBe(401);
  });

  test('whose code was used again signs the person in anew: the session itself is untouched', async () => {
    const { browser } = await signedUp(server);
    const value = await code(browser);
    const first = await exchange(value);
    const { sid, iat = 0 } = decodeJwt(first.body.access_token ?? '');
    await exchange(value);
    expect((await browser.request('/trpc/identity.getSession')).status).toBe(200);
    const acts = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
      db
        .select({ operation: auditLog.operation })
        .from(auditLog)
        .where(and(eq(auditLog.subject, String(sid)), eq(auditLog.operation, 'identity.refuseCode'))),
    );
    expect(acts).toHaveLength(1);
    // Tokens tell their age in whole seconds, so one of the same second is refused with those before it.
    await sleep(Math.max(0, (iat + 2) * 1000 - Date.now()));
    const again = await tokens(browser);
    const session = await server.query('identity.getSession', undefined, { token: again.access_token ?? '' });
    expect(session.data).toMatchObject({ sessionId: sid });
    const userInfo = await server.backend.http.request('/api/auth/oauth2/userinfo', {
      headers: { authorization: `Bearer ${again.access_token}` },
    });
    expect(userInfo.status).toBe(200);
  });
});

describe('a refresh token', () => {
  const refresh = (value: string | undefined) =>
    token({ grant_type: 'refresh_token', refresh_token: value ?? '' });

  test('is rotated; within the grace a repetition gets the same answer, and the family lives on', async () => {
    const { browser } = await signedUp(server);
    const first = await tokens(browser);
    const second = await refresh(first.refresh_token);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    const repeated = await refresh(first.refresh_token);
    expect(repeated.body.refresh_token).toBe(second.body.refresh_token);
    const third = await refresh(second.body.refresh_token);
    expect(third.response.status).toBe(200);
    const session = await server.query('identity.getSession', undefined, {
      token: third.body.access_token ?? '',
    });
    expect(session.status).toBe(200);
  });

  test('of another client, or invented, is refused', async () => {
    const { browser } = await signedUp(server);
    const { refresh_token: value = '' } = await tokens(browser);
    const other = await token({ grant_type: 'refresh_token', refresh_token: value, client_id: 'canvas' });
    expect(other.body.error).toBe('invalid_grant');
    expect((await refresh('invented')).body.error).toBe('invalid_grant');
  });

  test('dies with its session, also one with offline_access, in the grace too', async () => {
    const { browser } = await signedUp(server);
    const first = await tokens(browser);
    const second = await refresh(first.refresh_token);
    expect((await browser.post('/trpc/identity.signOut', undefined)).status).toBe(200);
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(second.body.refresh_token)).body.error).toBe('invalid_grant');
    const session = await server.query('identity.getSession', undefined, {
      token: second.body.access_token ?? '',
    });
    expect(session.failure?.code).toBe('auth.revoked');
  });
});

describe('a site of somebody else', () => {
  const partnerRequest = {
    client_id: 'partner',
    redirect_uri: 'https://partner.example.net/callback',
    scope: 'openid email',
  };

  test('gets a code only after the person has allowed it, and then without asking again', async () => {
    const { browser } = await signedUp(server);
    const asked = locationOf(await browser.request(authorizeUrl(partnerRequest)));
    expect(asked.pathname).toBe('/auth/consent');
    const page = await browser.request(asked.pathname + asked.search);
    expect(await page.text()).toContain('Partner Devices');
    const allowed = await browser.submit('/auth/consent', { next: asked.search.slice(1), accept: 'yes' });
    expect(locationOf(allowed).href).toMatch(/^https:\/\/partner\.example\.net\/callback\?code=/);
    const again = await browser.request(authorizeUrl({ ...partnerRequest, prompt: 'none' }));
    expect(locationOf(again).searchParams.get('code')).not.toBeNull();
  });

  test('learns who the person is, and cannot act as them: its token opens no door of ours', async () => {
    const { browser, email } = await signedUp(server);
    const asked = locationOf(await browser.request(authorizeUrl(partnerRequest)));
    const allowed = await browser.submit('/auth/consent', { next: asked.search.slice(1), accept: 'yes' });
    const { client_id, redirect_uri } = partnerRequest;
    const given = await exchange(locationOf(allowed).searchParams.get('code') ?? '', {
      client_id,
      redirect_uri,
    });
    const accessToken = given.body.access_token ?? '';
    const userInfo = await server.backend.http.request('/api/auth/oauth2/userinfo', {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect([userInfo.status, await userInfo.json()]).toMatchObject([200, { email }]);
    for (const answer of [
      await server.query('identity.getSession', undefined, { token: accessToken }),
      await server.mutate('organisations.create', { name: 'Taken Over' }, { token: accessToken }),
      await server.mutate('identity.renewToken', undefined, { token: accessToken }),
    ])
      expect([answer.status, answer.failure?.code]).toEqual([401, 'auth.invalid-token']);
  });

  test('learns that the person said no', async () => {
    const { browser } = await signedUp(server);
    const asked = locationOf(await browser.request(authorizeUrl(partnerRequest)));
    const denied = await browser.submit('/auth/consent', { next: asked.search.slice(1), accept: 'no' });
    expect(locationOf(denied).searchParams.get('error')).toBe('access_denied');
  });

  test('cannot have consent by a query it made up', async () => {
    const { browser } = await signedUp(server);
    const forged = authorizeUrl(partnerRequest).split('?')[1] ?? '';
    const answer = await browser.submit('/auth/consent', {
      next: `${forged}&sig=forged&exp=9999999999`,
      accept: 'yes',
    });
    expect(answer.status).toBe(400);
  });
});

describe('the end of a session asked for by a site', () => {
  const endSession = (browser: Browser, fields: Record<string, string>) =>
    browser.request(`/api/auth/oauth2/end-session?${new URLSearchParams(fields)}`);

  test('with its ID token ends it and leads back with the state', async () => {
    const { browser } = await signedUp(server);
    const { id_token: hint = '' } = await tokens(browser);
    const response = await endSession(browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: 'https://app.example.com/',
      state: 's1',
    });
    expect(response.headers.get('location')).toBe('https://app.example.com/?state=s1');
    expect(browser.cookies.size).toBe(0);
    expect(
      locationOf(await browser.request(authorizeUrl({ prompt: 'none' }))).searchParams.get('error'),
    ).toBe('login_required');
  });

  test.each([
    ['no hint', (_tokens: Record<string, string>) => ''],
    ['an access token for a hint', (given: Record<string, string>) => given.access_token ?? ''],
    ['a changed hint', (given: Record<string, string>) => `${given.id_token?.slice(0, -6)}AAAAAA`],
  ])('with %s asks the person first', async (_what, hintOf) => {
    const { browser } = await signedUp(server);
    const given = await tokens(browser);
    const response = await endSession(browser, { id_token_hint: hintOf(given), client_id: 'crm' });
    expect(locationOf(response).pathname).toBe('/auth/sign-out');
    const session = await server.query('identity.getSession', undefined, { token: given.access_token ?? '' });
    expect(session.status).toBe(200);
  });

  test('does not lead to an address that is not registered', async () => {
    const { browser } = await signedUp(server);
    const { id_token: hint = '' } = await tokens(browser);
    const response = await endSession(browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: 'https://evil.example/',
    });
    expect(response.headers.get('location')).toBe('/auth/signed-out');
  });
});

describe('a bearer at our doors is refused that is', () => {
  const bent: Record<string, (given: Record<string, string>) => string | Promise<string>> = {
    'an ID token': ({ id_token = '' }) => id_token,
    'a refresh token': ({ refresh_token = '' }) => refresh_token,
    'an access token with another signature': ({ access_token = '' }) =>
      `${access_token.slice(0, -8)}AAAAAAAA`,
    'an access token whose algorithm is none': ({ access_token = '' }) => {
      const [, payload] = access_token.split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
      return `${header}.${payload}.`;
    },
    'for another audience': ({ access_token = '' }) =>
      server.backend.identity.keyring.sign(
        { ...decodeJwt(access_token), aud: 'https://other.example.net' },
        { typ: 'at+jwt' },
      ),
    'of another issuer': ({ access_token = '' }) =>
      server.backend.identity.keyring.sign(
        { ...decodeJwt(access_token), iss: 'https://other.example.net' },
        { typ: 'at+jwt' },
      ),
    'without a session': ({ access_token = '' }) => {
      const { sid: _sid, ...claims } = decodeJwt(access_token);
      return server.backend.identity.keyring.sign(claims, { typ: 'at+jwt' });
    },
    'of a session that is not its person’s': async ({ access_token = '' }) => {
      const { browser } = await signedUp(server);
      const other = decodeJwt((await tokens(browser)).access_token ?? '');
      return server.backend.identity.keyring.sign(
        { ...decodeJwt(access_token), sid: other.sid },
        { typ: 'at+jwt' },
      );
    },
    'a logout token': ({ access_token = '' }) =>
      server.backend.identity.keyring.sign({ ...decodeJwt(access_token) }, { typ: 'logout+jwt' }),
  };

  test.each(Object.keys(bent))('%s', async (what) => {
    const { browser } = await signedUp(server);
    const token = await bent[what]?.(await tokens(browser));
    const answer = await server.query('identity.getSession', undefined, { token: token ?? '' });
    expect(answer.status).toBe(401);
    expect(['auth.invalid-token', 'auth.revoked', 'auth.expired-token']).toContain(answer.failure?.code);
  });
});
