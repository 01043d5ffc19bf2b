// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface ImpersonateInput {
  organisationId: string;
  userId: string;
  /** Why; on record for the organisation. A ticket number, not a person’s data. From 10 to 500 characters. */
  reason: string;
  /** From 1 to 60. Default: 15. */
  minutes?: number;
}

export interface Impersonation {
  accessToken: string;
  sessionId: string;
  /** When the session ends at the latest; sign it out before. */
  endsAt: string;
}

export interface OrganisationSuspension {
  organisationId: string;
  isSuspended: boolean;
}

export interface SuspendOrganisationInput {
  organisationId: string;
  /** Why; on record for the organisation. A ticket number, not a person’s data. From 10 to 500 characters. */
  reason: string;
}
