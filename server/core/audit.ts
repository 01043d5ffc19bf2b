import { insertAudit } from '../../db/queries/operations.ts';
import type { AnyScope } from '../../db/scope.ts';
import { type Actor, actorId, impersonatorOf } from './actor.ts';
import type { AppId } from './apps.ts';
import { auditClassOf } from './audit-classes.ts';
import { type Id, newId } from './ids.ts';

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
  /** Ids and facts of the act, never a name, address or text of a person: the log outlives an erasure. */
  readonly detail: Record<string, unknown>;
  /** `asked`: recorded before it is done, whatever becomes of it. Default `ok`. */
  readonly outcome?: 'ok' | 'asked';
}

/** Writes the audit row of an act of this caller, in the transaction of the act itself; chained where its class is. */
export function recordAudit(
  scope: AnyScope,
  { actor, requestId, app }: CallOrigin & { readonly actor: Actor },
  act: Act,
): Promise<void> {
  const who = { actorKind: actor.kind, actorId: actorId(actor), impersonatorId: impersonatorOf(actor) };
  const actClass = auditClassOf(act.operation);
  return insertAudit(scope, {
    id: newId('audit'),
    ...who,
    outcome: 'ok',
    ...act,
    actClass,
    requestId,
    app,
  });
}

/** The same for an act of a part of the platform, in an organisation that it names; no person made it here. */
export function recordSystemAudit(
  scope: AnyScope,
  { name, app = 'global', requestId = newId('request') }: { readonly name: string } & Partial<CallOrigin>,
  act: Act,
): Promise<void> {
  const orgId = act.orgId as Id<'organisation'>; // as every stored one
  return recordAudit(scope, { actor: { kind: 'system', orgId, name }, app, requestId }, act);
}
