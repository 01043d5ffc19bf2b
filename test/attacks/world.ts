import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { systemClock } from '../../server/core/clock.ts';
import { TOKEN_AUDIENCE } from '../../server/modules/identity/access-tokens.ts';
import { postgresKeyStore } from '../../server/modules/identity/key-store.ts';
import { Keyring } from '../../server/modules/identity/keyring.ts';
import { listeningBackend, portOf } from '../sdk/listening-backend.ts';
import { Browser } from '../support/browser.ts';
import { testDatabase } from '../support/database.ts';
import { oidcTokens } from '../support/oidc.ts';
import { signedUp } from '../support/signed-up.ts';

export const origin = 'https://app.example.com';
export const legacySecret = 'a-legacy-secret-of-the-project-32-bytes';
export const secret = 'a-secret-of-the-test-that-is-long-enough';

export interface Facts {
  readonly userId: string;
  readonly sessionId: string;
  readonly orgId: string;
}

/** How a token differs from a good one. A claim or header that is undefined is left out. */
export interface Bend {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
}

/** A backend with everything that accepts a token switched on, people with sessions, and the keys to forge with. */
export async function attackedWorld() {
  const scope = new AsyncDisposableStack();
  const foreign = await generateKeyPair('ES256', { extractable: true });
  const project = await supabaseProject(scope);
  const backend = scope.use(
    await listeningBackend(origin, {
      AUTH_SECRET: secret,
      SUPABASE_URL: project.url,
      SUPABASE_JWT_SECRET: legacySecret,
    }),
  );
  const keyring = new Keyring({ store: postgresKeyStore(await testDatabase()), secret, clock: systemClock });
  await keyring.open();
  const signing = await keyring.signingKey();
  const publicJwk = (await keyring.jwks()).keys.find(({ kid }) => kid === signing.kid) as JWK;
  const { server } = backend;
  const robin = await person();
  const other = await person();
  const leaver = await person();
  const leftCookie = leaver.browser.cookies.get('rs.session_token') ?? '';
  await leaver.browser.post('/trpc/identity.signOut', undefined);

  async function person() {
    const { browser, email } = await signedUp(server);
    const tokens = await oidcTokens(browser);
    const { result } = (await (await browser.request('/trpc/identity.getSession')).json()) as {
      result: { data: { sessionId: string; user: { id: string }; organisation: { id: string } } };
    };
    const { sessionId, user, organisation } = result.data;
    return { browser, email, tokens, facts: { sessionId, userId: user.id, orgId: organisation.id } };
  }

  /** Robin's token, signed as ours are, bent in one way. */
  async function bent({ header = {}, claims = {}, key }: Bend = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { userId: sub, sessionId: sid, orgId: org } = robin.facts;
    const ours = {
      sub,
      sid,
      org,
      app: 'crm',
      iss: backend.url,
      aud: TOKEN_AUDIENCE,
      iat: now,
      exp: now + 600,
    };
    return new SignJWT({ ...ours, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: signing.kid, typ: 'at+jwt', ...header })
      .sign(key ?? signing.key);
  }

  return {
    ...{ port: Number(new URL(backend.url).port), backend, server, project, foreign, publicJwk },
    ...{ robin, other, leaver, leftCookie, bent, person },
    browser: () => new Browser(server.backend, origin),
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
export type World = Awaited<ReturnType<typeof attackedWorld>>;

/** A Supabase project that publishes one key. */
async function supabaseProject(scope: AsyncDisposableStack) {
  const keys = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'project-key', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  const url = `http://127.0.0.1:${await portOf(server)}`;
  scope.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  /** An access token of the project, bent in one way. */
  async function token({ header = {}, claims = {}, key }: Bend = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const person = { sub: crypto.randomUUID(), email: 'sam@example.com', role: 'authenticated' };
    const about = { iss: `${url}/auth/v1`, aud: 'authenticated', iat: now, exp: now + 3600 };
    return new SignJWT({ ...person, ...about, is_anonymous: false, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'JWT', ...header })
      .sign(key ?? keys.privateKey);
  }
  return { url, jwk, publicKey: keys.publicKey, token };
}
