import { appendOutbox } from '../../db/queries/operations.ts';
import type { OrgScope } from '../../db/scope.ts';
import { type Access, withOrgScope } from '../../db/tx.ts';
import { type Actor, impersonatorOf } from './actor.ts';
import { recordAudit } from './audit.ts';
import { principalOf } from './authorise.ts';
import type { Call, ScopedCall } from './call.ts';
import { Effects } from './effects.ts';
import { Failure } from './failure.ts';
import type { Id } from './ids.ts';

/** Records that staff acting as a member asked for something, reads and refused acts included; before it is done. */
export async function auditImpersonated(call: Call, operation: string): Promise<void> {
  const { actor } = call;
  if (impersonatorOf(actor) === null) return;
  const orgId = tenantOf(actor);
  const asked = { orgId, operation, subject: null, detail: {}, outcome: 'asked' } as const;
  await withOrgScope(call.ports.database, orgId, 'write', (scope) => recordAudit(scope, call, asked));
}

/** The call as it is made in another organisation of the caller; for bodies that have proved the right to be there. */
export function inOrganisation<C extends Call>(call: C, orgId: Id<'organisation'>): C {
  return { ...call, actor: { ...principalOf(call.actor), orgId } };
}

function tenantOf(actor: Actor): string {
  if (actor.kind === 'anonymous') throw new Failure('auth.required');
  return actor.orgId;
}

/** Opens the caller's tenant transaction, runs `body`, and writes audit row and outbox rows before the commit of a write. */
export async function openScope<T>(
  call: Call,
  operationName: string,
  access: Access,
  body: (scoped: ScopedCall) => Promise<T>,
): Promise<T> {
  let after: (() => void | Promise<void>)[] = [];
  const result = await withOrgScope(call.ports.database, tenantOf(call.actor), access, async (scope) => {
    after = [];
    let repeated = false;
    const effects = new Effects();
    let audited: { subject: string | null; detail: Record<string, unknown> } = {
      subject: null,
      detail: {},
    };
    const scoped: ScopedCall = {
      ...call,
      scope,
      effects,
      audit: (subject, detail = {}) => {
        audited = { subject, detail };
      },
      repeated: () => {
        repeated = true;
      },
      afterCommit: (act) => {
        after.push(act);
      },
    };
    const value = await body(scoped);
    if (access === 'write' && !repeated)
      await writeRecords(scope, call, operationName, { ...audited, effects });
    return value;
  });
  for (const act of after) await runAfterCommit(call, operationName, act);
  return result;
}

async function writeRecords(
  scope: OrgScope,
  call: Call,
  operationName: string,
  records: { subject: string | null; detail: Record<string, unknown>; effects: Effects },
): Promise<void> {
  await recordAudit(scope, call, {
    orgId: scope.orgId,
    operation: operationName,
    subject: records.subject,
    detail: records.detail,
  });
  const effects = records.effects.drain();
  if (effects.length > 0) {
    await appendOutbox(
      scope,
      effects.map((effect) => ({ eventId: effect.id, name: effect.name, data: effect.data })),
    );
  }
}

async function runAfterCommit(
  call: Call,
  operationName: string,
  act: () => void | Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    call.ports.logger.error(
      { err: error, operation: operationName, requestId: call.requestId },
      'after-commit step failed',
    );
  }
}
