import type { Database } from '../../../db/client.ts';
import { endSessions, listSessions, type SessionsToEnd } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { SessionActor } from '../../core/actor.ts';
import { type CallOrigin, recordAudit } from '../../core/audit.ts';
import type { Identity } from './identity.ts';
import type { SessionPrincipals } from './session-principals.ts';

/** What a person does with their own sessions. An end is one transaction with its audit row; here it acts at once. */
export function ownSessions(
  database: Database,
  sessions: SessionPrincipals,
): Pick<Identity, 'signOut' | 'listSessions' | 'endSession' | 'endOtherSessions'> {
  const end = async (
    which: SessionsToEnd,
    by: {
      readonly principal: SessionActor;
      readonly origin: CallOrigin;
      readonly operation: string;
      readonly subject: string | null;
    },
  ): Promise<string[]> => {
    const { principal, origin, operation, subject } = by;
    const ended = await withSystemScope(database, 'write', async (scope) => {
      const ids = await endSessions(scope, which);
      const act = { orgId: principal.orgId, operation, subject, detail: { ended: ids.length } };
      if (ids.length > 0) await recordAudit(scope, { ...origin, actor: principal }, act);
      return ids;
    });
    for (const sessionId of ended) sessions.apply({ kind: 'revoked', sessionId });
    return ended;
  };
  return {
    async signOut(principal, origin) {
      const which = { sessionIds: [principal.sessionId] };
      const { sessionId: subject } = principal;
      await end(which, { principal, origin, operation: 'identity.signOut', subject });
    },
    listSessions: ({ userId }) => withSystemScope(database, 'read', (scope) => listSessions(scope, userId)),
    async endSession(principal, sessionId, origin) {
      const which = { userId: principal.userId, sessionId };
      const by = { principal, origin, operation: 'identity.revokeSession', subject: sessionId };
      return (await end(which, by)).length > 0;
    },
    async endOtherSessions(principal, origin) {
      const which = { userId: principal.userId, exceptSessionId: principal.sessionId };
      const by = { principal, origin, operation: 'identity.revokeOtherSessions', subject: null };
      return (await end(which, by)).length;
    },
  };
}
