import { z } from 'zod';
import { idPattern } from '../../core/ids.ts';

const OrganisationId = z.string().regex(idPattern('organisation'), 'must be an organisation id');
const Reason = z
  .string()
  .trim()
  .min(10)
  .max(500)
  .describe('Why; on record for the organisation. A ticket number, not a person’s data.');

/** Source: reliability.md F95: a time box. */
export const MAX_IMPERSONATION_MINUTES = 60;

export const ImpersonateInput = z.object({
  organisationId: OrganisationId,
  userId: z.string().regex(idPattern('user'), 'must be a user id'),
  reason: Reason,
  minutes: z.int().min(1).max(MAX_IMPERSONATION_MINUTES).default(15),
});
export const ImpersonationView = z
  .object({
    accessToken: z.string(),
    sessionId: z.string(),
    endsAt: z.iso.datetime().describe('When the session ends at the latest; sign it out before.'),
  })
  .meta({ id: 'Impersonation' });

export const SuspendOrganisationInput = z.object({ organisationId: OrganisationId, reason: Reason });
export const OrganisationSuspension = z
  .object({ organisationId: z.string(), isSuspended: z.boolean() })
  .meta({ id: 'OrganisationSuspension' });
