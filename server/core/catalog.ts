/** What a failure means to a caller, independent of transport. */
export type FailureKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'limit'
  | 'precondition'
  | 'upstream'
  | 'internal';

interface CatalogEntry {
  readonly kind: FailureKind;
  /** Public text; never carries data of another principal or of our internals. */
  readonly message: string;
  /** Overrides the kind's default for clients and jobs. */
  readonly retryable?: boolean;
  /** Overrides the kind's, where HTTP has a status for exactly this. */
  readonly status?: DoorStatus;
}

/** How a failure is called by HTTP and by tRPC. */
interface DoorStatus {
  readonly httpStatus: number;
  readonly trpcCode:
    | 'BAD_REQUEST'
    | 'PAYLOAD_TOO_LARGE'
    | 'UNAUTHORIZED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'CONFLICT'
    | 'TOO_MANY_REQUESTS'
    | 'PRECONDITION_FAILED'
    | 'BAD_GATEWAY'
    | 'INTERNAL_SERVER_ERROR';
}

/** Every failure a caller can meet: the only list. Codes are `module.reason`. */
export const catalog = {
  'request.invalid': { kind: 'invalid', message: 'The request does not have the expected shape.' },
  'request.too-large': {
    kind: 'invalid',
    message: 'The request is larger than this server accepts.',
    status: { httpStatus: 413, trpcCode: 'PAYLOAD_TOO_LARGE' },
  },
  'request.unknown-procedure': { kind: 'not-found', message: 'No such procedure.' },
  'request.rate-limited': { kind: 'limit', message: 'Too many requests; try again later.' },
  'request.timeout': {
    kind: 'upstream',
    message: 'The request took longer than its deadline.',
    retryable: true,
  },
  'server.internal': { kind: 'internal', message: 'Something went wrong on our side.' },
  'server.unavailable': {
    kind: 'upstream',
    message: 'A part we depend on is not answering.',
    retryable: true,
  },
  'server.overloaded': { kind: 'limit', message: 'This server is at its limit; try again shortly.' },
  'server.draining': {
    kind: 'upstream',
    message: 'This server is going down; connect again.',
    retryable: true,
  },
  'idempotency.conflict': { kind: 'conflict', message: 'This key was used with another input.' },
  'idempotency.in-progress': {
    kind: 'conflict',
    message: 'The first call with this key is still running.',
    retryable: true,
  },
  'auth.required': { kind: 'unauthenticated', message: 'Sign in to do this.' },
  'auth.invalid-token': { kind: 'unauthenticated', message: 'The access token is not valid.' },
  'auth.expired-token': { kind: 'unauthenticated', message: 'The access token has expired.' },
  'auth.unknown-key': {
    kind: 'unauthenticated',
    message: 'The key of this access token is not known yet; try again shortly.',
    retryable: true,
  },
  'auth.second-factor-required': {
    kind: 'unauthenticated',
    message: 'This account has a second factor: sign in here with it.',
  },
  'auth.revoked': { kind: 'unauthenticated', message: 'This session was signed out.' },
  'auth.not-allowed': { kind: 'forbidden', message: 'Your role or plan does not allow this.' },
  'auth.rights-changed': {
    kind: 'forbidden',
    message: 'Your rights changed; connect again.',
    retryable: true,
  },
  'plan.upgrade-required': { kind: 'forbidden', message: 'Your plan does not include this.' },
  'auth.origin-refused': { kind: 'forbidden', message: 'This origin is not allowed.' },
  'auth.unknown-account': { kind: 'unauthenticated', message: 'The e-mail or password is not right.' },
  'auth.session-not-found': { kind: 'not-found', message: 'No such session.' },
  'socket.too-many': { kind: 'limit', message: 'Too many open connections.' },
  'socket.too-many-subscriptions': { kind: 'limit', message: 'Too many subscriptions on this connection.' },
  'agent.not-found': { kind: 'not-found', message: 'No such agent.' },
  'agent.not-public': { kind: 'forbidden', message: 'Sign in to talk to this agent.' },
  'conversation.not-found': { kind: 'not-found', message: 'No such conversation.' },
  'conversation.agent-mismatch': { kind: 'conflict', message: 'This conversation is with another agent.' },
  'run.not-found': { kind: 'not-found', message: 'No such run.' },
  'run.busy': {
    kind: 'conflict',
    message: 'This conversation already has a running answer.',
    retryable: true,
  },
  'run.interrupted': {
    kind: 'upstream',
    message: 'The answer was interrupted; ask again to continue.',
    retryable: true,
  },
  'run.provider-failed': { kind: 'upstream', message: 'The model could not answer.', retryable: true },
  'run.provider-refused': { kind: 'precondition', message: 'The model declined to answer this.' },
  'session.expired': { kind: 'limit', message: 'The time for this session is used up.' },
  'guest.message-limit': { kind: 'limit', message: 'Guests may send 10 messages in 15 minutes.' },
  'organisation.not-found': { kind: 'not-found', message: 'No such organisation.' },
  'organisation.is-personal': {
    kind: 'precondition',
    message: 'A personal organisation has one member and ends with the account.',
  },
  'member.not-found': { kind: 'not-found', message: 'No such member.' },
  'member.is-owner': {
    kind: 'precondition',
    message: 'The owner stays until the organisation is transferred to another member.',
  },
  'member.exists': { kind: 'conflict', message: 'This person is a member already.' },
  'invitation.not-found': { kind: 'not-found', message: 'No such invitation.' },
  'invitation.expired': { kind: 'precondition', message: 'This invitation has expired; ask for a new one.' },
  'invitation.used': { kind: 'conflict', message: 'This invitation was used or revoked.' },
  'invitation.wrong-address': {
    kind: 'forbidden',
    message: 'This invitation is for another e-mail address, or yours is not verified yet.',
  },
  'invitation.too-many': { kind: 'limit', message: 'Too many invitations are open; revoke some first.' },
  'api-key.not-found': { kind: 'not-found', message: 'No such API key.' },
  'api-key.scope-refused': {
    kind: 'forbidden',
    message: 'A key may have only rights that you have and that keys may have.',
  },
  'api-key.too-many': { kind: 'limit', message: 'The organisation has as many API keys as it may.' },
  'support.not-found': { kind: 'not-found', message: 'No such member of an organisation.' },
  'data-request.not-found': { kind: 'not-found', message: 'No such request.' },
  'data-request.in-progress': { kind: 'conflict', message: 'The same request is under way already.' },
  'data-request.not-confirmed': {
    kind: 'precondition',
    message: 'Confirm the erasure by repeating the name asked for.',
  },
  'data-request.owns-organisations': {
    kind: 'precondition',
    message: 'Transfer or erase the organisations you own first.',
  },
  'data-request.subscription-runs': {
    kind: 'precondition',
    message: 'Cancel the subscription and let it end first.',
  },
  'data-request.too-late': { kind: 'conflict', message: 'The erasure has begun and cannot be cancelled.' },
  'usage.limit-reached': { kind: 'limit', message: 'The limit of your plan is reached.', retryable: false },
  'billing.read-only': {
    kind: 'precondition',
    message: 'A payment is due; until it is made, what you have can be read but nothing new be started.',
  },
  'billing.signature-refused': { kind: 'invalid', message: 'The signature does not fit this delivery.' },
  'billing.not-configured': { kind: 'precondition', message: 'Payments are not set up on this server.' },
  'billing.already-subscribed': {
    kind: 'conflict',
    message: 'There is a subscription already; change its plan instead.',
  },
  'billing.checkout-expired': {
    kind: 'conflict',
    message: 'The page of this request sells no more; ask for another one with a new key.',
  },
  'billing.no-subscription': { kind: 'precondition', message: 'There is no subscription to do this with.' },
  'billing.not-running': {
    kind: 'precondition',
    message: 'The subscription is not running; settle what is unpaid or paused in the portal, or cancel it.',
  },
  'billing.unlimited': {
    kind: 'conflict',
    message: 'Your plan has no limit of these; there is nothing to buy.',
  },
  'billing.same-plan': { kind: 'conflict', message: 'This is the plan you have.' },
  'billing.change-in-progress': {
    kind: 'conflict',
    message: 'Another change of the plan is under way.',
    retryable: true,
  },
  'billing.preview-expired': {
    kind: 'conflict',
    message: 'This change would be another one by now than was shown; ask for its preview again.',
  },
  'billing.payment-late': {
    kind: 'precondition',
    message: 'A payment is late; it comes before a higher plan.',
  },
  'billing.payment-declined': { kind: 'precondition', message: 'The payment was declined.' },
  'billing.vendor-refused': { kind: 'precondition', message: 'The payment service does not allow this.' },
  'billing.vendor-unavailable': {
    kind: 'upstream',
    message: 'The payment service is not answering; try again.',
    retryable: true,
  },
  'job.not-found': { kind: 'not-found', message: 'No such job run.' },
} as const satisfies Record<string, CatalogEntry>;

export type FailureCode = keyof typeof catalog;

interface KindMapping extends DoorStatus {
  /** Whether a durable job should try again after this failure. */
  readonly jobRetries: boolean;
  /** Whether the SDK may repeat an idempotent or keyed call. */
  readonly clientRetries: boolean;
}

/** The four mappings computed from `kind`: HTTP status, tRPC code, job retry, SDK retry. */
export const kindMappings: Readonly<Record<FailureKind, KindMapping>> = {
  invalid: { httpStatus: 400, trpcCode: 'BAD_REQUEST', jobRetries: false, clientRetries: false },
  unauthenticated: { httpStatus: 401, trpcCode: 'UNAUTHORIZED', jobRetries: false, clientRetries: false },
  forbidden: { httpStatus: 403, trpcCode: 'FORBIDDEN', jobRetries: false, clientRetries: false },
  'not-found': { httpStatus: 404, trpcCode: 'NOT_FOUND', jobRetries: false, clientRetries: false },
  conflict: { httpStatus: 409, trpcCode: 'CONFLICT', jobRetries: false, clientRetries: false },
  limit: { httpStatus: 429, trpcCode: 'TOO_MANY_REQUESTS', jobRetries: true, clientRetries: true },
  precondition: { httpStatus: 412, trpcCode: 'PRECONDITION_FAILED', jobRetries: false, clientRetries: false },
  upstream: { httpStatus: 502, trpcCode: 'BAD_GATEWAY', jobRetries: true, clientRetries: true },
  internal: { httpStatus: 500, trpcCode: 'INTERNAL_SERVER_ERROR', jobRetries: true, clientRetries: false },
};

/** HTTP status and tRPC code of a failure: its own, else its kind's. */
export function statusOf(code: FailureCode): DoorStatus {
  const entry: CatalogEntry = catalog[code];
  return entry.status ?? kindMappings[entry.kind];
}
