// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { Agent, AgentCategoriesInput, AgentCategoriesOutput, AgentGetInput, AgentsListInput, AgentsListOutput } from './agents.ts';
import type { ApiKeyCreated, ApiKeyPage, ApiKeyRevoked, CreateApiKeyInput, ListApiKeysInput, RevokeApiKeyInput } from './api-keys.ts';
import type { AuditPage, ListAuditInput } from './audit.ts';
import type { BillingSubscription, BuyAddOnInput, Checkout, CheckoutInput, Invoices, InvoicesInput, PlanChangeInput, PlanChangePreview, PlanChanged, PlanMoveInput, Plans, Portal, PortalInput } from './billing.ts';
import type { Conversation, ConversationDeleted, ConversationDetail, ConversationExport, ConversationHits, ConversationPage, CreateConversationInput, DeleteConversationInput, ExportConversationInput, GetConversationInput, ListConversationsInput, RenameConversationInput, SearchConversationsInput } from './conversations.ts';
import type { CheckFeatureInput, Entitlements, FeatureCheck } from './entitlements.ts';
import type { OwnSessionList, RevokeSessionInput, Session, SessionsRevoked, SignInForDevelopmentInput, SignedOut, StartGuestInput } from './identity.ts';
import type { ChangeRoleInput, CreateOrganisationInput, Invitation, InvitationOffer, InvitationPage, InvitationRevoked, InvitationTokenInput, InviteMemberInput, ListInvitationsInput, ListMembersInput, Member, MemberPage, MemberRemoved, NoInput, Organisation, OrganisationLeft, OrganisationList, RemoveMemberInput, RenameOrganisationInput, RevokeInvitationInput, SwitchOrganisationInput, TransferOwnershipInput } from './organisations.ts';
import type { CancelRunInput, FollowRunInput, FollowedEvent, Run, RunCancelled, RunRef, RunStarted, StartAndFollowInput, StartRunInput, StartedEvent } from './runs.ts';
import type { AccessToken, DataRequest, DataRequestInput, DataRequestList, Empty, ErasureInput, FollowInput, NothingInput } from './shared.ts';
import type { ImpersonateInput, Impersonation, OrganisationSuspension, SuspendOrganisationInput } from './support.ts';
import type { UsageSummary } from './usage.ts';

/** Every procedure of the API: what kind of call it is, what it takes and what it gives. */
export interface Api {
  readonly agents: {
    /** Lists the categories of agents with their counts; works without signing in. */
    readonly categories: { kind: 'query'; input: AgentCategoriesInput; output: AgentCategoriesOutput };
    /** Reads one agent by id or slug; works without signing in. */
    readonly get: { kind: 'query'; input: AgentGetInput; output: Agent };
    /** Lists the agents, all or those of one app or category; works without signing in. */
    readonly list: { kind: 'query'; input: AgentsListInput; output: AgentsListOutput };
  };
  readonly apiKeys: {
    /** Makes an API key; it is shown this once. */
    readonly create: { kind: 'mutation'; input: CreateApiKeyInput; output: ApiKeyCreated };
    /** The API keys of your organisation, latest first. */
    readonly list: { kind: 'query'; input: ListApiKeysInput; output: ApiKeyPage };
    /** Ends an API key at once. */
    readonly revoke: { kind: 'mutation'; input: RevokeApiKeyInput; output: ApiKeyRevoked };
  };
  readonly audit: {
    /** What was done in your organisation, by whom, latest first. */
    readonly list: { kind: 'query'; input: ListAuditInput; output: AuditPage };
  };
  readonly billing: {
    /** Opens the page where your organisation buys units beyond its plan; they do not end with a month. */
    readonly buyAddOn: { kind: 'mutation'; input: BuyAddOnInput; output: Checkout };
    /** Ends the plan with the period that is paid for, until which all works; at once where it is unpaid or paused. */
    readonly cancel: { kind: 'mutation'; input: Empty; output: BillingSubscription };
    /** Changes the plan: more begins now and is charged now, less begins with the next period. */
    readonly changePlan: { kind: 'mutation'; input: PlanChangeInput; output: PlanChanged };
    /** Opens the page where your organisation buys a plan; send the browser to its url. */
    readonly checkout: { kind: 'mutation'; input: CheckoutInput; output: Checkout };
    /** The invoices of your organisation, newest first. */
    readonly invoices: { kind: 'query'; input: InvoicesInput; output: Invoices };
    /** The plans with their prices, limits and features; works without signing in. */
    readonly plans: { kind: 'query'; input: Empty; output: Plans };
    /** Opens the page where cards, invoices and the plan are managed; send the browser to its url. */
    readonly portal: { kind: 'mutation'; input: PortalInput; output: Portal };
    /** What a change of plan would charge now and when it would begin. */
    readonly previewPlan: { kind: 'query'; input: PlanMoveInput; output: PlanChangePreview };
    /** Takes back a cancellation or a planned change: the plan goes on as it is. */
    readonly resume: { kind: 'mutation'; input: Empty; output: BillingSubscription };
  };
  readonly conversations: {
    /** Opens a conversation with an agent; the same client key gives the same conversation. */
    readonly create: { kind: 'mutation'; input: CreateConversationInput; output: Conversation };
    /** Deletes a conversation; it is gone for good after 30 days. */
    readonly delete: { kind: 'mutation'; input: DeleteConversationInput; output: ConversationDeleted };
    /** The whole conversation as a JSON or Markdown document. */
    readonly export: { kind: 'query'; input: ExportConversationInput; output: ConversationExport };
    /** A conversation with a page of its messages, the newest page first. */
    readonly get: { kind: 'query'; input: GetConversationInput; output: ConversationDetail };
    /** Your conversations, last used first. */
    readonly list: { kind: 'query'; input: ListConversationsInput; output: ConversationPage };
    /** Gives a conversation a title of your own. */
    readonly rename: { kind: 'mutation'; input: RenameConversationInput; output: Conversation };
    /** Finds your conversations by words in their titles and messages, the best match first. */
    readonly search: { kind: 'query'; input: SearchConversationsInput; output: ConversationHits };
  };
  readonly entitlements: {
    /** Tells whether a feature is open to your organisation, and if not, which plan opens it. */
    readonly check: { kind: 'query'; input: CheckFeatureInput; output: FeatureCheck };
    /** Streams the entitlements of your organisation: as they are, then after each change. */
    readonly follow: { kind: 'subscription'; input: FollowInput; item: Entitlements };
    /** The plan of your organisation, what it opens, its limits and what is used of them. */
    readonly get: { kind: 'query'; input: Empty; output: Entitlements };
  };
  readonly identity: {
    /** Who you are: user, organisation, tier and scopes. */
    readonly getSession: { kind: 'query'; input: Empty; output: Session };
    /** Where you are signed in, the latest first; at most 100. */
    readonly listSessions: { kind: 'query'; input: Empty; output: OwnSessionList };
    /** A fresh access token for the same session; call it before the old one ends. */
    readonly renewToken: { kind: 'mutation'; input: Empty; output: AccessToken };
    /** Signs you out everywhere but here. */
    readonly revokeOtherSessions: { kind: 'mutation'; input: Empty; output: SessionsRevoked };
    /** Signs one of your sessions out; its open sockets close. */
    readonly revokeSession: { kind: 'mutation'; input: RevokeSessionInput; output: SessionsRevoked };
    /** Signs in one of the seeded accounts; only on a development server. */
    readonly signInForDevelopment: { kind: 'mutation'; input: SignInForDevelopmentInput; output: AccessToken };
    /** Ends this session everywhere; its open sockets close. */
    readonly signOut: { kind: 'mutation'; input: Empty; output: SignedOut };
    /** Starts a guest: a token to talk to public agents without an account. */
    readonly startGuest: { kind: 'mutation'; input: StartGuestInput; output: AccessToken };
  };
  readonly organisationData: {
    /** Cancels an erasure that has not begun. */
    readonly cancelErasure: { kind: 'mutation'; input: DataRequestInput; output: DataRequest };
    /** How far an export or erasure is, and the link of a finished export. */
    readonly getRequest: { kind: 'query'; input: DataRequestInput; output: DataRequest };
    /** The latest 50 exports and erasures. */
    readonly listRequests: { kind: 'query'; input: NothingInput; output: DataRequestList };
    /** Erases your organisation’s data after a time in which it can be cancelled. */
    readonly requestErasure: { kind: 'mutation'; input: ErasureInput; output: DataRequest };
    /** Gathers your organisation’s data into one file; poll the request for progress and its link. */
    readonly requestExport: { kind: 'mutation'; input: NothingInput; output: DataRequest };
  };
  readonly organisations: {
    /** Joins the organisation that invited your e-mail address. */
    readonly acceptInvitation: { kind: 'mutation'; input: InvitationTokenInput; output: Organisation };
    /** Gives a member another role. */
    readonly changeRole: { kind: 'mutation'; input: ChangeRoleInput; output: Member };
    /** Creates an organisation that you own. */
    readonly create: { kind: 'mutation'; input: CreateOrganisationInput; output: Organisation };
    /** The organisation you work in now. */
    readonly get: { kind: 'query'; input: NoInput; output: Organisation };
    /** What the invitation of this token offers you: organisation and role. Fails as accepting it would. */
    readonly getInvitation: { kind: 'query'; input: InvitationTokenInput; output: InvitationOffer };
    /** Invites somebody by e-mail; the link works once, for 7 days, for that address. */
    readonly invite: { kind: 'mutation'; input: InviteMemberInput; output: Invitation };
    /** Leaves the organisation you work in. */
    readonly leave: { kind: 'mutation'; input: NoInput; output: OrganisationLeft };
    /** The organisations you are a member of. */
    readonly list: { kind: 'query'; input: NoInput; output: OrganisationList };
    /** The open invitations of your organisation. */
    readonly listInvitations: { kind: 'query'; input: ListInvitationsInput; output: InvitationPage };
    /** The members of your organisation. */
    readonly listMembers: { kind: 'query'; input: ListMembersInput; output: MemberPage };
    /** Removes a member; their access to your organisation ends at once. */
    readonly removeMember: { kind: 'mutation'; input: RemoveMemberInput; output: MemberRemoved };
    /** Gives your organisation another name. */
    readonly rename: { kind: 'mutation'; input: RenameOrganisationInput; output: Organisation };
    /** Takes an invitation back. */
    readonly revokeInvitation: { kind: 'mutation'; input: RevokeInvitationInput; output: InvitationRevoked };
    /** Works in another of your organisations from now on; use the new token. */
    readonly switch: { kind: 'mutation'; input: SwitchOrganisationInput; output: AccessToken };
    /** Makes another member the owner; you become an admin. */
    readonly transferOwnership: { kind: 'mutation'; input: TransferOwnershipInput; output: Member };
  };
  readonly personalData: {
    /** Cancels an erasure that has not begun. */
    readonly cancelErasure: { kind: 'mutation'; input: DataRequestInput; output: DataRequest };
    /** How far an export or erasure is, and the link of a finished export. */
    readonly getRequest: { kind: 'query'; input: DataRequestInput; output: DataRequest };
    /** The latest 50 exports and erasures. */
    readonly listRequests: { kind: 'query'; input: NothingInput; output: DataRequestList };
    /** Erases your data after a time in which it can be cancelled. */
    readonly requestErasure: { kind: 'mutation'; input: ErasureInput; output: DataRequest };
    /** Gathers your data into one file; poll the request for progress and its link. */
    readonly requestExport: { kind: 'mutation'; input: NothingInput; output: DataRequest };
  };
  readonly runs: {
    /** Ends an answer; what was written so far stays as a partial message. */
    readonly cancel: { kind: 'mutation'; input: CancelRunInput; output: RunCancelled };
    /** Streams an answer; resumes after the last event you have. */
    readonly follow: { kind: 'subscription'; input: FollowRunInput; item: FollowedEvent };
    /** The state of a run and its text so far. */
    readonly get: { kind: 'query'; input: RunRef; output: Run };
    /** Sends a message to an agent and starts its answer; follow the run to read it. */
    readonly start: { kind: 'mutation'; input: StartRunInput; output: RunStarted };
    /** Sends a message and streams its answer in one round trip. */
    readonly startAndFollow: { kind: 'subscription'; input: StartAndFollowInput; item: StartedEvent };
  };
  readonly support: {
    /** Acts as a member, with a reason and for a limited time; staff only. */
    readonly impersonate: { kind: 'mutation'; input: ImpersonateInput; output: Impersonation };
    /** Suspends an organisation; staff only. */
    readonly suspendOrganisation: { kind: 'mutation'; input: SuspendOrganisationInput; output: OrganisationSuspension };
    /** Ends the suspension of an organisation; staff only. */
    readonly unsuspendOrganisation: { kind: 'mutation'; input: SuspendOrganisationInput; output: OrganisationSuspension };
  };
  readonly usage: {
    /** Streams the usage of your organisation: as it is, then after each change. */
    readonly follow: { kind: 'subscription'; input: FollowInput; item: UsageSummary };
    /** What your organisation has used of its plan today and this month. */
    readonly summary: { kind: 'query'; input: Empty; output: UsageSummary };
  };
}
