import { findDataRequest, listExportParts } from '../../../db/queries/data-requests.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Ports } from '../../core/ports.ts';
import { opensExport } from './export-link.ts';

/**
 * A finished export as the text of one JSON object, an array of rows a table, read piece by piece. Null for a wrong
 * token and for an export that is not ready, expired or unknown: the three look the same.
 */
export async function readExport(
  ports: Pick<Ports, 'database' | 'clock' | 'linkTokens'>,
  requestId: string,
  token: string,
): Promise<AsyncGenerator<string> | null> {
  if (!opensExport(ports.linkTokens, requestId, token)) return null;
  const row = await withSystemScope(ports.database, 'read', (scope) => findDataRequest(scope, requestId));
  const expires = row?.expiresAt?.getTime() ?? 0;
  if (row?.kind !== 'export' || row.status !== 'done' || expires <= ports.clock.now()) return null;
  return pieces(ports, requestId);
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
