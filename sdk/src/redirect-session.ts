import { sdkError } from './errors.ts';
import type { IssuedToken } from './held-token.ts';
import { type OidcServer, oidcServer, type TokenAnswer } from './oidc-server.ts';
import type { GuestStorage } from './options.ts';
import { cleanAddress, page, pageStorage } from './page.ts';
import { PendingSignIns } from './pending-sign-ins.ts';
import { challengeOf, randomSecret } from './pkce.ts';
import { type RedirectSource, type SessionSource, unlessNobody } from './session-source.ts';
import type { RedirectSession, SignInOptions } from './session-types.ts';

export interface RedirectSessionOptions {
  /** The name the API's operator gave this site. */
  readonly clientId: string;
  /** The page that calls `session.completeSignIn()`; exactly as registered. */
  readonly redirectUri: string;
  /** Who signs people in. Default: the client's `url`. */
  readonly issuer?: string;
  /**
   * Where the refresh token stays over a reload; every tab must see the same. Default: `localStorage`, in Node the
   * memory. Any script of this origin can read it: serve a Content-Security-Policy.
   */
  readonly storage?: GuestStorage;
}

const scope = 'openid profile email offline_access';
/** A tab that was refused because another one rotated the token at the same time finds the new one within this. */
const rereadAfterMs = [0, 100, 300, 600];
/** What a provider answers to a silent sign-in when a person would have to do something. Source: OpenID Core 3.1.2.6. */
const nobodyYet = /^(login|interaction|consent|account_selection)_required$/;

/** The session of a site on another domain, where no cookie reaches: OpenID Connect, code with PKCE, by redirect. */
export function redirectSession(options: RedirectSessionOptions): RedirectSession {
  const source: RedirectSource = {
    kind: 'redirect',
    open: ({ url, fetch, ask }) => {
      const issuer = (options.issuer ?? url).replace(/\/+$/, '');
      const storage = options.storage ?? pageStorage();
      return openRedirect({
        ...{ options, issuer, storage },
        server: oidcServer(issuer, fetch),
        pending: new PendingSignIns(storage, `repspheres.sign-in ${options.clientId}`),
        endSession: () => ask('identity.signOut', { as: 'person' }),
      });
    },
  };
  return source;
}

interface Redirect {
  readonly options: RedirectSessionOptions;
  readonly issuer: string;
  readonly storage: GuestStorage;
  readonly server: OidcServer;
  readonly pending: PendingSignIns;
  endSession(): Promise<unknown>;
}

function openRedirect(parts: Redirect): SessionSource {
  const { options, storage } = parts;
  const tokenKey = `repspheres.refresh ${options.clientId}`;
  /** The access token that came with the code, until it is asked for. */
  let first: IssuedToken | null = null;
  const keep = async ({ issued, refreshToken }: TokenAnswer) => {
    if (refreshToken !== null) await storage.setItem(tokenKey, refreshToken);
    return issued;
  };

  async function finish(answer: URLSearchParams, state: string) {
    const { code, signIn } = await checkedAnswer(parts, answer, state);
    if (code === null) return { isSignedIn: false, returnTo: signIn.returnTo };
    const { clientId: client_id, redirectUri: redirect_uri } = options;
    const grant = { grant_type: 'authorization_code', code, client_id, redirect_uri };
    const tokens = await parts.server.token({ ...grant, code_verifier: signIn.verifier });
    if (tokens === null) throw sdkError('sdk.sign-in-failed');
    first = await keep(tokens);
    return { isSignedIn: true, returnTo: signIn.returnTo };
  }

  return {
    name: `redirect ${options.clientId}`,
    issue: async () => {
      const issued = first ?? (await refreshed(parts, tokenKey, keep));
      first = null;
      return issued;
    },
    signOut: async () => {
      await unlessNobody(parts.endSession);
      first = null;
      await storage.removeItem(tokenKey);
    },
    signIn: async (wish) => page().assign(await begun(parts, wish)),
    completeSignIn: async (url) => {
      const { searchParams, origin, pathname } = new URL(url);
      const state = searchParams.get('state');
      if (state === null || !options.redirectUri.startsWith(origin + pathname)) return null;
      return finish(searchParams, state).finally(() => cleanAddress(url));
    },
  };
}

/** The address of the sign-in page for a new sign-in. */
async function begun({ options, server, pending }: Redirect, wish: SignInOptions): Promise<string> {
  const { authorization_endpoint } = await server.endpoints();
  const returnTo = new URL(wish.returnTo ?? page().href, options.redirectUri);
  if (returnTo.origin !== new URL(options.redirectUri).origin)
    throw new TypeError('session.signIn: returnTo must be a page of this site');
  const state = randomSecret();
  const verifier = randomSecret();
  const silent = wish.silent === true;
  await pending.add(state, { verifier, silent, returnTo: returnTo.href, begunAt: Date.now() });
  const address = new URL(authorization_endpoint);
  const query = {
    ...{ response_type: 'code', client_id: options.clientId, redirect_uri: options.redirectUri },
    ...{ scope, state, code_challenge: await challengeOf(verifier), code_challenge_method: 'S256' },
    ...(silent ? { prompt: 'none' } : {}),
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address.href;
}

/** Throws unless the answer is to a sign-in begun here, by the provider asked. `code` null: silently, nobody. */
async function checkedAnswer({ pending, issuer }: Redirect, answer: URLSearchParams, state: string) {
  const signIn = await pending.take(state);
  const error = answer.get('error');
  const code = answer.get('code');
  const isForeign = answer.get('iss') !== null && answer.get('iss') !== issuer;
  const isNobody = signIn?.silent === true && error !== null && nobodyYet.test(error);
  if (!signIn || isForeign || (code === null && !isNobody) || (error !== null && !isNobody))
    throw sdkError('sdk.sign-in-failed', { cause: error ?? undefined });
  return { signIn, code: isNobody ? null : code };
}

/**
 * A new access token by the refresh token, which changes with each use. Where it is refused, another tab may have used
 * it a moment ago: what that tab stored is tried before the sign-in counts as ended.
 */
async function refreshed(
  { options, server, storage }: Redirect,
  tokenKey: string,
  keep: (answer: TokenAnswer) => Promise<IssuedToken>,
): Promise<IssuedToken | null> {
  let used = await storage.getItem(tokenKey);
  while (used) {
    const grant = { grant_type: 'refresh_token', refresh_token: used, client_id: options.clientId };
    const answer = await server.token(grant);
    if (answer) return keep(answer);
    const newer = await storedInstead(storage, tokenKey, used);
    if (newer === used) await storage.removeItem(tokenKey);
    used = newer === used ? null : newer;
  }
  return null;
}

async function storedInstead(storage: GuestStorage, key: string, used: string): Promise<string | null> {
  for (const pause of rereadAfterMs) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const stored = await storage.getItem(key);
    if (stored !== used) return stored;
  }
  return used;
}
