import { firstOrganisationOf } from '../../../db/queries/accounts.ts';
import {
  type DataRequestRow,
  findDataRequest,
  listExportParts,
  mayStillHave,
} from '../../../db/queries/data-requests.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { recordSystemAudit } from '../../core/audit.ts';
import type { Ports } from '../../core/ports.ts';
import { opensExport } from './export-link.ts';

/**
 * A finished export as the text of one JSON object, an array of rows a table, read piece by piece; that it was fetched
 * is on record. Null for a wrong token, for an export that is not ready, expired or unknown, and where whoever asked for
 * it may not have it any more: these look the same.
 */
export async function readExport(
  ports: Pick<Ports, 'database' | 'clock' | 'linkTokens'>,
  link: { readonly id: string; readonly token: string; readonly requestId: string },
): Promise<AsyncGenerator<string> | null> {
  if (!opensExport(ports.linkTokens, link.id, link.token)) return null;
  const isOpen = await withSystemScope(ports.database, 'write', async (scope) => {
    const row = await findDataRequest(scope, link.id);
    const expires = row?.expiresAt?.getTime() ?? 0;
    if (row?.kind !== 'export' || row.status !== 'done' || expires <= ports.clock.now()) return false;
    if (!(await mayStillHave(scope, row))) return false;
    await recordDownload(scope, row, link.requestId);
    return true;
  });
  return isOpen ? pieces(ports, link.id) : null;
}

/** The link is the proof, so that nobody signed in is known to have fetched it. */
async function recordDownload(scope: SystemScope, row: DataRequestRow, requestId: string): Promise<void> {
  const isOfPerson = row.subject === 'person';
  const orgId = isOfPerson ? await firstOrganisationOf(scope, row.subjectId) : row.subjectId;
  if (orgId === null) return;
  const operation = isOfPerson ? 'personalData.downloadExport' : 'organisationData.downloadExport';
  const act = { orgId, operation, subject: row.id, detail: { requestedBy: row.requestedBy } };
  await recordSystemAudit(scope, { name: 'export-link', requestId }, act);
}

async function* pieces(ports: Pick<Ports, 'database'>, requestId: string): AsyncGenerator<string> {
  let last = { tableName: '', part: -1 };
  yield '{';
  for (;;) {
    const parts = await withSystemScope(ports.database, 'read', (scope) =>
      listExportParts(scope, requestId, last),
    );
    for (const part of parts) {
      if (part.tableName === last.tableName) yield ',';
      else yield `${last.tableName === '' ? '' : '],'}\n${JSON.stringify(part.tableName)}:[`;
      yield part.rows;
      last = part;
    }
    if (parts.length === 0) break;
  }
  yield last.tableName === '' ? '}' : ']\n}';
}
