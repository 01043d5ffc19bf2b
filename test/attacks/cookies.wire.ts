import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretFor } from '../../server/modules/identity/seal.ts';
import { Browser } from '../support/browser.ts';
import { password } from '../support/signed-up.ts';
import { atUpgrade, type Credentials, overHttp } from './doors.ts';
import { attackedWorld, origin, secret, type World } from './world.ts';

const NAME = 'rs.session_token';
let world: World;
beforeAll(async () => {
  world = await attackedWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const heldBy = (browser: Browser) => browser.cookies.get(NAME) ?? '';
const signedBy = (secret: string, token: string) =>
  encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`);
const ofCookies = secretFor(secret, 'cookies');
const tokenOf = (browser: Browser) => decodeURIComponent(heldBy(browser)).split('.')[0] ?? '';

/** A cookie at the three doors it opens: a query, a mutation, a socket. */
async function everywhere(headers: Credentials): Promise<string[]> {
  const { port } = world;
  const mutation = {
    'content-type': 'application/json',
    'content-length': '0',
    'x-repspheres-app': 'crm',
    ...headers,
  };
  return Promise.all([overHttp(port, headers), overHttp(port, mutation, 'POST'), atUpgrade(port, headers)]);
}
const nobody = ['auth.required', 'auth.required', 'auth.required'];

test('a session’s cookie, from a page of ours, opens every door', async () => {
  const cookie = `${NAME}=${heldBy(world.robin.browser)}`;
  expect(await everywhere({ cookie, origin })).toEqual(['ok', 'ok', 'ok']);
  const forged = `${NAME}=${signedBy(ofCookies, tokenOf(world.robin.browser))}`;
  expect(forged, 'so it is signed, and cases below are as well made').toBe(cookie);
});

describe('a cookie proves nobody', () => {
  test.each<[string, (world: World) => string]>([
    [
      'planted beside the real one (tossed)',
      ({ robin, other }) => `${NAME}=${heldBy(other.browser)}; ${NAME}=${heldBy(robin.browser)}`,
    ],
    ['twice the same', ({ robin }) => `${NAME}=${heldBy(robin.browser)}; ${NAME}=${heldBy(robin.browser)}`],
    ['without a signature', ({ robin }) => `${NAME}=${tokenOf(robin.browser)}`],
    ['with an empty signature', ({ robin }) => `${NAME}=${tokenOf(robin.browser)}.`],
    [
      'signed by another secret',
      ({ robin }) => `${NAME}=${signedBy('x'.repeat(32), tokenOf(robin.browser))}`,
    ],
    [
      'signed by the secret of the keys, not of the cookies',
      ({ robin }) => `${NAME}=${signedBy(secret, tokenOf(robin.browser))}`,
    ],
    [
      'with the signature of somebody else’s',
      ({ robin, other }) =>
        `${NAME}=${tokenOf(robin.browser)}.${decodeURIComponent(heldBy(other.browser)).split('.')[1]}`,
    ],
    [
      'with a session’s id for its token, under our own signature',
      ({ robin }) => `${NAME}=${signedBy(ofCookies, robin.facts.sessionId)}`,
    ],
    ['of a session that was signed out, kept from before', ({ leftCookie }) => `${NAME}=${leftCookie}`],
    ['under the name of HTTPS', ({ robin }) => `__Secure-${NAME}=${heldBy(robin.browser)}`],
    ['under a name that ends alike', ({ robin }) => `x${NAME}=${heldBy(robin.browser)}`],
    ['with an access token in it', ({ robin }) => `${NAME}=${robin.tokens.access_token}`],
    ['that cannot be decoded', () => `${NAME}=%E0%A4%A`],
    ['of 8,000 characters', () => `${NAME}=${'a'.repeat(8_000)}`],
  ])('%s', async (_what, cookie) => {
    expect(await everywhere({ cookie: cookie(world), origin })).toEqual(nobody);
  });
});

describe('a real cookie is not taken', () => {
  const cookie = () => `${NAME}=${heldBy(world.robin.browser)}`;
  const refused = 'auth.origin-refused';

  test.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'https://evil.example/?https://app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.',
    'HTTPS://APP.EXAMPLE.COM',
    'null',
    '',
  ])('from the origin "%s"', async (from) => {
    const answers = await everywhere({ cookie: cookie(), origin: from });
    expect(answers.slice(0, 2)).toEqual([refused, refused]);
    expect(answers[2]).toBe('HTTP 403');
  });

  test('for a mutation without an origin, or without our header', async () => {
    const { port } = world;
    expect(await overHttp(port, { cookie: cookie(), 'x-repspheres-app': 'crm' }, 'POST')).toBe(refused);
    expect(await overHttp(port, { cookie: cookie(), origin }, 'POST')).toBe(refused);
  });

  test('for a query that another site caused', async () => {
    const headers = { cookie: cookie(), 'sec-fetch-site': 'cross-site' };
    expect(await overHttp(world.port, headers)).toBe(refused);
  });

  test('at an upgrade that names no origin, as no browser does', async () => {
    expect(await atUpgrade(world.port, { cookie: cookie() })).toBe('auth.required');
  });

  test('where a bearer token comes too: the token decides, good or bad', async () => {
    const { port, other, robin } = world;
    const { result } = (await (
      await fetch(`${world.backend.url}/trpc/identity.getSession`, {
        headers: { cookie: cookie(), origin, authorization: `Bearer ${other.tokens.access_token}` },
      })
    ).json()) as { result: { data: { user: { id: string } } } };
    expect(result.data.user.id).toBe(other.facts.userId);
    expect(result.data.user.id).not.toBe(robin.facts.userId);
    const bad = { cookie: cookie(), origin, authorization: 'Bearer nonsense' };
    expect([await overHttp(port, bad), await atUpgrade(port, bad)]).toEqual([
      'auth.invalid-token',
      'auth.invalid-token',
    ]);
  });
});

test.each(['token', 'access_token', 'jwt', 'authorization', 'session', 'sid', 'api_key', 'x'])(
  'a token in the address of a socket, as %s, is refused before the upgrade',
  async (name) => {
    expect(await atUpgrade(world.port, { origin }, `?${name}=${await world.bent()}`)).toBe('HTTP 400');
  },
);

test('a session that was planted before the sign-in is not the one that is signed in (fixation)', async () => {
  const attacker = heldBy(world.other.browser);
  const victim = new Browser(world.server.backend, origin);
  victim.cookies.set(NAME, attacker);
  const { email } = world.robin;
  expect((await victim.post('/api/auth/sign-in/email', { email, password })).status).toBe(200);
  expect(heldBy(victim)).not.toBe(attacker);
  expect(tokenOf(victim)).not.toBe(tokenOf(world.other.browser));
  const still = await overHttp(world.port, { cookie: `${NAME}=${attacker}`, origin });
  expect(still, 'and the planted one is still its owner’s alone').toBe('ok');
});
