import type { Call } from '../../core/call.ts';
import { openScope } from '../../core/scoped.ts';
import type { OpenedSession } from './identity.ts';

/** The audit row of a session that was just opened, in its own organisation: the caller had no identity yet. */
export async function auditOpenedSession(
  call: Call,
  operation: string,
  session: OpenedSession,
): Promise<void> {
  const actor = { kind: 'system', orgId: session.orgId, name: 'identity' } as const;
  await openScope({ ...call, actor }, operation, 'write', async (scoped) =>
    scoped.audit(session.sessionId, { userId: session.userId }),
  );
}
