import {
  type DataRequestRow,
  findOwnName,
  hasLiveSubscription,
  insertDataRequest,
  listOwnedOrganisations,
  moveDataRequest,
} from '../../../db/queries/data-requests.ts';
import { findOrganisationById } from '../../../db/queries/organisations.ts';
import { appendSystemOutbox } from '../../../db/queries/outbox.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { Failure } from '../../core/failure.ts';
import { exportedRules, rulesFor, type Subject } from './table-rules.ts';
import type { Cancellation } from './tell-cancelled.ts';

interface About {
  readonly subject: Subject;
  readonly subjectId: string;
}

/** Stores the request; one of a kind and subject at a time, else `data-request.in-progress`. */
export async function storeRequest(
  scope: SystemScope,
  request: About & Pick<DataRequestRow, 'id' | 'kind' | 'requestedBy' | 'dueAt'>,
): Promise<DataRequestRow> {
  const rules = request.kind === 'export' ? exportedRules : rulesFor;
  const row = await insertDataRequest(scope, {
    ...request,
    // One for the start (access ends, logs go), one a table.
    totalSteps: rules(request.subject).length + 1,
  });
  if (row === null) throw new Failure('data-request.in-progress');
  return row;
}

/** Whether the subject may be erased: confirmed by its name, and nothing in the way; throws why not. */
export async function requireErasable(scope: SystemScope, about: About, confirm: string): Promise<void> {
  const typed = confirm.trim().toLowerCase();
  if ((await nameOf(scope, about))?.toLowerCase() !== typed) throw new Failure('data-request.not-confirmed');
  const obstacle = await obstacleOf(scope, about);
  if (obstacle !== null) throw new Failure(`data-request.${obstacle}`);
}

/** What is typed to confirm: the address of a person, or the name of one without, and the name of a team. */
async function nameOf(scope: SystemScope, { subject, subjectId }: About): Promise<string | null> {
  if (subject === 'person') return findOwnName(scope, subjectId);
  const organisation = await findOrganisationById(scope, subjectId);
  if (organisation === null) throw new Failure('organisation.not-found');
  if (organisation.kind !== 'team') throw new Failure('organisation.is-personal');
  return organisation.name;
}

/** What is in the way of an erasure now: a person owns a team, or a subscription goes on charging; null for nothing. */
export async function obstacleOf(
  scope: SystemScope,
  { subject, subjectId }: About,
): Promise<Exclude<Cancellation, 'asked'> | null> {
  const owned = subject === 'person' ? await listOwnedOrganisations(scope, subjectId) : [];
  if (owned.some(({ kind }) => kind === 'team')) return 'owns-organisations';
  const charged = subject === 'person' ? owned.map(({ id }) => id) : [subjectId];
  return (await hasLiveSubscription(scope, charged)) ? 'subscription-runs' : null;
}

/** Cancels an erasure that has not begun, and has its person told; false when it has. */
export async function cancelErasure(scope: SystemScope, id: string, reason: Cancellation): Promise<boolean> {
  if (!(await moveDataRequest(scope, id, { from: ['waiting'], to: 'cancelled' }))) return false;
  await appendSystemOutbox(scope, {
    eventId: `erasure-cancelled:${id}`,
    name: 'personal-data/erasure.cancelled',
    data: { requestId: id, reason },
  });
  return true;
}
