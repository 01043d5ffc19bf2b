import { type AnyTRPCRouter, getTRPCErrorShape, isTrackedEnvelope, type TRPCError } from '@trpc/server';
import type { RequestId } from './protocol.ts';

/** The text of tRPC's response messages, written by hand: a token costs one JSON.stringify of its data. */
export const reconnectText = JSON.stringify({ id: null, method: 'reconnect' });

/** How every answer to one request begins; kept by subscriptions. */
export function answerHead(id: RequestId | null, jsonrpc: '2.0' | undefined): string {
  return `{"id":${JSON.stringify(id)},${jsonrpc === undefined ? '' : '"jsonrpc":"2.0",'}`;
}

export function startedText(head: string): string {
  return `${head}"result":{"type":"started"}}`;
}

export function stoppedText(head: string): string {
  return `${head}"result":{"type":"stopped"}}`;
}

function json(router: AnyTRPCRouter, value: unknown): string | undefined {
  return JSON.stringify(router._def._config.transformer.output.serialize(value));
}

/** An item or a result; tracked items carry their event id as the stock adapter sends it. */
export function dataText(head: string, value: unknown, router: AnyTRPCRouter): string {
  if (!isTrackedEnvelope(value)) {
    const data = json(router, value);
    return `${head}"result":{"type":"data"${data === undefined ? '' : `,"data":${data}`}}}`;
  }
  const id = JSON.stringify(value[0]);
  const data = json(router, { id: value[0], data: value[1] });
  return `${head}"result":{"type":"data","id":${id},"data":${data}}}`;
}

interface ErrorContext {
  readonly error: TRPCError;
  readonly type: 'query' | 'mutation' | 'subscription' | 'unknown';
  readonly path?: string;
  readonly input?: unknown;
  readonly ctx?: object;
}

export function errorText(head: string, context: ErrorContext, router: AnyTRPCRouter): string {
  const config = router._def._config;
  const { error, type, path, input, ctx } = context;
  const shape: unknown = getTRPCErrorShape({ config, error, type, path, input, ctx });
  return `${head}"error":${JSON.stringify(config.transformer.output.serialize(shape))}}`;
}
