import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedKeys } from './api-keys.ts';
import type { Attack } from './attack.ts';
import { bentClaims } from './bent-claims.ts';
import { atUpgrade, inParams, overHttp } from './doors.ts';
import { forgedSignatures } from './forged-signatures.ts';
import { strayCredentials, supabaseTokens } from './stray-credentials.ts';
import { attackedWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await attackedWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** What a bearer token comes to: over HTTP, in connectionParams, and in the header of an upgrade. */
async function everywhere(token: string): Promise<string[]> {
  const { port } = world;
  const headers = { authorization: `Bearer ${token}` };
  return Promise.all([overHttp(port, headers), inParams(port, token), atUpgrade(port, headers)]);
}

describe('a good token opens every door', () => {
  const good: Record<string, Attack[1]> = {
    'of ours': ({ bent }) => bent(),
    'of a site': ({ robin }) => robin.tokens.access_token,
    'of Supabase': ({ project }) => project.token(),
  };
  test.each(Object.entries(good))('%s', async (_name, token) => {
    expect(await everywhere(await token(world))).toEqual(['ok', 'ok', 'ok']);
  });
});

test('a Supabase account takes over no account of its address, whatever its own metadata says', async () => {
  const claims = { email: world.robin.email, user_metadata: { email_verified: true } };
  const answer = await world.server.query('identity.getSession', undefined, {
    token: await world.project.token({ claims }),
  });
  expect((answer.data?.user as { id: string } | undefined)?.id).not.toBe(world.robin.facts.userId);
});

describe.each<[string, readonly Attack[]]>([
  ['a token with', forgedSignatures],
  ['a token signed by us with', bentClaims],
  ['as a bearer token:', strayCredentials],
  ['as a bearer token:', supabaseTokens],
  ['an API key', endedKeys],
])('refused over HTTP, in connectionParams and at the upgrade: %s', (_what, attacks) => {
  test.each(attacks.map(([name, token, code = 'auth.invalid-token']) => ({ name, token, code })))(
    '$name: $code',
    async ({ name, token, code }) => {
      const codes = (await everywhere(await token(world))) as string[];
      // Of Supabase's issuer alone: a key it may have published since the last look at its keys is worth another try.
      const isOfSupabase = /Supabase/.test(name);
      const seen = codes.map((one) => (isOfSupabase && one === 'auth.unknown-key' ? code : one));
      expect(seen).toEqual([code, code, code]);
    },
  );
});
