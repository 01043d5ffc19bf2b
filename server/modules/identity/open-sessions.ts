import type { Database } from '../../../db/client.ts';
import { ensureAccount, ensureSession, findAccountByEmail } from '../../../db/queries/identity.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { type CallOrigin, recordSystemAudit } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { newId } from '../../core/ids.ts';
import type { AccessToken } from './access-tokens.ts';
import type { Identity, OpenedSession } from './identity.ts';
import { GUEST_SESSION_TTL_MS, SESSION_TTL_MS } from './session-lifetimes.ts';

export interface SessionFacts {
  readonly id: string;
  readonly userId: string;
  readonly orgId: string;
  readonly app: string;
}

/** Sessions that are opened without the identity provider: guests, and the accounts of development. */
export function sessionOpeners(parts: {
  readonly database: Database;
  readonly clock: Clock;
  issue(session: SessionFacts): Promise<AccessToken>;
}): Pick<Identity, 'startGuest' | 'openSession'> {
  const { database, clock, issue } = parts;
  return {
    async startGuest(origin) {
      const { app } = origin;
      const session = { id: newId('session'), orgId: newId('organisation'), userId: newId('user'), app };
      await withSystemScope(database, 'write', async (scope) => {
        const { orgId, userId } = session;
        await ensureAccount(scope, {
          orgId,
          userId,
          organisationName: 'Guest',
          organisationKind: 'guest',
          tier: 'repx0',
          email: null,
          displayName: 'Guest',
          role: 'rep',
        });
        await ensureSession(scope, { ...session, expiresAt: new Date(clock.now() + GUEST_SESSION_TTL_MS) });
        await auditOpened(scope, origin, { ...session, operation: 'identity.startGuest' });
      });
      return opened(session, await issue(session));
    },
    async openSession(email, origin) {
      const session = await withSystemScope(database, 'write', async (scope) => {
        const account = await findAccountByEmail(scope, email);
        if (account === null) return null;
        const made = { id: newId('session'), ...account, app: origin.app };
        await ensureSession(scope, { ...made, expiresAt: new Date(clock.now() + SESSION_TTL_MS) });
        await auditOpened(scope, origin, { ...made, operation: 'identity.signInForDevelopment' });
        return made;
      });
      return session === null ? null : opened(session, await issue(session));
    },
  };
}

/** In the name of identity itself: the caller had none yet. */
export function auditOpened(
  scope: SystemScope,
  origin: CallOrigin,
  session: { id: string; orgId: string; userId: string; operation: string },
): Promise<void> {
  const { id, orgId, userId, operation } = session;
  const act = { orgId, operation, subject: id, detail: { userId } };
  return recordSystemAudit(scope, { name: 'identity', ...origin }, act);
}

export function opened(
  session: { id: string; orgId: string; userId: string },
  token: AccessToken,
): OpenedSession {
  return {
    ...token,
    sessionId: session.id as OpenedSession['sessionId'],
    orgId: session.orgId as OpenedSession['orgId'],
    userId: session.userId as OpenedSession['userId'],
  };
}
