import { createHmac } from 'node:crypto';
import {
  CompactEncrypt,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  UnsecuredJWT,
} from 'jose';
import type { Attack } from './attack.ts';
import type { World } from './world.ts';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const zeros = Buffer.alloc(64).toString('base64url');

/** The good token's payload under another header, signed by `sign`. */
async function resigned(world: World, header: object, sign: (input: string) => string): Promise<string> {
  const [, payload] = (await world.bent()).split('.');
  const input = `${encoded({ typ: 'at+jwt', kid: world.publicJwk.kid, ...header })}.${payload}`;
  return `${input}.${sign(input)}`;
}

function byHmac(
  world: World,
  secret: string | Buffer,
  alg: 'HS256' | 'HS384' | 'HS512' = 'HS256',
  header = {},
) {
  return resigned(world, { alg, ...header }, (input) =>
    createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url'),
  );
}

const pem = async ({ publicJwk }: World) => exportSPKI((await importJWK(publicJwk, 'ES256')) as CryptoKey);

async function byAlgorithm(world: World, alg: string): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return world.bent({ header: { alg }, key: privateKey });
}

const foreign = (header: Record<string, unknown>) => (world: World) =>
  world.bent({ key: world.foreign.privateKey, header });

async function parts(world: World): Promise<[string, string, string]> {
  return (await world.bent()).split('.') as [string, string, string];
}

/** No signature, somebody else's, or one by an algorithm that the attacker chose. */
export const forgedSignatures: readonly Attack[] = [
  [
    'unsecured',
    async ({ robin, backend }) =>
      new UnsecuredJWT({ sid: robin.facts.sessionId, org: robin.facts.orgId, app: 'crm' })
        .setSubject(robin.facts.userId)
        .setIssuer(backend.url)
        .setAudience('repspheres')
        .setExpirationTime('5m')
        .encode(),
  ],
  ['alg none', (world) => resigned(world, { alg: 'none' }, () => '')],
  ['alg nOnE', (world) => resigned(world, { alg: 'nOnE' }, () => '')],
  ['alg none that keeps a signature', (world) => resigned(world, { alg: 'none' }, () => zeros)],
  ['no alg', (world) => resigned(world, { alg: undefined }, () => zeros)],
  ['alg of a list', (world) => resigned(world, { alg: ['ES256', 'none'] }, () => zeros)],
  ['the signature cut off', async (world) => (await parts(world)).slice(0, 2).join('.')],
  ['an empty signature', async (world) => `${(await parts(world)).slice(0, 2).join('.')}.`],
  ['a signature of zeros', (world) => resigned(world, { alg: 'ES256' }, () => zeros)],
  [
    'a signature in DER',
    (world) =>
      resigned(world, { alg: 'ES256' }, () => Buffer.from('3006020101020101', 'hex').toString('base64url')),
  ],
  [
    'the signature of another token',
    async (world) => {
      const [header, , signature] = await parts(world);
      const payload = (await world.bent({ claims: { app: 'canvas' } })).split('.')[1];
      return `${header}.${payload}.${signature}`;
    },
  ],
  [
    'its payload changed',
    async (world) => {
      const [header, payload, signature] = await parts(world);
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return `${header}.${encoded({ ...claims, org: world.other.facts.orgId })}.${signature}`;
    },
  ],
  [
    'its header changed',
    async (world) => {
      const [, payload, signature] = await parts(world);
      return `${encoded({ alg: 'ES256', typ: 'at+jwt', kid: world.publicJwk.kid, x: 1 })}.${payload}.${signature}`;
    },
  ],
  [
    'one bit of its signature flipped',
    async (world) => {
      const [header, payload, signature] = await parts(world);
      const bytes = Buffer.from(signature, 'base64url');
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      return `${header}.${payload}.${bytes.toString('base64url')}`;
    },
  ],
  ['HS256 keyed by our public key in PEM', async (world) => byHmac(world, await pem(world))],
  [
    'HS256 keyed by that PEM without its last line break',
    async (world) => byHmac(world, (await pem(world)).trim()),
  ],
  ['HS256 keyed by our public key as JWK', (world) => byHmac(world, JSON.stringify(world.publicJwk))],
  [
    'HS256 keyed by the coordinate of our public key',
    (world) => byHmac(world, Buffer.from(String(world.publicJwk.x), 'base64url')),
  ],
  ['HS256 keyed by nothing', (world) => byHmac(world, '')],
  ['HS256 keyed by its kid', (world) => byHmac(world, String(world.publicJwk.kid))],
  ['HS384 keyed by our public key', async (world) => byHmac(world, await pem(world), 'HS384')],
  ['HS512 keyed by our public key', async (world) => byHmac(world, await pem(world), 'HS512')],
  [
    'HS256 keyed by the public key of Supabase',
    async (world) => byHmac(world, await exportSPKI(world.project.publicKey)),
  ],
  ['RS256 of a foreign key', (world) => byAlgorithm(world, 'RS256')],
  ['PS256 of a foreign key', (world) => byAlgorithm(world, 'PS256')],
  ['ES384 of a foreign key', (world) => byAlgorithm(world, 'ES384')],
  ['EdDSA of a foreign key', (world) => byAlgorithm(world, 'EdDSA')],
  ['a foreign key under our kid', foreign({})],
  ['a foreign key under no kid', foreign({ kid: undefined })],
  [
    'a foreign key that it brings along (jwk)',
    async (world) =>
      world.bent({
        key: world.foreign.privateKey,
        header: { jwk: await exportJWK(world.foreign.publicKey) },
      }),
  ],
  ['a foreign key to be fetched (jku)', foreign({ jku: 'https://evil.example/jwks.json' })],
  ['a foreign certificate to be fetched (x5u)', foreign({ x5u: 'https://evil.example/cert.pem' })],
  ['a foreign certificate in its header (x5c)', foreign({ x5c: ['MIIB'] })],
  [
    'the key of Supabase under its kid',
    async ({ bent, project }) => await project.token({ claims: { iss: await issuerOf(bent) } }),
  ],
  ['kid unknown', foreign({ kid: 'nobody' })],
  ['kid a path', (world) => byHmac(world, '', 'HS256', { kid: '../../../../dev/null' })],
  ['kid SQL', foreign({ kid: "' union select 'x' --" })],
  ['kid a URL', foreign({ kid: 'https://evil.example/key' })],
  ['kid __proto__', foreign({ kid: '__proto__' })],
  ['kid constructor', foreign({ kid: 'constructor' })],
  [
    'kid a list with ours',
    (world) => resigned(world, { alg: 'ES256', kid: [world.publicJwk.kid] }, () => zeros),
  ],
  ['kid an object', (world) => resigned(world, { alg: 'ES256', kid: { $ne: null } }, () => zeros)],
  [
    'kid with a zero byte',
    (world) => resigned(world, { alg: 'ES256', kid: `${world.publicJwk.kid}\0` }, () => zeros),
  ],
  ['a critical extension', (world) => resigned(world, { alg: 'ES256', crit: ['exp'], exp: 1 }, () => zeros)],
  [
    'an unencoded payload (b64)',
    (world) => resigned(world, { alg: 'ES256', crit: ['b64'], b64: false }, () => zeros),
  ],
  [
    'itself encrypted to our public key',
    async (world) =>
      new CompactEncrypt(Buffer.from(await world.bent()))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' })
        .encrypt((await importJWK(world.publicJwk, 'ECDH-ES')) as CryptoKey),
  ],
];

async function issuerOf(bent: World['bent']): Promise<string> {
  const [, payload = ''] = (await bent()).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).iss;
}
