import { expect, test } from 'vitest';
import { heldToken, isIssuedToken } from '../../sdk/src/held-token.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const jwt = (claims: object) =>
  ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

test.each([-600_000, 0, 600_000])(
  'the life of a JWT is what it says itself, with clocks %i ms apart',
  (apart) => {
    const iat = (now + apart) / 1000;
    const accessToken = jwt({ iat, exp: iat + 600, sub: 'usr_ä' });
    expect(heldToken({ accessToken, expiresAt: at(apart + 600_000) }, now)).toEqual({
      accessToken,
      endsAt: now + 600_000,
    });
  },
);

test('any other token lives by its expiry, and at least 4 minutes by a clock that says it has expired', () => {
  expect(heldToken({ accessToken: 'opaque', expiresAt: at(600_000) }, now).endsAt).toBe(now + 600_000);
  expect(heldToken({ accessToken: 'a.b.c', expiresAt: at(-1) }, now).endsAt).toBe(now + 240_000);
  expect(heldToken({ accessToken: jwt({ iat: 5, exp: 5 }), expiresAt: at(0) }, now).endsAt).toBe(
    now + 240_000,
  );
});

test('what has no token or no readable end is not a token', () => {
  expect(isIssuedToken({ accessToken: 'a', expiresAt: at(0) })).toBe(true);
  for (const wrong of [
    null,
    {},
    { accessToken: 'a' },
    { accessToken: 'a', expiresAt: 'soon' },
    { expiresAt: at(0) },
  ])
    expect(isIssuedToken(wrong)).toBe(false);
});
