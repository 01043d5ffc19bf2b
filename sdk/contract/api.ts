// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { Agent, AgentCategoriesInput, AgentCategoriesOutput, AgentGetInput, AgentsListInput, AgentsListOutput } from './agents.ts';
import type { Conversation, ConversationDeleted, ConversationDetail, ConversationExport, ConversationHits, ConversationPage, CreateConversationInput, DeleteConversationInput, ExportConversationInput, GetConversationInput, ListConversationsInput, RenameConversationInput, SearchConversationsInput } from './conversations.ts';
import type { AccessToken, Empty, OwnSessionList, RevokeSessionInput, Session, SessionsRevoked, SignInForDevelopmentInput, SignedOut, StartGuestInput } from './identity.ts';
import type { CancelRunInput, FollowRunInput, FollowedEvent, Run, RunCancelled, RunRef, RunStarted, StartAndFollowInput, StartRunInput, StartedEvent } from './runs.ts';

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
  readonly conversations: {
    /** Opens a conversation with an agent; the same client key gives the same conversation. */
    readonly create: { kind: 'mutation'; input: CreateConversationInput; output: Conversation };
    /** Deletes a conversation. */
    readonly delete: { kind: 'mutation'; input: DeleteConversationInput; output: ConversationDeleted };
    /** The whole conversation as a JSON or Markdown document. */
    readonly export: { kind: 'query'; input: ExportConversationInput; output: ConversationExport };
    /** A conversation with a page of its messages, the newest page first. */
    readonly get: { kind: 'query'; input: GetConversationInput; output: ConversationDetail };
    /** Your conversations, last used first. */
    readonly list: { kind: 'query'; input: ListConversationsInput; output: ConversationPage };
    /** Gives a conversation a title of your own. */
    readonly rename: { kind: 'mutation'; input: RenameConversationInput; output: Conversation };
    /** Finds your conversations by words in their titles and messages. */
    readonly search: { kind: 'query'; input: SearchConversationsInput; output: ConversationHits };
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
}
