import { type DataRequestRow, findDataRequest, listDataRequests } from '../../../db/queries/data-requests.ts';
import { appendSystemOutbox } from '../../../db/queries/outbox.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Scope } from '../../core/actor.ts';
import { recordAudit } from '../../core/audit.ts';
import { memberOf } from '../../core/authorise.ts';
import type { Call } from '../../core/call.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { exportUrl } from './export-link.ts';
import {
  DataRequestInput,
  DataRequestList,
  DataRequestView,
  ErasureInput,
  NothingInput,
} from './personal-data.contract.ts';
import { cancelErasure, requireErasable, storeRequest } from './store-request.ts';
import type { Subject } from './table-rules.ts';

interface Naming {
  readonly subject: Subject;
  readonly prefix: 'personalData' | 'organisationData';
  readonly read: Scope;
  readonly write: Scope;
  readonly whose: string;
}

/** The same five acts about oneself and about the organisation one owns. Each is a durable job with progress. */
function dataOperations({ subject, prefix, read, write, whose }: Naming) {
  const subjectId = (call: Call) =>
    subject === 'person' ? memberOf(call.actor).userId : memberOf(call.actor).orgId;
  const own = async (call: Call, id: string): Promise<DataRequestRow> => {
    const row = await withSystemScope(call.ports.database, 'read', (scope) => findDataRequest(scope, id));
    if (row === null || row.subject !== subject || row.subjectId !== subjectId(call))
      throw new Failure('data-request.not-found');
    return row;
  };
  const request = async (call: Call, kind: DataRequestRow['kind'], confirm: string | null) => {
    const id = newId('dataRequest');
    const row = await withSystemScope(call.ports.database, 'write', async (scope) => {
      const about = { subject, subjectId: subjectId(call) };
      if (confirm !== null) await requireErasable(scope, about, confirm);
      const delayMs = kind === 'erasure' ? call.ports.erasureDelayMs : 0;
      const dueAt = new Date(call.ports.clock.now() + delayMs);
      const requestedBy = memberOf(call.actor).userId;
      const stored = await storeRequest(scope, { id, kind, ...about, requestedBy, dueAt });
      await audit(scope, call, kind === 'export' ? 'requestExport' : 'requestErasure', id);
      await appendSystemOutbox(scope, {
        eventId: `data-request:${id}`,
        name: 'personal-data/request.made',
        data: { requestId: id, dueAt: dueAt.toISOString() },
      });
      return stored;
    });
    return toView(call, row);
  };
  const audit = (scope: Parameters<typeof recordAudit>[0], call: Call, act: string, id: string) => {
    const { orgId } = memberOf(call.actor);
    return recordAudit(scope, call, { orgId, operation: `${prefix}.${act}`, subject: id, detail: {} });
  };

  return {
    requestExport: unscopedOperation(
      {
        name: `${prefix}.requestExport`,
        summary: `Gathers ${whose} data into one file; poll the request for progress and its link.`,
        kind: 'mutation',
        needs: write,
        input: NothingInput,
        output: DataRequestView,
      },
      (call) => request(call, 'export', null),
    ),
    requestErasure: unscopedOperation(
      {
        name: `${prefix}.requestErasure`,
        summary: `Erases ${whose} data after a time in which it can be cancelled.`,
        kind: 'mutation',
        needs: write,
        input: ErasureInput,
        output: DataRequestView,
      },
      (call, { confirm }) => request(call, 'erasure', confirm),
    ),
    cancelErasure: unscopedOperation(
      {
        name: `${prefix}.cancelErasure`,
        summary: 'Cancels an erasure that has not begun.',
        kind: 'mutation',
        needs: write,
        input: DataRequestInput,
        output: DataRequestView,
      },
      async (call, { id }) => {
        const row = await own(call, id);
        if (row.kind !== 'erasure') throw new Failure('data-request.not-found');
        await withSystemScope(call.ports.database, 'write', async (scope) => {
          if (!(await cancelErasure(scope, id, 'asked'))) throw new Failure('data-request.too-late');
          await audit(scope, call, 'cancelErasure', id);
        });
        return toView(call, await own(call, id));
      },
    ),
    getRequest: unscopedOperation(
      {
        name: `${prefix}.getRequest`,
        summary: 'How far an export or erasure is, and the link of a finished export.',
        kind: 'query',
        needs: read,
        input: DataRequestInput,
        output: DataRequestView,
      },
      async (call, { id }) => toView(call, await own(call, id)),
    ),
    listRequests: unscopedOperation(
      {
        name: `${prefix}.listRequests`,
        summary: 'The latest 50 exports and erasures.',
        kind: 'query',
        needs: read,
        input: NothingInput,
        output: DataRequestList,
      },
      async (call) => {
        const rows = await withSystemScope(call.ports.database, 'read', (scope) =>
          listDataRequests(scope, subjectId(call)),
        );
        return { items: rows.map((row) => toView(call, row)) };
      },
    ),
  };
}

function toView({ ports }: Call, row: DataRequestRow): DataRequestView {
  const isReady = row.kind === 'export' && row.status === 'done' && row.expiresAt !== null;
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    seq: row.seq,
    progress: row.status === 'done' ? 100 : Math.floor((100 * row.doneSteps) / Math.max(1, row.totalSteps)),
    createdAt: row.createdAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    download:
      isReady && row.expiresAt !== null && row.expiresAt.getTime() > ports.clock.now()
        ? { url: exportUrl(ports, row.id), expiresAt: row.expiresAt.toISOString() }
        : null,
  };
}

export const personalData = dataOperations({
  subject: 'person',
  prefix: 'personalData',
  read: 'personal-data:read',
  write: 'personal-data:write',
  whose: 'your',
});

export const organisationData = dataOperations({
  subject: 'organisation',
  prefix: 'organisationData',
  read: 'organisation-data:read',
  write: 'organisation-data:write',
  whose: 'your organisation’s',
});
