import { type AnyTRPCRouter, TRPCError } from '@trpc/server';
import { parseTRPCMessage } from '@trpc/server/rpc';
import { statusOf } from '../core/catalog.ts';
import { Failure } from '../core/failure.ts';
import { deeperThan } from '../core/json-guard.ts';

/** tRPC's WebSocket messages as the stock client 11 sends them. */
export type RequestId = number | string;

export interface RequestMessage {
  readonly id: RequestId;
  readonly jsonrpc: '2.0' | undefined;
  readonly method: 'query' | 'mutation' | 'subscription';
  readonly path: string;
  readonly input: unknown;
  readonly idempotencyKey: string | null;
}

export interface StopMessage {
  readonly id: RequestId;
  readonly method: 'subscription.stop';
}

const MAX_ID_CHARS = 64;
const MAX_PATH_CHARS = 200;
const MAX_KEY_CHARS = 200;

/** The JSON of a frame. Throws `request.invalid`. */
export function parseJson(text: string): unknown {
  if (deeperThan(text)) throw new Failure('request.invalid', { message: 'The message nests too deep.' });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('request.invalid', { message: 'The message is not JSON.', cause });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withLastEventId(input: unknown, lastEventId: string | undefined): unknown {
  if (lastEventId === undefined) return input;
  return isRecord(input) ? { ...input, lastEventId } : (input ?? { lastEventId });
}

function idempotencyKeyOf(raw: unknown): string | null {
  const params = isRecord(raw) ? raw.params : undefined;
  const key = isRecord(params) ? params.idempotencyKey : undefined;
  if (key === undefined || key === null) return null;
  if (typeof key !== 'string' || key.length > MAX_KEY_CHARS) throw new Failure('request.invalid');
  return key;
}

function checkedId(id: RequestId | null): RequestId {
  if (id === null || (typeof id === 'string' && id.length > MAX_ID_CHARS)) {
    throw new Failure('request.invalid', { message: 'The message has no usable id.' });
  }
  return id;
}

/** One message of a frame. Throws `request.invalid`. */
export function parseMessage(raw: unknown, router: AnyTRPCRouter): RequestMessage | StopMessage {
  let message: ReturnType<typeof parseTRPCMessage>;
  try {
    message = parseTRPCMessage(raw, router._def._config.transformer);
  } catch (cause) {
    throw new Failure('request.invalid', { cause });
  }
  const id = checkedId(message.id);
  if (message.method === 'subscription.stop') return { id, method: message.method };
  const { path, input, lastEventId } = message.params;
  if (path.length > MAX_PATH_CHARS) throw new Failure('request.invalid');
  return {
    id,
    jsonrpc: message.jsonrpc === '2.0' ? '2.0' : undefined,
    method: message.method,
    path,
    input: withLastEventId(input, lastEventId),
    idempotencyKey: idempotencyKeyOf(raw),
  };
}

/** The first message of a socket opened with `?connectionParams=1`. Throws `request.invalid`. */
export function parseConnectionParams(raw: unknown): { token: string | null; app: unknown } {
  if (!isRecord(raw) || raw.method !== 'connectionParams') throw new Failure('request.invalid');
  const data = raw.data ?? {};
  if (!isRecord(data)) throw new Failure('request.invalid');
  const { token, app } = data;
  if (token !== undefined && token !== null && typeof token !== 'string')
    throw new Failure('request.invalid');
  return { token: token === undefined || token === '' ? null : token, app };
}

/** A failure of ours as tRPC's error, for `getErrorShape` and the router's error formatter. */
export function trpcErrorOf(failure: Failure): TRPCError {
  return new TRPCError({
    code: statusOf(failure.code).trpcCode,
    message: failure.message,
    cause: failure,
  });
}
