import type { Context } from 'hono';
import { appIds } from '../core/apps.ts';
import { bearerOf } from '../core/bearer.ts';
import { Failure, toFailure } from '../core/failure.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import type { ExchangeSupabase } from '../modules/identity/supabase-exchange.ts';
import { errorShape } from '../rpc/errors.ts';
import { admitAttempt } from './auth-limits.ts';
import type { HttpEnv } from './env.ts';
import type { OriginGuard } from './origin-guard.ts';

export interface SupabaseDoorOptions {
  readonly exchange: ExchangeSupabase;
  readonly guard: OriginGuard;
  readonly limiter: RateLimiter;
  writeCookie(token: string): string;
}

/** `POST /api/auth/supabase/exchange` with a Supabase access token as bearer: our session, as cookie and access token. */
export async function exchangeSupabase(options: SupabaseDoorOptions, c: Context<HttpEnv>): Promise<Response> {
  try {
    const session = await exchanged(options, c);
    c.header('set-cookie', options.writeCookie(session.cookieToken));
    const { userId, sessionId, accessToken } = session;
    const expiresAt = new Date(session.expiresAt).toISOString();
    return c.json({ accessToken, expiresAt, sessionId, user: { id: userId } });
  } catch (error) {
    const failure = toFailure(error);
    const shape = errorShape(failure, c.get('requestId'));
    return Response.json(
      { code: failure.code, message: failure.message, error: shape },
      { status: shape.data.httpStatus },
    );
  }
}

async function exchanged(options: SupabaseDoorOptions, c: Context<HttpEnv>) {
  if (!options.guard.allows(c.req.header('origin'))) throw new Failure('auth.origin-refused');
  const token = bearerOf(c.req.header('authorization'));
  if (token === null) throw new Failure('auth.required');
  const address = c.get('address');
  const refused = await admitAttempt(options.limiter, { path: '/supabase/exchange', address, email: null });
  if (refused !== null) throw new Failure('request.rate-limited', { retryAfterMs: refused.retryAfterMs });
  const named = c.req.header('x-repspheres-app');
  return options.exchange(token, {
    app: appIds.find((app) => app === named) ?? 'global',
    requestId: c.get('requestId'),
    address,
    userAgent: c.req.header('user-agent') ?? null,
  });
}
