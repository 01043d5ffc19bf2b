import { randomBytes } from 'node:crypto';
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
import {
  askTokens,
  authorizeUrl,
  codeFor,
  exchange,
  issuer,
  locationOf,
  oidcTokens,
} from '../support/oidc.ts';
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

/** A page of another origin, which has no cookie of ours. */
const elsewhere = () => new Browser(server.backend, 'https://elsewhere.example.net');

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
    const { body, response } = await exchange(elsewhere(), await codeFor(browser));
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
    const wrong = await exchange(elsewhere(), await codeFor(browser), {
      code_verifier: randomBytes(32).toString('base64url'),
    });
    expect(wrong.response.status).toBe(401);
  });

  test('can use a code once; using it again revokes what it gave', async () => {
    const { browser } = await signedUp(server);
    const value = await codeFor(browser);
    const first = await exchange(elsewhere(), value);
    expect((await exchange(elsewhere(), value)).body.error).toBe('invalid_grant');
    const refresh = first.body.refresh_token ?? '';
    expect(
      (await askTokens(elsewhere(), { grant_type: 'refresh_token', refresh_token: refresh })).body.error,
    ).toBe('invalid_grant');
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
    const value = await codeFor(browser);
    const first = await exchange(elsewhere(), value);
    const { sid, iat = 0 } = decodeJwt(first.body.access_token ?? '');
    await exchange(elsewhere(), value);
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
    const again = await oidcTokens(browser);
    const session = await server.query('identity.getSession', undefined, { token: again.access_token });
    expect(session.data).toMatchObject({ sessionId: sid });
    const userInfo = await server.backend.http.request('/api/auth/oauth2/userinfo', {
      headers: { authorization: `Bearer ${again.access_token}` },
    });
    expect(userInfo.status).toBe(200);
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
    const given = await exchange(elsewhere(), locationOf(allowed).searchParams.get('code') ?? '', {
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
