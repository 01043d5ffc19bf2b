import {
  type DataRequestRow,
  findDataRequest,
  forgetRequestsOf,
  listOwnedOrganisations,
  moveDataRequest,
  noteProgress,
  setExportExpiry,
} from '../../../db/queries/data-requests.ts';
import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { setSuspended } from '../../../db/queries/organisations.ts';
import { endSessions, hasSitesToTell, vacateOrganisation } from '../../../db/queries/sessions.ts';
import { setPersonSuspended } from '../../../db/queries/staff.ts';
import { deleteSubjectRows, exportSubjectRows, listSubjectRuns } from '../../../db/queries/subject-rows.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Ports } from '../../core/ports.ts';
import { cancelErasure, obstacleOf } from './store-request.ts';
import { exportedRules, rulesFor, runsOf, type Subject, type TableRule, tableRules } from './table-rules.ts';

/** How long a finished export can be downloaded. Our own figure. */
const EXPORT_TTL_MS = 7 * 24 * 60 * 60 * 1000;

type WorkPorts = Pick<Ports, 'database' | 'clock' | 'runs'>;

/** What is to be done for a request that goes on. */
export interface BegunRequest {
  readonly tables: readonly string[];
  /** Sites are being told that sessions ended; their messages would go with the rows. */
  readonly tellsSites: boolean;
}

/** Ends access where it is an erasure, and gives the steps of a request that goes on; null when it was cancelled, is done or unknown. */
export async function beginDataRequest(ports: WorkPorts, requestId: string): Promise<BegunRequest | null> {
  const request = await job(ports, async (scope) => {
    const row = await findDataRequest(scope, requestId);
    if (row === null || row.status === 'done' || row.status === 'cancelled') return null;
    // The days before an erasure are time enough to found a team or to subscribe; neither may lose its owner.
    const isErasure = row.kind === 'erasure' && row.status === 'waiting';
    const obstacle = isErasure ? await obstacleOf(scope, row) : null;
    if (obstacle !== null) {
      await cancelErasure(scope, requestId, obstacle);
      return null;
    }
    await moveDataRequest(scope, requestId, { from: ['waiting'], to: 'running' });
    if (row.kind === 'erasure') await endAccess(scope, row);
    return row;
  });
  if (request === null) return null;
  if (request.kind === 'erasure') await endRuns(ports, request);
  const tellsSites = await job(ports, async (scope) => {
    await noteProgress(scope, requestId, 1);
    return request.kind === 'erasure' && (await hasSitesToTell(scope, whoseSessions(request)));
  });
  return { tables: rulesOf(request).map(({ table }) => table), tellsSites };
}

/** Exports or erases the subject's rows of one table; may be repeated. Returns how many rows. */
export async function workOnTable(
  ports: WorkPorts,
  requestId: string,
  table: string,
): Promise<{ rows: number }> {
  return job(ports, async (scope) => {
    const request = await findDataRequest(scope, requestId);
    if (request?.status !== 'running') return { rows: 0 };
    const rules = rulesOf(request);
    const place = rules.findIndex((rule) => rule.table === table);
    const rule = rules[place];
    if (rule === undefined) return { rows: 0 };
    // One may have been about to open when access ended, and a session that goes with its row is not ended.
    if (request.kind === 'erasure' && table === 'sessions') await endAccess(scope, request);
    let rows = 0;
    for (const { subject, subjectId } of await subjectsOf(scope, request)) {
      const condition = rule[subject]?.(subjectId);
      if (condition === undefined) continue;
      const target = { table, rows: condition };
      if (request.kind === 'erasure') rows += await deleteSubjectRows(scope, target);
      else rows += await exportSubjectRows(scope, target, { requestId, withheld: withheldOf(rule) });
    }
    await noteProgress(scope, requestId, place + 2);
    return { rows };
  });
}

/** Ends a request whose tables are done: an export can be downloaded, of an erasure only that it was made is kept. */
export async function finishDataRequest(ports: WorkPorts, requestId: string): Promise<{ done: boolean }> {
  return job(ports, async (scope) => {
    const request = await findDataRequest(scope, requestId);
    if (request?.status !== 'running') return { done: request?.status === 'done' };
    await moveDataRequest(scope, requestId, { from: ['running'], to: 'done' });
    if (request.kind === 'export')
      await setExportExpiry(scope, requestId, new Date(ports.clock.now() + EXPORT_TTL_MS));
    else await forgetRequestsOf(scope, request.subjectId, requestId);
    return { done: true };
  });
}

function job<T>({ database }: WorkPorts, body: (scope: SystemScope) => Promise<T>): Promise<T> {
  return withSystemScope(database, { access: 'write', work: 'job' }, body);
}

function withheldOf(rule: TableRule): readonly string[] {
  return rule.withheld === 'all' ? [] : (rule.withheld ?? []);
}

/** An erasure of a person takes the personal organisation along, so it goes through the tables of both. */
function rulesOf({ kind, subject }: DataRequestRow): readonly TableRule[] {
  if (kind === 'export') return exportedRules(subject);
  if (subject === 'organisation') return rulesFor('organisation');
  return tableRules;
}

async function subjectsOf(
  scope: SystemScope,
  { kind, subject, subjectId }: DataRequestRow,
): Promise<{ subject: Subject; subjectId: string }[]> {
  const itself = { subject, subjectId };
  if (subject === 'organisation' || kind === 'export') return [itself];
  return [itself, ...(await personalOf(scope, subjectId))];
}

async function personalOf(scope: SystemScope, userId: string) {
  const owned = await listOwnedOrganisations(scope, userId);
  return owned
    .filter(({ kind }) => kind !== 'team')
    .map(({ id }) => ({ subject: 'organisation' as const, subjectId: id }));
}

function whoseSessions({ subject, subjectId }: DataRequestRow) {
  return subject === 'person' ? { userId: subjectId } : { orgId: subjectId };
}

/** Who is in goes and nobody gets in again, before the rows go: members of an organisation that ends work on in another one. */
async function endAccess(scope: SystemScope, request: DataRequestRow): Promise<void> {
  const { subject, subjectId } = request;
  if (subject === 'person') {
    await setPersonSuspended(scope, { userId: subjectId }, true);
    await endSessions(scope, { userId: subjectId });
  } else {
    await setSuspended(scope, subjectId, true);
    await vacateOrganisation(scope, subjectId);
  }
  await notifyPrincipalChange(scope, JSON.stringify({ kind: 'revoked', ...whoseSessions(request) }));
}

/** Answers under way end, and every run's log goes, from whichever store holds it. */
async function endRuns(ports: WorkPorts, { subject, subjectId }: DataRequestRow): Promise<void> {
  const runs = await job(ports, (scope) => listSubjectRuns(scope, runsOf[subject](subjectId)));
  for (const { orgId, id, logKind, status } of runs) {
    if (status === 'queued' || status === 'running')
      await ports.runs.end(orgId, id, { kind: 'cancelled', by: 'system:erasure', reason: 'erasure' });
    await ports.runs.dropLog(id, logKind);
  }
}
