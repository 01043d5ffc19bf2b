import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from './browser.ts';

/** The tokens a site gets for the person of a browser, by code and PKCE. */
export async function oidcTokens(
  browser: Browser,
  over: Record<string, string> = {},
): Promise<{ access_token: string; refresh_token: string; id_token: string }> {
  const verifier = randomBytes(32).toString('base64url');
  const request = {
    client_id: 'crm',
    redirect_uri: 'https://app.example.com/auth/callback',
    response_type: 'code',
    scope: 'openid email offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'none',
    ...over,
  };
  const redirect = await browser.request(`/api/auth/oauth2/authorize?${new URLSearchParams(request)}`);
  const location = new URL(redirect.headers.get('location') ?? '', 'http://localhost');
  const { client_id, redirect_uri } = request;
  const response = await browser.request('/api/auth/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: location.searchParams.get('code') ?? '',
      code_verifier: verifier,
      client_id,
      redirect_uri,
    }),
  });
  if (response.status !== 200) throw new Error(`no tokens: ${await response.text()}`);
  return (await response.json()) as Awaited<ReturnType<typeof oidcTokens>>;
}
