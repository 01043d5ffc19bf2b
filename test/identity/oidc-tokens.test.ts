import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { askTokens, authorizeUrl, locationOf, oidcTokens } from '../support/oidc.ts';
import { signedUp } from '../support/signed-up.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A page of another origin, which has no cookie of ours. */
const elsewhere = () => new Browser(server.backend, 'https://elsewhere.example.net');

describe('a refresh token', () => {
  const refresh = (value: string | undefined) =>
    askTokens(elsewhere(), { grant_type: 'refresh_token', refresh_token: value ?? '' });

  test('is rotated; within the grace a repetition gets the same answer, and the family lives on', async () => {
    const { browser } = await signedUp(server);
    const first = await oidcTokens(browser);
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
    const { refresh_token: value } = await oidcTokens(browser);
    const other = await askTokens(elsewhere(), {
      grant_type: 'refresh_token',
      refresh_token: value,
      client_id: 'canvas',
    });
    expect(other.body.error).toBe('invalid_grant');
    expect((await refresh('invented')).body.error).toBe('invalid_grant');
  });

  test('dies with its session, also one with offline_access, in the grace too', async () => {
    const { browser } = await signedUp(server);
    const first = await oidcTokens(browser);
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

describe('the end of a session asked for by a site', () => {
  const endSession = (browser: Browser, fields: Record<string, string>) =>
    browser.request(`/api/auth/oauth2/end-session?${new URLSearchParams(fields)}`);

  test('with its ID token ends it and leads back with the state', async () => {
    const { browser } = await signedUp(server);
    const { id_token: hint } = await oidcTokens(browser);
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
    const given = await oidcTokens(browser);
    const response = await endSession(browser, { id_token_hint: hintOf(given), client_id: 'crm' });
    expect(locationOf(response).pathname).toBe('/auth/sign-out');
    const session = await server.query('identity.getSession', undefined, { token: given.access_token });
    expect(session.status).toBe(200);
  });

  test('does not lead to an address that is not registered', async () => {
    const { browser } = await signedUp(server);
    const { id_token: hint } = await oidcTokens(browser);
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
      const other = decodeJwt((await oidcTokens(browser)).access_token);
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
    const token = await bent[what]?.(await oidcTokens(browser));
    const answer = await server.query('identity.getSession', undefined, { token: token ?? '' });
    expect(answer.status).toBe(401);
    expect(['auth.invalid-token', 'auth.revoked', 'auth.expired-token']).toContain(answer.failure?.code);
  });
});
