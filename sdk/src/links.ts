import {
  createTRPCUntypedClient,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  type Operation,
  splitLink,
  type TRPCWebSocketClient,
  wsLink,
} from '@trpc/client';
import type { ProcedureFlags } from '../contract/procedures.ts';
import { checkedFetch } from './checked-fetch.ts';
import type { EventSourceConstructor, EventSourceInit, Settings } from './options.ts';
import { sdkVersion } from './version.ts';

/** What travels beside an operation through the links. */
export interface OperationNotes {
  /** `cookie`: alone, with the session's cookie. */
  readonly route: 'single' | 'cookie' | 'batch' | 'ws' | 'sse';
  readonly token: string | null;
  readonly idempotencyKey?: string | null;
  [key: string]: unknown;
}

/** Queries in one request. Source: the server refuses more. */
const maxBatchItems = 20;
/** Longest URL of a batch; servers and proxies refuse headers beyond 8 to 16 KiB. */
const maxBatchUrlLength = 6_000;

export interface LinkParts {
  readonly settings: Settings;
  readonly socket: TRPCWebSocketClient | null;
  readonly EventSource: EventSourceConstructor;
}

export type UntypedClient = ReturnType<typeof buildLinks>;

/** The tRPC client under everything: batch stream for queries, single requests, socket and event source for streams. */
export function buildLinks({ settings, socket, EventSource }: LinkParts) {
  const http = { url: settings.httpUrl, fetch: checkedFetch(settings.fetch) };
  const withCookie = checkedFetch((url, init) => settings.fetch(url, { ...init, credentials: 'include' }));
  const headersOf = (op: Operation | undefined) => headers(settings, op && notesOf(op));
  return createTRPCUntypedClient({
    links: [
      splitLink({
        condition: (op) => notesOf(op).route === 'batch',
        true: httpBatchStreamLink({
          ...http,
          maxItems: maxBatchItems,
          maxURLLength: maxBatchUrlLength,
          headers: ({ opList }) => headersOf(newestProof(opList)),
        }),
        false: splitLink({
          condition: (op) => notesOf(op).route === 'single',
          true: httpLink({ ...http, headers: ({ op }) => headersOf(op) }),
          false: splitLink({
            condition: (op) => notesOf(op).route === 'cookie',
            true: httpLink({ ...http, fetch: withCookie, headers: ({ op }) => headersOf(op) }),
            false: streamLink({ settings, socket, EventSource }),
          }),
        }),
      }),
    ],
  });
}

function streamLink({ settings, socket, EventSource }: LinkParts) {
  return splitLink({
    condition: (op) => socket !== null && notesOf(op).route === 'ws',
    true: socket === null ? [] : wsLink({ client: socket }),
    false: httpSubscriptionLink({
      url: settings.httpUrl,
      EventSource: forLink(EventSource),
      eventSourceOptions: ({ op }): EventSourceInit => ({
        headers: headers(settings, notesOf(op)),
        fetch: settings.fetch,
      }),
    }),
  });
}

/** Inputs longer than this go alone: a batch shares one URL. */
const maxBatchInputLength = 2_000;

/** How a call travels: mutations, answers a CDN may keep, and long inputs alone; other queries together. */
export function routeOf(flags: ProcedureFlags, input: unknown): 'single' | 'batch' {
  if (flags.kind !== 'query' || (flags.public && flags.cacheSeconds !== undefined)) return 'single';
  return JSON.stringify(input ?? null).length > maxBatchInputLength ? 'single' : 'batch';
}

/** The notes this SDK puts on every operation it starts. */
function notesOf(op: Operation): OperationNotes {
  return op.context as OperationNotes;
}

/** One request carries one token: the last member that has one asked for it last. */
function newestProof(operations: readonly Operation[]): Operation | undefined {
  return [...operations].reverse().find((op) => notesOf(op).token !== null) ?? operations[0];
}

function headers(settings: Settings, notes: OperationNotes | undefined): Record<string, string> {
  return {
    'x-repspheres-sdk': sdkVersion,
    'x-repspheres-app': settings.app,
    ...(notes?.token ? { authorization: `Bearer ${notes.token}` } : {}),
    ...(notes?.idempotencyKey ? { 'idempotency-key': notes.idempotencyKey } : {}),
  };
}

/** The link types its event source after the browser's global; it uses only what EventSourceInstance lists. */
function forLink(source: EventSourceConstructor) {
  return source as unknown as new (
    url: string,
    init?: EventSourceInit,
  ) => InstanceType<typeof EventSource>;
}
