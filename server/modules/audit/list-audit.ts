import { type AuditRow, listAudit as listRows } from '../../../db/queries/audit.ts';
import { operation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import { type AuditEntry, AuditPage, ListAuditInput } from './audit.contract.ts';

/** What was done in the organisation, latest first. */
export const listAudit = operation(
  {
    name: 'audit.list',
    summary: 'What was done in your organisation, by whom, latest first.',
    kind: 'query',
    needs: 'audit:read',
    input: ListAuditInput,
    output: AuditPage,
  },
  async (call, input) => {
    const rows = await listRows(call.scope, { cursor: instantCursor(input.cursor), limit: input.limit + 1 });
    const page = pageOf(rows, input.limit, (row) => [row.createdAt.toISOString(), row.id]);
    return { ...page, items: page.items.map(toAuditEntry) };
  },
);

function toAuditEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: row.createdAt.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId },
    impersonatorId: row.impersonatorId,
    operation: row.operation,
    class: row.actClass,
    subject: row.subject,
    outcome: row.outcome,
    app: row.app,
    requestId: row.requestId,
    detail: row.detail,
    seq: row.seq,
    hash: row.hash,
  };
}
