import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../server/core/clock.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { createIdentity } from '../../server/modules/identity/create-identity.ts';
import { supabaseVerifier } from '../../server/modules/identity/supabase-tokens.ts';
import { testDatabase } from '../support/database.ts';

const legacySecret = 'a-legacy-secret-of-the-project-32-bytes';
const subject = '4f3f0c56-9c0d-4c9e-8a4e-5b7b6f0a1d11';
const keys = await generateKeyPair('ES256', { extractable: true });
const answer = { status: 200, requests: 0 };
const published: object[] = [{ ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }];
const supabase = createServer((_request, response) => {
  answer.requests += 1;
  response
    .writeHead(answer.status, { 'content-type': 'application/json' })
    .end(answer.status === 200 ? JSON.stringify({ keys: published }) : '{}');
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => supabase.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(supabase.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => supabase.close(resolve)));
beforeEach(() => {
  answer.status = 200;
});

async function token(
  claims: Record<string, unknown> = {},
  how: { alg?: 'ES256' | 'HS256'; key?: CryptoKey | Uint8Array; kid?: string } = {},
): Promise<string> {
  const alg = how.alg ?? 'ES256';
  const ours = alg === 'ES256' ? keys.privateKey : new TextEncoder().encode(legacySecret);
  return new SignJWT({ role: 'authenticated', is_anonymous: false, email: 'rep@example.com', ...claims })
    .setProtectedHeader({ alg, kid: how.kid ?? 'k1', typ: 'JWT' })
    .setSubject((claims.sub as string) ?? subject)
    .setIssuer((claims.iss as string) ?? `${url}/auth/v1`)
    .setAudience((claims.aud as string) ?? 'authenticated')
    .setIssuedAt()
    .setExpirationTime((claims.exp as number) ?? '1h')
    .sign(how.key ?? ours);
}

const verifier = (legacy: string | null = null) => {
  const verify = supabaseVerifier({ url, legacySecret: legacy });
  return (text: string) => verify(text, systemClock);
};

describe('a Supabase access token', () => {
  test('signed by a key of the project is accepted, and the keys are fetched once', async () => {
    const verify = verifier();
    const before = answer.requests;
    expect(await verify(await token())).toMatchObject({ subject, email: 'rep@example.com' });
    await verify(await token());
    expect(answer.requests).toBe(before + 1);
  });

  test('signed by the legacy secret is accepted only where that is configured', async () => {
    const legacy = await token({}, { alg: 'HS256' });
    expect(await verifier(legacySecret)(legacy)).toMatchObject({ subject });
    await expect(verifier()(legacy)).rejects.toMatchObject({ code: 'auth.invalid-token' });
    expect(await verifier(legacySecret)(await token()), 'with both in force').toMatchObject({ subject });
  });

  test.each<[string, Record<string, unknown>]>([
    ['of an anonymous user', { is_anonymous: true }],
    ['of the service role', { role: 'service_role' }],
    ['of the anon key', { role: 'anon' }],
    ['of another project', { iss: 'https://other.example.com/auth/v1' }],
    ['for another audience', { aud: 'other' }],
    ['for a subject that is no UUID', { sub: 'root' }],
  ])('%s is refused', async (_what, claims) => {
    await expect(verifier()(await token(claims))).rejects.toMatchObject({ code: 'auth.invalid-token' });
    const legacy = await token(claims, { alg: 'HS256' });
    await expect(verifier(legacySecret)(legacy)).rejects.toMatchObject({ code: 'auth.invalid-token' });
  });

  test('that has ended is expired', async () => {
    const ended = await token({ exp: Math.floor(Date.now() / 1000) - 60 });
    await expect(verifier()(ended)).rejects.toMatchObject({ code: 'auth.expired-token' });
  });

  test('of a foreign key, a wrong legacy secret or no form is invalid', async () => {
    const foreign = await generateKeyPair('ES256');
    const wrong = new TextEncoder().encode('another-secret-of-somebody-else-32-b');
    for (const text of [
      await token({}, { key: foreign.privateKey }),
      await token({}, { key: foreign.privateKey, kid: 'unknown' }),
      await token({}, { alg: 'HS256', key: wrong }),
      'nonsense',
    ]) {
      await expect(verifier(legacySecret)(text)).rejects.toMatchObject({ code: 'auth.invalid-token' });
    }
  });

  test('of a key published since the last look is to be tried again, and is then accepted; one of no key is invalid then', async () => {
    const verify = verifier();
    await verify(await token());
    const next = await generateKeyPair('ES256', { extractable: true });
    const rotated = await token({}, { key: next.privateKey, kid: 'k2' });
    const stray = await token({}, { key: next.privateKey, kid: 'k3' });
    published.push({ ...(await exportJWK(next.publicKey)), kid: 'k2', alg: 'ES256', use: 'sig' });
    const soon = { code: 'auth.unknown-key', retryable: true, detail: { retryAfterMs: 5_000 } };
    await expect(verify(rotated)).rejects.toMatchObject(soon);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_001 });
    try {
      await expect(verify(stray), 'after a look that did not find it').rejects.toMatchObject({
        code: 'auth.invalid-token',
      });
      expect(await verify(rotated)).toMatchObject({ subject });
    } finally {
      vi.useRealTimers();
    }
  });

  test('cannot be judged while the keys are away: that is no fault of the token', async () => {
    answer.status = 500;
    await expect(verifier()(await token())).rejects.toMatchObject({ code: 'server.unavailable' });
    const nobody = supabaseVerifier({ url: 'http://127.0.0.1:1', legacySecret: null });
    const stray = await token({ iss: 'http://127.0.0.1:1/auth/v1' });
    await expect(nobody(stray, systemClock)).rejects.toMatchObject({ code: 'server.unavailable' });
  });
});

test('a Supabase user gets an account once, beside members of our own issuer', async () => {
  const identity = await createIdentity({
    database: await testDatabase(),
    clock: systemClock,
    logger: silentLogger,
    issuer: 'http://localhost:8787',
    secret: 'x'.repeat(32),
    cookieDomain: null,
    developmentSignIn: true,
    supabase: { url, legacySecret: null },
  });
  const resolve = (text: string) => identity.principals.resolve({ token: text, app: 'crm' });
  const [first, second] = [await resolve(await token()), await resolve(await token())];
  expect(first).toMatchObject({ kind: 'member', tier: 'repx0', role: 'owner' });
  expect(second).toMatchObject({ orgId: 'orgId' in first ? first.orgId : '' });
  const guest = await identity.startGuest({ app: 'crm', requestId: 'req_test' });
  expect(await resolve(guest.accessToken)).toMatchObject({ kind: 'guest' });
  await expect(resolve('nonsense')).rejects.toMatchObject({ code: 'auth.invalid-token' });
});
