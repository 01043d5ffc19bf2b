import { randomBytes } from 'node:crypto';
import type { Database } from '../../../db/client.ts';
import { ensureSession } from '../../../db/queries/identity.ts';
import { lockLiveSession } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { CallOrigin } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import type { AccessToken } from './access-tokens.ts';
import type { OpenedSession } from './identity.ts';
import { auditOpened, opened, type SessionFacts } from './open-sessions.ts';
import { SESSION_TTL_MS } from './session-lifetimes.ts';
import { supabaseSession } from './supabase-accounts.ts';
import type { VerifySupabase } from './supabase-tokens.ts';

/** Where an exchanged session was asked for. */
export interface ExchangeOrigin extends CallOrigin {
  readonly address: string;
  readonly userAgent: string | null;
}

export interface ExchangedSession extends OpenedSession {
  /** What its cookie carries. */
  readonly cookieToken: string;
}

/**
 * Gives a session of ours, cookie included, for a valid Supabase access token; the same person, with the same id. It
 * ends with the session derived from Supabase's, and is refused with `auth.revoked` once that has ended.
 */
export type ExchangeSupabase = (token: string, origin: ExchangeOrigin) => Promise<ExchangedSession>;

export function supabaseExchange(parts: {
  readonly database: Database;
  readonly clock: Clock;
  /** Null where no Supabase project is configured. */
  readonly verify: VerifySupabase | null;
  issue(session: SessionFacts): Promise<AccessToken>;
}): ExchangeSupabase {
  const { database, clock, verify, issue } = parts;
  return async (token, origin) => {
    if (verify === null) throw new Failure('request.unknown-procedure');
    const identity = await verify(token, clock);
    const cookieToken = randomBytes(32).toString('base64url');
    const session = await withSystemScope(database, 'write', async (scope) => {
      const { sessionId: exchangedFor, orgId, userId } = await supabaseSession(scope, identity);
      // The lock makes who ends the derived session at this moment wait, and then end this one too.
      if (!(await lockLiveSession(scope, exchangedFor))) throw new Failure('auth.revoked');
      const made = { id: newId('session'), orgId, userId, exchangedFor, app: origin.app };
      const { address: ipAddress, userAgent } = origin;
      const expiresAt = new Date(clock.now() + SESSION_TTL_MS);
      await ensureSession(scope, { ...made, token: cookieToken, ipAddress, userAgent, expiresAt });
      await auditOpened(scope, origin, { ...made, operation: 'identity.exchangeSupabase' });
      return made;
    });
    return { ...opened(session, await issue(session)), cookieToken };
  };
}
