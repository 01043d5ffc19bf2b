// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { AgentPage, ListAgentsInput } from './agents.ts';
import type { Contact, SaveContactInput } from './contacts.ts';
import type { Nothing, Session, SignedOut, Token } from './identity.ts';
import type { ProbeInput, ProbeOutput, ProbeTicksInput, ProbeTicksItem } from './probe.ts';
import type { CancelRunInput, FollowRunInput, FollowedEvent, RunStarted, RunsCancelOutput, StartAndFollowInput, StartRunInput, StartedEvent } from './runs.ts';

/** Every procedure of the API: what kind of call it is, what it takes and what it gives. */
export interface Api {
  readonly agents: {
    /** The agents an app offers, page by page. */
    readonly list: { kind: 'query'; input: ListAgentsInput; output: AgentPage };
  };
  readonly contacts: {
    /** Stores a contact. */
    readonly save: { kind: 'mutation'; input: SaveContactInput; output: Contact };
  };
  readonly identity: {
    /** Who you are. */
    readonly getSession: { kind: 'query'; input: Nothing; output: Session };
    /** A fresh token. */
    readonly renewToken: { kind: 'mutation'; input: Nothing; output: Token };
    /** Ends the session. */
    readonly signOut: { kind: 'mutation'; input: Nothing; output: SignedOut };
    /** Starts a guest. */
    readonly startGuest: { kind: 'mutation'; input: Nothing; output: Token };
  };
  readonly probe: {
    /** A mutation that can be told to fail. */
    readonly act: { kind: 'mutation'; input: ProbeInput; output: ProbeOutput };
    /** A query that can be told to fail. */
    readonly ask: { kind: 'query'; input: ProbeInput; output: ProbeOutput };
    /** Numbers from 1, resumable. */
    readonly ticks: { kind: 'subscription'; input: ProbeTicksInput; item: ProbeTicksItem };
  };
  readonly runs: {
    /** Cancels an answer. */
    readonly cancel: { kind: 'mutation'; input: CancelRunInput; output: RunsCancelOutput };
    /** Streams an answer. */
    readonly follow: { kind: 'subscription'; input: FollowRunInput; item: FollowedEvent };
    /** Asks an agent. */
    readonly start: { kind: 'mutation'; input: StartRunInput; output: RunStarted };
    /** Asks and streams in one go. */
    readonly startAndFollow: { kind: 'subscription'; input: StartAndFollowInput; item: StartedEvent };
  };
}
