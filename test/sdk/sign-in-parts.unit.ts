import { expect, test } from 'vitest';
import { PendingSignIns } from '../../sdk/src/pending-sign-ins.ts';
import { challengeOf, randomSecret } from '../../sdk/src/pkce.ts';

test('the challenge of a verifier is the one of RFC 7636, appendix B', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  const secrets = Array.from({ length: 50 }, randomSecret);
  expect(new Set(secrets).size).toBe(50);
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
});

test('a sign-in is taken once, by its own state, and not after 20 minutes; what is no list of them is ignored', async () => {
  const kept = new Map<string, string>([['key', 'of somebody else']]);
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
  const pending = new PendingSignIns(storage, 'key');
  const signIn = { verifier: 'v', returnTo: '/', silent: false, begunAt: Date.now() };
  await pending.add('old', { ...signIn, begunAt: Date.now() - 21 * 60_000 });
  await pending.add('one', signIn);
  await pending.add('two', signIn);
  expect(await pending.take('old')).toBe(undefined);
  expect(await pending.take('one')).toEqual(signIn);
  expect(await pending.take('one')).toBe(undefined);
  expect(await pending.take('two')).toEqual(signIn);
  expect(kept.size).toBe(0);
});
