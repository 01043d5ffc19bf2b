import { createHmac } from 'node:crypto';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../server/core/ids.ts';
import {
  signAccessToken,
  TOKEN_AUDIENCE,
  verifyAccessToken,
} from '../../server/modules/identity/access-tokens.ts';
import { postgresKeyStore } from '../../server/modules/identity/key-store.ts';
import { ACCESS_TOKEN_TTL_MS, Keyring, PUBLISH_AHEAD_MS } from '../../server/modules/identity/keyring.ts';
import { siteLogout } from '../../server/modules/identity/site-logout.ts';
import { MovableClock } from '../jobs/harness.ts';
import { testDatabase } from '../support/database.ts';

const issuer = 'https://api.example.com';
const secret = 'a-secret-of-the-test-that-is-long-enough';
const clock = new MovableClock();
const session = { id: newId('session'), userId: newId('user'), orgId: newId('organisation'), app: 'crm' };
let keyring: Keyring;

async function openKeyring(at = clock): Promise<Keyring> {
  const opened = new Keyring({ store: postgresKeyStore(await testDatabase()), secret, clock: at });
  await opened.open();
  return opened;
}

const verify = (token: string, ring = keyring, at = clock) => verifyAccessToken(ring, issuer, token, at);
const refused = (token: string) => expect(verify(token)).rejects;

beforeAll(async () => {
  keyring = await openKeyring();
});

interface Bent {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey;
}

/** A token signed as ours are, bent in one way. */
async function bent({ header, claims, key }: Bent): Promise<string> {
  const signing = await keyring.signingKey();
  const now = Math.floor(clock.now() / 1000);
  const payload = {
    sid: session.id,
    org: session.orgId,
    app: session.app,
    sub: session.userId,
    iss: issuer,
    aud: TOKEN_AUDIENCE,
    iat: now,
    exp: now + 600,
    ...claims,
  };
  const protectedHeader = { alg: 'ES256', kid: signing.kid, typ: 'at+jwt', ...header };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key ?? signing.key);
}

describe('an access token', () => {
  test('of ours names user, session, organisation, app and end', async () => {
    const { accessToken, expiresAt } = await signAccessToken(keyring, issuer, session, clock);
    expect(await verify(accessToken)).toEqual({
      userId: session.userId,
      sessionId: session.id,
      orgId: session.orgId,
      app: 'crm',
      expiresAt,
    });
    expect(await verify(await bent({}))).toMatchObject({ userId: session.userId });
  });

  test.each<[string, Bent]>([
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['another audience', { claims: { aud: 'someone-else' } }],
    ['another type', { header: { typ: 'JWT' } }],
    ['an unknown kid', { header: { kid: 'nobody' } }],
    ['no kid', { header: { kid: undefined } }],
    ['a kid that is a path', { header: { kid: '../../etc/passwd' } }],
    ['a kid that is SQL', { header: { kid: "' or 1=1 --" } }],
    ['a critical extension', { header: { crit: ['x'], x: 1 } }],
    ['a start that is still to come', { claims: { nbf: Math.floor(Date.now() / 1000) + 120 } }],
    ['no end', { claims: { exp: undefined } }],
    ['a user id of another kind', { claims: { sub: "usr_'; drop table users" } }],
    ['an organisation id of another kind', { claims: { org: 'org_1' } }],
    ['no session', { claims: { sid: undefined } }],
    ['an unknown app', { claims: { app: 'nowhere' } }],
  ])('with %s is invalid', async (_what, how) => {
    // What cannot even be signed is not a token either.
    const token = await bent(how).catch(() => 'x.y.z');
    await refused(token).toMatchObject({ code: 'auth.invalid-token' });
  });

  test('is expired 30 s after its end, not before', async () => {
    const seconds = Math.floor(clock.now() / 1000);
    await refused(await bent({ claims: { exp: seconds - 31 } })).toMatchObject({
      code: 'auth.expired-token',
    });
    await verify(await bent({ claims: { exp: seconds - 25 } }));
  });

  test('signed by a key of somebody else is invalid, also when it brings that key along', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    await refused(await bent({ key: privateKey })).toMatchObject({ code: 'auth.invalid-token' });
    const jwk = await exportJWK(publicKey);
    await refused(await bent({ key: privateKey, header: { jwk } })).toMatchObject({
      code: 'auth.invalid-token',
    });
    const jku = 'https://evil.example/jwks.json';
    await refused(await bent({ key: privateKey, header: { jku } })).toMatchObject({
      code: 'auth.invalid-token',
    });
  });

  test('without a signature is invalid', async () => {
    const unsigned = new UnsecuredJWT({ sid: session.id, org: session.orgId, app: 'crm' })
      .setSubject(session.userId)
      .setIssuer(issuer)
      .setAudience(TOKEN_AUDIENCE)
      .setExpirationTime('5m')
      .encode();
    await refused(unsigned).toMatchObject({ code: 'auth.invalid-token' });
    const [header, payload] = (await bent({})).split('.');
    await refused(`${header}.${payload}.`).toMatchObject({ code: 'auth.invalid-token' });
  });

  test('keyed by HMAC with our public key as the secret is invalid', async () => {
    const { keys } = await keyring.jwks();
    const jwk = keys[0];
    if (jwk === undefined) throw new Error('no key');
    const spki = await exportSPKI((await importJWK(jwk, 'ES256')) as CryptoKey);
    const [, payload] = (await bent({})).split('.');
    for (const hmacSecret of [spki, JSON.stringify(jwk)]) {
      const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })).toString(
        'base64url',
      );
      const signature = createHmac('sha256', hmacSecret).update(`${header}.${payload}`).digest('base64url');
      await refused(`${header}.${payload}.${signature}`).toMatchObject({ code: 'auth.invalid-token' });
    }
  });

  test('with any part changed is invalid', async () => {
    const [header = '', payload = '', signature = ''] = (await bent({})).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...claims, org: newId('organisation') })).toString(
      'base64url',
    );
    await refused(`${header}.${other}.${signature}`).toMatchObject({ code: 'auth.invalid-token' });
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    await refused(`${header}.${payload}.${flipped}`).toMatchObject({ code: 'auth.invalid-token' });
  });

  test.each(['', 'x', 'a.b', 'a.b.c.d', '....', 'eyJhbGciOiJFUzI1NiJ9..', '💥.💥.💥', 'x'.repeat(100_000)])(
    'that is %.12s is invalid',
    async (text) => {
      await refused(text).toMatchObject({ code: 'auth.invalid-token' });
    },
  );
});

describe('rotation', () => {
  test('publishes a key before it signs, and the old one verifies until its last token ended', async () => {
    const at = new MovableClock();
    const here = await openKeyring(at);
    const there = await openKeyring(at);
    const before = await signAccessToken(here, issuer, session, at);
    const oldKid = (await here.signingKey()).kid;

    const newKid = await here.rotate();
    expect((await here.jwks()).keys.map(({ kid }) => kid).sort()).toEqual([oldKid, newKid].sort());
    expect((await here.signingKey()).kid).toBe(oldKid);

    at.advance(PUBLISH_AHEAD_MS + 1000);
    expect((await here.signingKey()).kid).toBe(newKid);
    expect((await there.signingKey()).kid).toBe(newKid);
    const after = await signAccessToken(here, issuer, session, at);
    await verify(before.accessToken, there, at);
    await verify(after.accessToken, there, at);

    at.advance(ACCESS_TOKEN_TTL_MS + PUBLISH_AHEAD_MS);
    expect((await here.jwks()).keys.map(({ kid }) => kid)).toEqual([newKid]);
    await expect(verify(before.accessToken, there, at)).rejects.toMatchObject({
      code: 'auth.invalid-token',
    });
  });

  test('of a process that does not know the new key yet is met by looking it up', async () => {
    const at = new MovableClock();
    const late = await openKeyring(at);
    const fast = await openKeyring(at);
    await fast.rotate();
    const ahead = new MovableClock();
    ahead.advance(PUBLISH_AHEAD_MS + 1000);
    at.advance(3_000);
    const early = await openKeyring(ahead);
    const token = await signAccessToken(early, issuer, session, ahead);
    expect(await late.verificationKey(kidOf(token.accessToken))).not.toBeNull();
  });

  test('private keys rest sealed, and another secret does not open them', async () => {
    const store = postgresKeyStore(await testDatabase());
    const rows = await store.list();
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.sealedPrivateKey).not.toContain('"d"');
    const foreign = new Keyring({ store, secret: 'another-secret-that-is-long-enough-too', clock });
    await foreign.open();
    await expect(foreign.signingKey()).rejects.toThrow(/AUTH_SECRET .* is not the one/);
  });

  test('two processes that start first at once share one key', async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeyring()));
    const kids = await Promise.all(rings.map(async (ring) => (await ring.signingKey()).kid));
    expect(new Set(kids).size).toBe(1);
  });
});

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}

test('a hint of a site is no hint when it is bad, and a failure when it cannot be judged', async () => {
  const fault = new Error('the database is away');
  const parts = { database: await testDatabase(), issuer: 'http://localhost:8787' };
  const at = (verificationKey: () => Promise<null>) =>
    siteLogout({ ...parts, keyring: { verificationKey } as never, sessions: {} as never });
  const token = `${Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url')}.e30.AAAA`;
  expect(await at(async () => null).verifyHint(token)).toBeNull();
  expect(await at(() => Promise.reject(fault)).verifyHint('nonsense')).toBeNull();
  await expect(at(() => Promise.reject(fault)).verifyHint(token)).rejects.toBe(fault);
});
