import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { bodyOf } from './request.ts';

/** Whose Google account it is, in the claims of its ID token. */
export interface GooglePerson {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

export interface GoogleClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

interface Code {
  readonly person: GooglePerson;
  readonly challenge: string;
  readonly scope: string;
}

/**
 * Google's sign-in at the wire (OpenID Connect, as developers.google.com/identity/openid-connect tells): consent,
 * codes that work once with PKCE, ID tokens by RS256 and the key set. It answers under the hosts it has at Google:
 * `fetch` sends what is for those here.
 */
export async function startGoogleEmulator(client: GoogleClient) {
  const key = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'g1', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, Code>();
  let person: GooglePerson | null = null;

  /** What a browser gets at the consent page, where the person agrees, or does not when nobody is set. */
  const authorize = (url: URL): URL => {
    const query = url.searchParams;
    const [clientId, redirect] = [query.get('client_id'), query.get('redirect_uri')];
    if (clientId !== client.clientId || redirect !== client.redirectUri)
      throw new Refused('redirect_uri_mismatch');
    const isWhole = query.get('response_type') === 'code' && query.get('code_challenge_method') === 'S256';
    if (!isWhole || !query.get('scope')?.split(' ').includes('openid')) throw new Refused('invalid_request');
    const back = new URL(redirect);
    if (query.has('state')) back.searchParams.set('state', query.get('state') ?? '');
    if (person === null) {
      back.searchParams.set('error', 'access_denied');
      return back;
    }
    const code = `4/${randomBytes(24).toString('base64url')}`;
    const challenge = query.get('code_challenge') ?? '';
    codes.set(code, { person, challenge, scope: query.get('scope') ?? '' });
    for (const [name, value] of Object.entries({ code, scope: query.get('scope') ?? '', prompt: 'none' }))
      back.searchParams.set(name, value);
    return back;
  };

  const token = async (form: URLSearchParams): Promise<object> => {
    if (form.get('client_id') !== client.clientId || form.get('client_secret') !== client.clientSecret)
      throw new Refused('invalid_client', 401);
    if (form.get('grant_type') !== 'authorization_code') throw new Refused('unsupported_grant_type');
    if (form.get('redirect_uri') !== client.redirectUri) throw new Refused('redirect_uri_mismatch');
    const found = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (found === undefined || found.challenge !== verifier) throw new Refused('invalid_grant');
    return {
      access_token: `ya29.${randomBytes(24).toString('base64url')}`,
      expires_in: 3599,
      scope: found.scope,
      token_type: 'Bearer',
      id_token: await idToken(found.person, client.clientId, key.privateKey),
    };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const json = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      if (url.pathname === '/o/oauth2/v2/auth')
        response.writeHead(302, { location: authorize(url).href }).end();
      else if (url.pathname === '/oauth2/v3/certs') json({ keys: [jwk] });
      else if (url.pathname === '/token') json(await token(new URLSearchParams(await bodyOf(request))));
      else json({ error: 'not_found' }, 404);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      json({ error: error.message, error_description: 'Bad Request' }, error.status);
    }
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hosts = ['accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com'];
  const outside = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!hosts.includes(url.hostname)) return outside(input, init);
    const moved = new URL(url.pathname + url.search, here);
    return outside(input instanceof Request ? new Request(moved, input) : moved, init);
  };
  return {
    /** Who is at the browser from now on; null: somebody who does not agree. */
    signIn(next: GooglePerson | null): void {
      person = next;
    },
    /** An ID token for any client, by Google's key or another. */
    idToken: (of: GooglePerson, audience = client.clientId, by: CryptoKey = key.privateKey) =>
      idToken(of, audience, by),
    [Symbol.asyncDispose]: async () => {
      globalThis.fetch = outside;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Refused extends Error {
  readonly status: number;
  constructor(error: string, status = 400) {
    super(error);
    this.status = status;
  }
}

function idToken({ sub, ...claims }: GooglePerson, audience: string, key: CryptoKey): Promise<string> {
  return new SignJWT({ ...claims, azp: audience })
    .setProtectedHeader({ alg: 'RS256', kid: 'g1', typ: 'JWT' })
    .setIssuer('https://accounts.google.com')
    .setAudience(audience)
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
}
