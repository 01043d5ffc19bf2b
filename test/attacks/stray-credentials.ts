import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair } from 'jose';
import type { Attack } from './attack.ts';
import { legacySecret, type World } from './world.ts';

const key = () => `rsk_${'0'.repeat(32)}_${'A'.repeat(43)}`;
const cookieOf = ({ robin }: World) => decodeURIComponent([...robin.browser.cookies.values()][0] ?? '');

/** Proofs of something else, and what is no proof at all. */
export const strayCredentials: readonly Attack[] = [
  ['an ID token', ({ robin }) => robin.tokens.id_token],
  ['a refresh token', ({ robin }) => robin.tokens.refresh_token],
  [
    'a site’s token of a session that was signed out',
    ({ leaver }) => leaver.tokens.access_token,
    'auth.revoked',
  ],
  ['the value of a session cookie', (world) => cookieOf(world)],
  ['the session token in a cookie', (world) => cookieOf(world).split('.')[0] ?? ''],
  ['the id of a session', ({ robin }) => robin.facts.sessionId],
  ['undefined', () => 'undefined'],
  ['null', () => 'null'],
  ['a JSON object', () => '{"sub":"root"}'],
  ['three dots', () => '...'],
  ['an empty header and payload', () => '..'],
  ['base64 that is no JSON', () => 'YWJj.YWJj.YWJj'],
  ['a header alone', () => 'eyJhbGciOiJFUzI1NiJ9..'],
  ['a token twice', async ({ bent }) => `${await bent()}.${await bent()}`],
  ['a token and a comma', async ({ bent }) => `${await bent()},x`],
  ['a token of 7,000 characters', () => `eyJhbGciOiJFUzI1NiJ9.${'e'.repeat(7_000)}.x`],
  ['an API key of no form', () => 'rsk_nonsense'],
  ['an API key that never was', key],
  ['an API key in capitals', () => key().toUpperCase().replace('RSK', 'rsk')],
  ['an API key with more after it', () => `${key()}A`],
  ['an API key with a wildcard', () => `rsk_${'%'.repeat(32)}_${'A'.repeat(43)}`],
];

const supabase = (name: string, claims: Record<string, unknown>): Attack => [
  `Supabase: ${name}`,
  ({ project }) => project.token({ claims }),
];
const legacy = new TextEncoder().encode(legacySecret);
const hs256 = { alg: 'HS256', kid: undefined };
const now = () => Math.floor(Date.now() / 1000);

/** Tokens of the Supabase project that must not open our doors. */
export const supabaseTokens: readonly Attack[] = [
  supabase('of an anonymous user', { is_anonymous: true }),
  supabase('of the service role', { role: 'service_role' }),
  supabase('of the anon key', { role: 'anon' }),
  supabase('of no role', { role: undefined }),
  supabase('for another audience', { aud: 'anon' }),
  supabase('without an end', { exp: undefined }),
  supabase('for a subject that is no UUID', { sub: 'root' }),
  supabase('of another project', { iss: 'https://other.example.com/auth/v1' }),
  [
    'Supabase: expired',
    ({ project }) => project.token({ claims: { exp: now() - 60 } }),
    'auth.expired-token',
  ],
  ['Supabase: not yet valid', ({ project }) => project.token({ claims: { nbf: now() + 120 } })],
  ['Supabase: issued in the future', ({ project }) => project.token({ claims: { iat: now() + 120 } })],
  ['Supabase: of a foreign key', ({ project, foreign }) => project.token({ key: foreign.privateKey })],
  [
    'Supabase: of a foreign key and kid',
    ({ project, foreign }) => project.token({ key: foreign.privateKey, header: { kid: 'x' } }),
  ],
  [
    'Supabase: of our key',
    async ({ project, bent }) =>
      bent({
        header: { typ: 'JWT' },
        claims: { iss: `${project.url}/auth/v1`, aud: 'authenticated', role: 'authenticated' },
      }),
  ],
  [
    'Supabase: RS256 under the kid of its EC key',
    async ({ project }) =>
      project.token({ header: { alg: 'RS256' }, key: (await generateKeyPair('RS256')).privateKey }),
  ],
  [
    'Supabase: HS256 keyed by its public key',
    async ({ project }) =>
      project.token({ header: hs256, key: new TextEncoder().encode(await exportSPKI(project.publicKey)) }),
  ],
  [
    'Supabase: HS256 keyed by another secret',
    ({ project }) =>
      project.token({ header: hs256, key: new TextEncoder().encode('another-secret-of-somebody-else-32-b') }),
  ],
  [
    'Supabase: legacy secret, anonymous',
    ({ project }) => project.token({ header: hs256, key: legacy, claims: { is_anonymous: true } }),
  ],
  [
    'Supabase: legacy secret, another project',
    ({ project }) =>
      project.token({ header: hs256, key: legacy, claims: { iss: 'https://other.example.com/auth/v1' } }),
  ],
  [
    'Supabase: legacy secret, the service role',
    ({ project }) => project.token({ header: hs256, key: legacy, claims: { role: 'service_role' } }),
  ],
  ['our claims under the legacy secret', async ({ bent }) => bent({ header: { alg: 'HS256' }, key: legacy })],
  [
    'Supabase: unsecured',
    async ({ project }) => {
      const [, payload] = (await project.token()).split('.');
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    },
  ],
  [
    'Supabase: HS512 under the legacy secret',
    async ({ project }) => {
      const [, payload] = (await project.token()).split('.');
      const input = `${Buffer.from('{"alg":"HS512"}').toString('base64url')}.${payload}`;
      return `${input}.${createHmac('sha512', legacySecret).update(input).digest('base64url')}`;
    },
  ],
];
