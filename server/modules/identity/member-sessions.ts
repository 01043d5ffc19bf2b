import type { Database } from '../../../db/client.ts';
import { ensureSession, isMember, moveSession, notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { lockStaff } from '../../../db/queries/staff.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { recordAudit } from '../../core/audit.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import type { AccessToken } from './access-tokens.ts';
import type { Identity } from './identity.ts';
import { opened, type SessionFacts } from './open-sessions.ts';
import type { SessionPrincipals } from './session-principals.ts';

/** Sessions of members across organisations: the switch, and support acting as a member. */
export function memberSessions(parts: {
  readonly database: Database;
  readonly sessions: SessionPrincipals;
  issue(session: SessionFacts): Promise<AccessToken>;
}): Pick<Identity, 'switchOrganisation' | 'impersonate'> {
  const { database, sessions, issue } = parts;
  return {
    async switchOrganisation(member, orgId, origin) {
      const change = { kind: 'changed', sessionId: member.sessionId } as const;
      const row = await withSystemScope(database, 'write', async (scope) => {
        const moved = await moveSession(scope, { ...member, orgId });
        if (moved === null) return null;
        const act = { orgId, operation: 'organisations.switch', subject: member.sessionId, detail: {} };
        await recordAudit(scope, { ...origin, actor: member }, act);
        await notifyPrincipalChange(scope, JSON.stringify(change));
        return moved;
      });
      if (row === null) return null;
      sessions.apply(change);
      return issue({ id: member.sessionId, userId: member.userId, orgId, app: member.app });
    },
    async impersonate(target, { staff, reason, until }, origin) {
      const session = { id: newId('session'), ...target, app: origin.app };
      const made = await withSystemScope(database, 'write', async (scope) => {
        // Held until the session is there: who takes the right away at this moment then ends that too.
        if (!(await lockStaff(scope, staff.userId))) throw new Failure('auth.not-allowed');
        if (!(await isMember(scope, target))) return false;
        await ensureSession(scope, { ...session, impersonatorId: staff.userId, expiresAt: until });
        const detail = { userId: target.userId, reason, until: until.toISOString() };
        const act = { orgId: target.orgId, operation: 'support.impersonate', subject: session.id, detail };
        await recordAudit(scope, { ...origin, actor: staff }, act);
        return true;
      });
      return made ? opened(session, await issue(session)) : null;
    },
  };
}
