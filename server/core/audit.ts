import { insertAudit } from '../../db/queries/operations.ts';
import type { AnyScope } from '../../db/scope.ts';
import { type Actor, actorId } from './actor.ts';
import type { AppId } from './apps.ts';
import { newId } from './ids.ts';

/** The request that an act came with; its audit row names it. */
export interface CallOrigin {
  readonly app: AppId;
  readonly requestId: string;
}

/** What was done, to what, in which organisation. */
interface Act {
  readonly orgId: string;
  readonly operation: string;
  readonly subject: string | null;
  readonly detail: Record<string, unknown>;
}

/** Writes the audit row of a successful act of this caller, in the transaction of the act itself. */
export function recordAudit(
  scope: AnyScope,
  { actor, requestId, app }: CallOrigin & { readonly actor: Actor },
  act: Act,
): Promise<void> {
  const who = { actorKind: actor.kind, actorId: actorId(actor) };
  return insertAudit(scope, { id: newId('audit'), ...who, ...act, outcome: 'ok', requestId, app });
}
