import { createHash, randomBytes } from 'node:crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oauthRefreshTokens } from '../../db/schema/oauth.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { within1s } from '../support/members.ts';
import { oidcTokens } from '../support/oidc.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { attackedWorld, type World } from './world.ts';

const callback = 'https://app.example.com/auth/callback';
let world: World;
beforeAll(async () => {
  world = await attackedWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

async function authorize(over: Record<string, string> | [string, string][] = {}): Promise<URL> {
  const base = {
    ...{ client_id: 'crm', redirect_uri: callback, response_type: 'code', scope: 'openid offline_access' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', prompt: 'none' },
  };
  const query = Array.isArray(over)
    ? new URLSearchParams([...Object.entries(base), ...over])
    : new URLSearchParams({ ...base, ...over });
  const answer = await world.robin.browser.request(`/api/auth/oauth2/authorize?${query}`);
  return new URL(answer.headers.get('location') ?? `/status/${answer.status}`, world.backend.url);
}

interface Given {
  readonly error?: string;
  readonly access_token?: string;
  readonly refresh_token?: string;
}

async function token(fields: Record<string, string>): Promise<Given> {
  const response = await world.server.backend.http.request('/api/auth/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: 'crm', ...fields }),
  });
  return (await response.json()) as Given;
}

const code = async () => (await authorize()).searchParams.get('code') ?? '';
const exchange = async (over: Record<string, string>) =>
  token({
    ...{
      grant_type: 'authorization_code',
      code: await code(),
      redirect_uri: callback,
      code_verifier: verifier,
    },
    ...over,
  });

test('the request that the attacks bend is a good one', async () => {
  expect(await exchange({})).toMatchObject({ token_type: 'Bearer' });
});

describe('no code leaves for a redirect address', () => {
  test.each([
    'https://evil.example/?x=app.example.com',
    'https://app.example.com@evil.example/auth/callback',
    'https://app.example.com.evil.example/auth/callback',
    'https://evil.example\\@app.example.com/auth/callback',
    'https://app.example.com/auth/callback/../../evil',
    'https://app.example.com/auth/callback/',
    'https://app.example.com/auth/callback?next=https://evil.example',
    'https://app.example.com/auth/callback#x',
    'https://app.example.com/auth/CALLBACK',
    'https://app.example.com/auth/%63allback',
    'https://app.example.com:8443/auth/callback',
    'http://app.example.com/auth/callback',
    'https://sub.app.example.com/auth/callback',
    'https://app.example.com./auth/callback',
    '//app.example.com/auth/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'com.evil:/auth/callback',
    'https://*.example.com/auth/callback',
    '',
  ])('%s', async (redirectUri) => {
    const went = await authorize({ redirect_uri: redirectUri });
    expect(went.origin).toBe(new URL(world.backend.url).origin);
    expect(went.searchParams.get('code')).toBeNull();
  });

  test('given twice, the second elsewhere', async () => {
    const went = await authorize([['redirect_uri', 'https://evil.example/']]);
    expect([new URL(world.backend.url).host, 'app.example.com']).toContain(went.host);
  });
});

describe('a code is not exchanged', () => {
  test.each<[string, Record<string, string>]>([
    ['with another verifier', { code_verifier: randomBytes(32).toString('base64url') }],
    ['with the challenge for a verifier', { code_verifier: challenge }],
    ['with an empty verifier', { code_verifier: '' }],
    ['for another redirect address', { redirect_uri: 'https://app.example.com/' }],
    ['for another client', { client_id: 'canvas' }],
    ['for an unknown client', { client_id: 'nobody' }],
    ['that was made up', { code: randomBytes(24).toString('base64url') }],
    ['that is a wildcard', { code: '%' }],
    ['as a refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }],
    ['by a grant we do not serve', { grant_type: 'client_credentials' }],
    ['by a password', { grant_type: 'password', username: 'robin@example.com', password: 'x' }],
    ['for a resource elsewhere', { resource: 'https://evil.example' }],
  ])('%s', async (_what, over) => {
    expect((await exchange(over)).error).toMatch(
      /^(invalid_(grant|request|client|target)|unauthorized_client|unsupported_grant_type)$/,
    );
  });

  test('twice at the same time', async () => {
    const value = await code();
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange({ code: value })));
    const given = answers.filter(({ error }) => error === undefined);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { access_token = '', refresh_token = '' } of given) {
      expect((await token({ grant_type: 'refresh_token', refresh_token })).error).toBe('invalid_grant');
      const session = await world.server.query('identity.getSession', undefined, { token: access_token });
      expect(session.failure?.code).toBe('auth.expired-token');
    }
  });
});

test('a refresh token used again after its grace revokes the family, the thief’s tokens too', async () => {
  const { browser } = await signedUp(world.server);
  const { refresh_token: stolen, access_token: first } = await oidcTokens(browser);
  const sessionId = String(decodeJwt(first).sid);
  const refresh = (value = '') => token({ grant_type: 'refresh_token', refresh_token: value });
  const second = await refresh(stolen);
  expect(second.refresh_token).toBeDefined();
  const past = new Date(Date.now() - 60_000);
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db
      .update(oauthRefreshTokens)
      .set({ revoked: past, rotationReplayExpiresAt: past })
      .where(and(eq(oauthRefreshTokens.sessionId, sessionId), isNotNull(oauthRefreshTokens.revoked))),
  );
  const whoIs = () =>
    world.server.query('identity.getSession', undefined, { token: second.access_token ?? '' });
  expect((await whoIs()).status).toBe(200);
  expect((await refresh(stolen)).error).toBe('invalid_grant');
  expect((await refresh(second.refresh_token)).error).toBe('invalid_grant');
  await within1s(async () => (await whoIs()).failure?.code === 'auth.expired-token');
  expect(await refusals(sessionId)).toMatchObject([
    { actClass: 'sign-in', detail: { clientId: 'crm', by: '/oauth2/token' } },
  ]);
});

test('a refresh token of an ended session is no theft: other sessions at the site keep theirs', async () => {
  const { browser: elsewhere, email } = await signedUp(world.server);
  const kept = await oidcTokens(elsewhere);
  const browser = new Browser(world.server.backend);
  await browser.post('/api/auth/sign-in/email', { email, password });
  const late = await oidcTokens(browser);
  await browser.post('/api/auth/sign-out', {});
  const fields = { grant_type: 'refresh_token', refresh_token: late.refresh_token };
  expect((await token(fields)).error).toBe('invalid_grant');
  expect(await token({ ...fields, refresh_token: kept.refresh_token })).toMatchObject({
    token_type: 'Bearer',
  });
});

const refusals = async (sessionId: string) =>
  withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.subject, sessionId), eq(auditLog.operation, 'identity.refuseRefresh'))),
  );
