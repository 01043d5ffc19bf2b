export * from '../contract/types.ts';
export { createRepSpheres, type RepSpheres } from './client.ts';
export type { ClientBase } from './client-base.ts';
export type {
  CallOptions,
  Mutation,
  MutationOptions,
  Query,
  Subscription,
  SubscriptionHandlers,
  SubscriptionOptions,
  Unsubscribable,
} from './client-types.ts';
export type { ConnectionState } from './connection.ts';
export {
  type ErrorCode,
  type ErrorKind,
  isRepSpheresError,
  type LimitDetail,
  type PublicFailure,
  RepSpheresError,
  type SdkCode,
} from './errors.ts';
export type {
  EventSourceConstructor,
  EventSourceInit,
  EventSourceInstance,
  FetchFunction,
  GuestStorage,
  Logger,
  RepSpheresOptions,
  Transport,
  WebSocketConstructor,
} from './options.ts';
export type { Page } from './paginate.ts';
export { type RedirectSessionOptions, redirectSession } from './redirect-session.ts';
export type { RunStreamEvent } from './run-events.ts';
export type { RunResult } from './run-result.ts';
export type { AcceptedRun, RunStream } from './run-stream.ts';
export type { FollowOptions, RunCalls, RunRequest } from './runs.ts';
export type {
  CompletedSignIn,
  CurrentSession,
  RedirectSession,
  SessionChange,
  SessionClient,
  SignInOptions,
} from './session-types.ts';
export { sdkVersion } from './version.ts';
