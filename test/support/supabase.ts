import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A Supabase project as a verifier sees it: its key set over HTTP, and the tokens it signs. */
export interface SupabaseProject extends AsyncDisposable {
  readonly url: string;
  token(claims: Record<string, unknown> & { readonly sub: string }): Promise<string>;
}

/** The id here of a user of Supabase. */
export const userIdOf = (subject: string) => `usr_${subject.replaceAll('-', '')}`;

export async function supabaseProject(): Promise<SupabaseProject> {
  const keys = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (claims) =>
      new SignJWT({ role: 'authenticated', is_anonymous: false, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT' })
        .setIssuer(`${url}/auth/v1`)
        .setAudience('authenticated')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(keys.privateKey),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
