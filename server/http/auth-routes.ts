import { type Context, Hono } from 'hono';
import { AUTH_PREFIX, type AuthDoorOptions, handleAuth } from './auth-door.ts';
import { type EndSessionOptions, endSessionOf } from './end-session.ts';
import type { HttpEnv } from './env.ts';
import type { PagesOptions } from './pages/options.ts';
import { pageRoutes } from './pages/routes.ts';
import { exchangeSupabase, type SupabaseDoorOptions } from './supabase-door.ts';

export interface AuthRoutesOptions {
  readonly door: AuthDoorOptions;
  readonly pages: PagesOptions;
  readonly endSession: EndSessionOptions;
  readonly supabase: SupabaseDoorOptions;
  readonly jwks: () => Promise<object>;
}

/** What verifiers may keep; a new key is published 2 min before it signs. */
const KEYS_CACHE = { 'cache-control': 'public, max-age=60' };

/** Sign-in over HTTP: the provider's JSON, its discovery at the root too, the keys, the end of a session, the pages. */
export function authRoutes(options: AuthRoutesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const keys = async (c: Context<HttpEnv>) => c.json(await options.jwks(), 200, KEYS_CACHE);
  app.get('/.well-known/jwks.json', keys);
  app.get(`${AUTH_PREFIX}/jwks`, keys);
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const discovery = async () => {
      const provider = await options.door.provider();
      return provider.handle(new Request(new URL(`/.well-known/${name}`, options.door.resource)));
    };
    app.get(`/.well-known/${name}`, discovery);
    app.get(`${AUTH_PREFIX}/.well-known/${name}`, discovery);
  }
  app.on(['GET', 'POST'], `${AUTH_PREFIX}/oauth2/end-session`, (c) => endSessionOf(options.endSession, c));
  app.post(`${AUTH_PREFIX}/supabase/exchange`, (c) => exchangeSupabase(options.supabase, c));
  app.all(`${AUTH_PREFIX}/*`, (c) =>
    handleAuth(options.door, c.req.raw, { requestId: c.get('requestId'), address: c.get('address') }),
  );
  app.route('/auth', pageRoutes(options.pages));
  return app;
}
