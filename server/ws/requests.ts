import { callTRPCProcedure, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { isObservable, observableToAsyncIterable } from '@trpc/server/observable';
import { Failure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import type { OpenStream } from '../core/open-stream.ts';
import { pullStream } from '../core/pulled-stream.ts';
import { isPushStream, type PushStream } from '../core/push-stream.ts';
import { type Connection, requestIdOf } from './connection.ts';
import { answerHead, dataText, errorText } from './envelope.ts';
import type { SocketCall } from './options.ts';
import type { RequestMessage } from './protocol.ts';
import { Subscription } from './subscription.ts';

/** Counts the request and builds the context of its procedure. Throws `request.rate-limited`. */
async function prepare(
  connection: Connection,
  message: RequestMessage,
  caller: Pick<SocketCall, 'signal' | 'streamOpened'>,
): Promise<object> {
  const { options, limits } = connection.hub;
  const { address, app } = connection;
  const actor = connection.actor ?? { kind: 'anonymous', app };
  const decision = await options.admit(actor, address, 1);
  if (!decision.allowed) {
    connection.refusalsInARow += 1;
    const failure = new Failure('request.rate-limited', { retryAfterMs: decision.retryAfterMs });
    if (connection.refusalsInARow >= limits.refusalsInARow) connection.close('policy', failure);
    throw failure;
  }
  connection.refusalsInARow = 0;
  const requestId = newId('request');
  const { idempotencyKey } = message;
  return options.createContext({ ...caller, actor, app, requestId, address, idempotencyKey });
}

interface Run {
  readonly message: RequestMessage;
  readonly index: number;
  readonly signal: AbortSignal;
  readonly ctx: object;
}

function callProcedure(connection: Connection, run: Run): Promise<unknown> {
  const { message, index, signal, ctx } = run;
  return callTRPCProcedure({
    router: connection.router,
    path: message.path,
    getRawInput: async () => message.input,
    ctx,
    type: message.method,
    signal,
    batchIndex: index,
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function streamOf(result: unknown, signal: AbortSignal): PushStream<unknown> | null {
  if (isPushStream(result)) return result;
  if (isObservable(result)) return pullStream(observableToAsyncIterable(result, signal));
  return isAsyncIterable(result) ? pullStream(result) : null;
}

/** Starts a subscription, or refuses it: at most `limits.subscriptions` a socket, no id twice. */
export async function openSubscription(
  connection: Connection,
  message: RequestMessage,
  index: number,
): Promise<void> {
  const { subscriptions, hub } = connection;
  if (subscriptions.some((open) => open.id === message.id)) {
    connection.refuse(
      message.id,
      new Failure('request.invalid', { message: 'This id is in use.' }),
      message.jsonrpc,
    );
    return;
  }
  if (subscriptions.length >= hub.limits.subscriptions) {
    connection.refuse(message.id, new Failure('socket.too-many-subscriptions'), message.jsonrpc);
    return;
  }
  const subscription = new Subscription(connection, message);
  connection.add(subscription);
  try {
    const { signal } = subscription;
    const streamOpened = (opened: OpenStream) => {
      subscription.opened = opened;
      // They may have changed while it was being opened.
      if (connection.actor !== null)
        subscription.reauthorise({ actor: connection.actor, app: connection.app });
    };
    const ctx = await prepare(connection, message, { signal, streamOpened });
    subscription.ctx = ctx;
    if (subscription.finished) return;
    const result = await callProcedure(connection, { message, index, signal, ctx });
    const stream = streamOf(result, signal);
    if (stream === null) {
      const text = `Subscription ${message.path} did not return a stream`;
      throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: text });
    }
    if (!subscription.finished) connection.outlet.sources.push(subscription);
    subscription.follow(stream);
  } catch (error) {
    subscription.fail(error);
  }
}

/** Stops a subscription; an unknown id is ignored, as the stop may cross its end. */
export function stopSubscription(connection: Connection, id: number | string): void {
  const subscription = connection.subscriptions.find((open) => open.id === id);
  if (subscription === undefined) return;
  subscription.stop(true);
  connection.remove(subscription);
  const index = connection.outlet.sources.indexOf(subscription);
  if (index >= 0) connection.outlet.sources.splice(index, 1);
}

/** Runs a query or mutation, or lets it wait for one of the socket's slots, or refuses it. */
export function startCall(connection: Connection, message: RequestMessage, index: number): void {
  const { limits } = connection.hub;
  connection.calls ??= new Set();
  if (connection.calls.size < limits.calls) {
    void runCall(connection, message, index);
    return;
  }
  connection.waitingCalls ??= [];
  if (connection.waitingCalls.length >= limits.waitingCalls) {
    const failure = new Failure('request.rate-limited', { retryAfterMs: 1_000 });
    connection.refuse(message.id, failure, message.jsonrpc);
    return;
  }
  connection.waitingCalls.push(() => void runCall(connection, message, index));
}

async function runCall(connection: Connection, message: RequestMessage, index: number): Promise<void> {
  const abort = new AbortController();
  connection.calls?.add(abort);
  const head = answerHead(message.id, message.jsonrpc);
  let ctx: object | undefined;
  try {
    ctx = await prepare(connection, message, { signal: abort.signal });
    abort.signal.throwIfAborted();
    const result = await callProcedure(connection, { message, index, signal: abort.signal, ctx });
    if (isObservable(result) || isAsyncIterable(result)) {
      const text = `A ${message.method} cannot answer with a stream over a socket`;
      throw new TRPCError({ code: 'UNSUPPORTED_MEDIA_TYPE', message: text });
    }
    connection.send(dataText(head, result, connection.router));
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause);
    const { method: type, path, input } = message;
    // After the socket closed, what failed failed because it was aborted; there is nobody to tell.
    if (connection.phase !== 'closed') {
      connection.hub.options.onError?.({ error, path, requestId: requestIdOf(ctx) });
      connection.send(errorText(head, { error, type, path, input, ctx }, connection.router));
    }
  } finally {
    connection.calls?.delete(abort);
    if (connection.calls?.size === 0) connection.calls = null;
    nextCall(connection);
  }
}

function nextCall(connection: Connection): void {
  const next = connection.waitingCalls?.shift();
  if (next === undefined) return;
  connection.calls ??= new Set();
  if (connection.waitingCalls?.length === 0) connection.waitingCalls = null;
  next();
}
