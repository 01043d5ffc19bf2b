import type { Inngest } from 'inngest';

/** Which answer a job works on. */
export interface CompletedRun {
  readonly orgId: string;
  readonly conversationId: string;
  readonly runId: string;
}

/**
 * The operations that durable functions call, as a `system` actor. Each may be called again after a crash with the
 * same input and must then change nothing. They answer with ids and counts, never with rows.
 */
export interface JobOperations {
  /** Gives a conversation its generated title, unless it has one. */
  titleConversation(input: CompletedRun): Promise<{ conversationId: string; titled: boolean }>;
  /** Brings the rolling summary up to the end of the run, where it is worth one. */
  summariseConversation(input: CompletedRun): Promise<{ conversationId: string; summaryToSeq: number }>;
  /** Mails an invitation that is still open. */
  sendInvitation(input: {
    readonly orgId: string;
    readonly invitationId: string;
  }): Promise<{ invitationId: string; sent: boolean }>;
  /** Tells a site that a session ended; false when it takes no such news. */
  logOutSite(input: {
    readonly sessionId: string;
    readonly userId: string;
    readonly clientId: string;
  }): Promise<{ delivered: boolean }>;
  /** Mails a message of the sign-in that was kept; false when its link has ended. */
  sendHeldMail(input: { readonly sealed: string; readonly until: string }): Promise<{ sent: boolean }>;
  /** Begins a data request; null when it was cancelled. `tellsSites`: logouts are on their way, and rows wait for them. */
  beginDataRequest(input: {
    readonly requestId: string;
  }): Promise<{ tables: readonly string[]; tellsSites: boolean } | null>;
  /** Exports or erases the rows of one table. */
  workOnTable(input: { readonly requestId: string; readonly table: string }): Promise<{ rows: number }>;
  finishDataRequest(input: { readonly requestId: string }): Promise<{ done: boolean }>;
  /** Mails that an erasure was cancelled; false when there is nobody to tell. */
  tellErasureCancelled(input: {
    readonly requestId: string;
    readonly reason: 'asked' | 'owns-organisations' | 'subscription-runs';
  }): Promise<{ sent: boolean }>;
  /** Removes exports past their expiry; returns how many. */
  purgeExports(): Promise<{ removed: number }>;
  /** Takes over or ends runs whose owner died; returns how many. */
  reapRuns(): Promise<{ reaped: number }>;
  /** Acts on a stored delivery of the payment vendor; null when it is done or in other hands. */
  processBillingEvent(input: { readonly eventId: string }): Promise<{ outcome: string | null }>;
  /** Takes up deliveries whose processing failed or was lost; returns how many were done and how many failed again. */
  retryBillingEvents(): Promise<{ done: number; failed: number }>;
  /** Computes entitlements again that have expired; returns how many. */
  refreshEntitlements(): Promise<{ refreshed: number }>;
  /** Gives back units set aside for work that never said how it ended; returns how many holds. */
  expireUsageHolds(): Promise<{ expired: number }>;
  /** Records which notices of billing are due, with the events that send them; returns how many were new. */
  recordNotices(): Promise<{ recorded: number }>;
  /** Mails a notice that is still true, once. */
  sendNotice(input: { readonly orgId: string; readonly key: string }): Promise<{ sent: boolean }>;
  /** Seals the use of hours that are over; returns how many windows were made. */
  sealUsage(): Promise<{ sealed: number }>;
  /** Tells the payment vendor of sealed windows, and settles those whose arrival is unknown. */
  tellUsage(): Promise<{ confirmed: number; retried: number; parked: number }>;
  /** Holds the usage ledger against its export. */
  checkUsageExport(): Promise<{
    isSound: boolean;
    difference: number;
    overdue: number;
    forgotten: number;
  }>;
  /** Holds one page of a month's confirmed use against the vendor's summaries; `next` begins the following one. */
  compareUsageMonth(page: {
    readonly month: 'this' | 'last';
    readonly after: readonly [string, string];
  }): Promise<{ checked: number; differing: number; next: readonly [string, string] | null }>;
  /** Checks one page of customers against the payment vendor; the counts are of the cycle so far. */
  reconcileStep(step: { readonly kind: 'recent' | 'full' }): Promise<{
    checked: number;
    drifted: number;
    repaired: number;
    parked: number;
    done: boolean;
  }>;
  /** Whether a cycle over all customers waits to be finished. */
  findUnfinishedReconcile(): Promise<{ unfinished: boolean }>;
  /** Makes the coming days' partitions of the run log and drops those past retention. */
  maintainPartitions(): Promise<{ made: number; dropped: number }>;
  /** Removes idempotency keys past their expiry; returns how many. */
  purgeIdempotencyKeys(): Promise<{ removed: number }>;
  /** Removes outbox rows sent long ago; returns how many. */
  purgeSentOutbox(): Promise<{ removed: number }>;
  /** Removes spent links, heard announcements, and sessions that ended long ago; returns how many sessions. */
  purgeEndedSessions(): Promise<{ removed: number }>;
  /** Closes notes of checkout pages nobody was given, and removes deliveries done and holds ended long ago; how many of each. */
  purgeBilling(): Promise<{ closed: number; events: number; holds: number }>;
  /** Removes conversations deleted long ago, with their messages and runs; returns how many. */
  purgeDeletedConversations(): Promise<{ removed: number }>;
  /** Removes ended runs of the local executor and the events it received; returns how many. */
  purgeJobHistory(): Promise<{ removed: number }>;
}

export interface JobDeps {
  readonly client: Inngest;
  readonly operations: JobOperations;
}
