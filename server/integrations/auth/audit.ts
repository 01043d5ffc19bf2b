import { AsyncLocalStorage } from 'node:async_hooks';
import type { SystemScope } from '../../../db/scope.ts';
import type { Actor } from '../../core/actor.ts';
import { type AppId, appIds } from '../../core/apps.ts';
import { type CallOrigin, recordAudit } from '../../core/audit.ts';
import type { Id } from '../../core/ids.ts';

/** What the library's work is done for: the audit rows name it. */
interface ServedRequest extends CallOrigin {
  /** Under `/api/auth`: by what somebody signed in or out. */
  readonly path: string;
}

const served = new AsyncLocalStorage<ServedRequest>();

/** Does the work of one request, so that what it stores is recorded under that request. */
export function forRequest<T>(request: Request, work: () => Promise<T>): Promise<T> {
  const path = new URL(request.url).pathname.replace('/api/auth', '');
  const requestId = request.headers.get('x-repspheres-request') ?? '';
  return served.run({ path, requestId, app: namedApp(request.headers) }, work);
}

/** The app a caller says it is. */
export function namedApp(headers: Headers | undefined): AppId {
  const named = headers?.get('x-repspheres-app');
  return appIds.find((app) => app === named) ?? 'global';
}

export interface AuditedSession {
  readonly id: string;
  readonly userId: string;
  readonly orgId: string;
}

/** Records that the library opened or ended a session, in the transaction that does. Of a second step that is asked for, both. */
export async function auditSession(
  scope: SystemScope,
  operation: 'identity.signIn' | 'identity.endSession',
  { id, userId, orgId }: AuditedSession,
): Promise<void> {
  const { path, ...origin } = served.getStore() ?? { path: '', requestId: '', app: 'global' };
  const actor: Actor = { kind: 'system', orgId: orgId as Id<'organisation'>, name: 'identity' };
  const act = { orgId, operation, subject: id, detail: { userId, by: path } };
  await recordAudit(scope, { ...origin, actor }, act);
}
