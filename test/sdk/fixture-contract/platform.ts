// Generated from the running router by `npm run sdk:generate`. Do not edit.

export type AppId = 'crm' | 'market' | 'global' | 'repconnect' | 'canvas';

export type FailureCode =
  | 'agent.not-found'
  | 'agent.not-public'
  | 'auth.expired-token'
  | 'auth.invalid-token'
  | 'auth.not-allowed'
  | 'auth.origin-refused'
  | 'auth.required'
  | 'auth.revoked'
  | 'auth.unknown-account'
  | 'conversation.agent-mismatch'
  | 'conversation.not-found'
  | 'guest.message-limit'
  | 'idempotency.conflict'
  | 'idempotency.in-progress'
  | 'job.not-found'
  | 'request.invalid'
  | 'request.rate-limited'
  | 'request.timeout'
  | 'request.too-large'
  | 'request.unknown-procedure'
  | 'run.busy'
  | 'run.interrupted'
  | 'run.not-found'
  | 'run.provider-failed'
  | 'run.provider-refused'
  | 'server.draining'
  | 'server.internal'
  | 'server.overloaded'
  | 'server.unavailable'
  | 'session.expired'
  | 'socket.too-many'
  | 'socket.too-many-subscriptions';

export type FailureKind =
  | 'conflict'
  | 'forbidden'
  | 'internal'
  | 'invalid'
  | 'limit'
  | 'not-found'
  | 'precondition'
  | 'unauthenticated'
  | 'upstream';

export type Tier = 'repx0' | 'repx1' | 'repx2' | 'repx3' | 'repx4' | 'repx5';
