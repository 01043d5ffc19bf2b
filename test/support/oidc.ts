import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from './browser.ts';

export const issuer = 'http://localhost:8787';
const redirect_uri = 'https://app.example.com/auth/callback';
const verifier = randomBytes(32).toString('base64url');

/** Where a site of ours sends the person of a browser for a code; `over` changes the request. */
export function authorizeUrl(over: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: 'crm',
    redirect_uri,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    state: 'xyz',
    nonce: 'n-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...over,
  });
  return `/api/auth/oauth2/authorize?${query}`;
}

export const locationOf = (response: Response) => new URL(response.headers.get('location') ?? '', issuer);

/** A code for the person who is signed in in a browser, without a page. */
export async function codeFor(browser: Browser, over: Record<string, string> = {}): Promise<string> {
  const response = await browser.request(authorizeUrl({ prompt: 'none', ...over }));
  const found = locationOf(response).searchParams.get('code');
  if (found === null) throw new Error(`no code: ${response.status} ${response.headers.get('location')}`);
  return found;
}

/** What the token endpoint answers to a page of a site. */
export async function askTokens(page: Browser, fields: Record<string, string>) {
  const response = await page.request('/api/auth/oauth2/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ client_id: 'crm', ...fields }),
  });
  return { response, body: (await response.json()) as Record<string, string> };
}

/** What the token endpoint answers to a page of a site that got this code by `authorizeUrl`. */
export const exchange = (page: Browser, code: string, over: Record<string, string> = {}) =>
  askTokens(page, { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, ...over });

/** The tokens a site gets for the person of a browser, by code and PKCE. */
export async function oidcTokens(
  browser: Browser,
  site: { readonly client_id?: string; readonly redirect_uri?: string } = {},
): Promise<{ access_token: string; refresh_token: string; id_token: string }> {
  const { response, body } = await exchange(browser, await codeFor(browser, site), site);
  if (response.status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`);
  return body as Awaited<ReturnType<typeof oidcTokens>>;
}
