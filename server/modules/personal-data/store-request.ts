import {
  type DataRequestRow,
  findEmail,
  hasLiveSubscription,
  insertDataRequest,
  listOwnedOrganisations,
} from '../../../db/queries/data-requests.ts';
import { findOrganisationById } from '../../../db/queries/organisations.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { Failure } from '../../core/failure.ts';
import { exportedRules, rulesFor, type Subject } from './table-rules.ts';

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

/**
 * Whether the subject may be erased: confirmed by its name, owner of no team that others are left in, and not being
 * charged by a subscription.
 */
export async function requireErasable(
  scope: SystemScope,
  { subject, subjectId }: About,
  confirm: string,
): Promise<void> {
  const typed = confirm.trim().toLowerCase();
  if (subject === 'organisation') {
    const organisation = await findOrganisationById(scope, subjectId);
    if (organisation === null) throw new Failure('organisation.not-found');
    if (organisation.kind !== 'team') throw new Failure('organisation.is-personal');
    if (organisation.name.toLowerCase() !== typed) throw new Failure('data-request.not-confirmed');
    if (await hasLiveSubscription(scope, [subjectId])) throw new Failure('data-request.subscription-runs');
    return;
  }
  const email = await findEmail(scope, subjectId);
  if (email?.toLowerCase() !== typed) throw new Failure('data-request.not-confirmed');
  const owned = await listOwnedOrganisations(scope, subjectId);
  if (owned.some(({ kind }) => kind === 'team')) throw new Failure('data-request.owns-organisations');
  if (
    await hasLiveSubscription(
      scope,
      owned.map(({ id }) => id),
    )
  )
    throw new Failure('data-request.subscription-runs');
}
