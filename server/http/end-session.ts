import type { Context } from 'hono';
import type { HttpEnv } from './env.ts';

/** A site's proof that it speaks of a session: an ID token we gave it. */
export interface LogoutHint {
  readonly sessionId: string;
  readonly clientId: string;
}

export interface EndSessionOptions {
  /** What an ID token of ours says, expired or not; null for anything else. */
  verifyHint(idToken: string): Promise<LogoutHint | null>;
  /** The session a Cookie header proves; null for none. */
  sessionIdOf(cookie: string | undefined): Promise<string | null>;
  end(hint: LogoutHint, requestId: string): Promise<void>;
  /** Where the site wants its person afterwards, when it has registered exactly that. */
  afterLogout(query: URLSearchParams): Promise<string | null>;
  clearedCookie(): string;
}

/**
 * OpenID Connect RP-initiated logout. A site that proves which session it means ends it, unless this browser is in
 * another one; whoever proves nothing is shown a page that asks the person.
 */
export async function endSessionOf(options: EndSessionOptions, c: Context<HttpEnv>): Promise<Response> {
  const query = await parametersOf(c);
  const hint = await options.verifyHint(query.get('id_token_hint') ?? '');
  const current = await options.sessionIdOf(c.req.header('cookie'));
  query.delete('id_token_hint');
  const isMeant = hint !== null && (query.get('client_id') ?? hint.clientId) === hint.clientId;
  if (!isMeant || (current !== null && current !== hint.sessionId)) {
    return c.redirect(`/auth/sign-out?${query}`, 303);
  }
  query.set('client_id', hint.clientId);
  await options.end(hint, c.get('requestId'));
  if (current !== null) c.header('set-cookie', options.clearedCookie());
  return c.redirect((await options.afterLogout(query)) ?? '/auth/signed-out', 303);
}

async function parametersOf(c: Context<HttpEnv>): Promise<URLSearchParams> {
  return c.req.method === 'POST'
    ? new URLSearchParams(await c.req.text())
    : new URLSearchParams(new URL(c.req.url).search);
}
