import type { RawMessageStreamEvent, StopReason as VendorStop } from '@anthropic-ai/sdk/resources/messages';
import type { AttemptUsage } from '../../runs/events.ts';
import { protocolFailure, vendorFailure } from './failures.ts';
import type { ModelEvent, ModelRequest, StopReason } from './port.ts';
import { estimateUsage, tokenCount } from './usage.ts';
import { fieldsOf } from './wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The counts of the vendor that are known so far; `message_start` tells the input, `message_delta` repeats and completes it. */
interface VendorUsage {
  readonly input?: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output?: number | undefined;
  readonly thinking?: number | undefined;
}

function mergeUsage(known: VendorUsage, value: unknown): VendorUsage {
  const usage = fieldsOf(value);
  return {
    input: tokenCount(usage.input_tokens) ?? known.input,
    cacheRead: tokenCount(usage.cache_read_input_tokens) ?? known.cacheRead,
    cacheWrite: tokenCount(usage.cache_creation_input_tokens) ?? known.cacheWrite,
    output: tokenCount(usage.output_tokens) ?? known.output,
    thinking: tokenCount(fieldsOf(usage.output_tokens_details).thinking_tokens) ?? known.thinking,
  };
}

/** Anthropic's input excludes cache reads and writes already; thinking is inside the output. Undefined when input or output is unknown. */
export function anthropicUsage(known: VendorUsage): AttemptUsage | undefined {
  if (known.input === undefined || known.output === undefined) return undefined;
  const reasoning = known.thinking ?? 0;
  return {
    inputTokens: known.input,
    cacheReadTokens: known.cacheRead ?? 0,
    cacheWriteTokens: known.cacheWrite ?? 0,
    outputTokens: Math.max(0, known.output - reasoning),
    reasoningTokens: reasoning,
    source: 'reported',
  };
}

/** What ended the message; reasons the types do not know yet also mean that the answer is not whole. */
function stopReason(reason: unknown): StopReason {
  switch (reason as VendorStop) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'refusal':
      return 'content_filter';
    default:
      return 'max_output';
  }
}

/**
 * Reads one Messages stream, an event at a time, and holds it to the vendor's order: one `message_start`, deltas only in
 * open blocks, success only by `message_stop` after a stop reason. Unknown events count as signs of life.
 */
export function anthropicReader(request: ModelRequest): (event: unknown) => Generator<ModelEvent> {
  const open = new Set<unknown>();
  const started = new Set<unknown>();
  const received = { textCharacters: 0, reasoningCharacters: 0 };
  let usage: VendorUsage | undefined;
  let stop: StopReason | undefined;

  function* start(event: Fields): Generator<ModelEvent> {
    if (usage !== undefined) throw protocolFailure('anthropic', 'a second message_start');
    usage = mergeUsage({}, fieldsOf(event.message).usage);
    const early = anthropicUsage(usage);
    // Only the input is final here.
    if (early !== undefined) yield { type: 'usage', usage: { ...early, source: 'estimated' } };
  }

  function openBlock(event: Fields): void {
    if (usage === undefined || started.has(event.index))
      throw protocolFailure('anthropic', 'a block out of order');
    started.add(event.index);
    open.add(event.index);
  }

  function* delta(event: Fields): Generator<ModelEvent> {
    if (!open.has(event.index)) throw protocolFailure('anthropic', 'a delta outside an open block');
    const part = fieldsOf(event.delta);
    if (part.type === 'text_delta') {
      const text = stringOf(part.text);
      received.textCharacters += text.length;
      if (text !== '') yield { type: 'text', text };
    } else if (part.type === 'thinking_delta') {
      const text = stringOf(part.thinking);
      received.reasoningCharacters += text.length;
      if (text !== '') yield { type: 'reasoning', text };
    } else yield { type: 'ping' };
  }

  function* messageDelta(event: Fields): Generator<ModelEvent> {
    usage = mergeUsage(usage ?? {}, event.usage);
    const reason = fieldsOf(event.delta).stop_reason;
    if (typeof reason === 'string') stop = stopReason(reason);
    const counted = anthropicUsage(usage);
    if (counted !== undefined) yield { type: 'usage', usage: counted };
  }

  function done(): ModelEvent {
    if (stop === undefined || open.size > 0)
      throw protocolFailure('anthropic', 'message_stop before its end');
    return { type: 'done', reason: stop, usage: finalUsage(request, received, usage ?? {}) };
  }

  return function* read(raw) {
    const event = fieldsOf(raw);
    switch (event.type as RawMessageStreamEvent['type'] | 'error') {
      case 'message_start':
        return yield* start(event);
      case 'content_block_start':
        return openBlock(event);
      case 'content_block_delta':
        return yield* delta(event);
      case 'content_block_stop':
        open.delete(event.index);
        return;
      case 'message_delta':
        return yield* messageDelta(event);
      case 'message_stop':
        return yield done();
      case 'error':
        throw failureOf(event);
      default:
        yield { type: 'ping' };
    }
  };
}

function finalUsage(
  request: ModelRequest,
  received: { textCharacters: number; reasoningCharacters: number },
  usage: VendorUsage,
): AttemptUsage {
  return anthropicUsage(usage) ?? estimateUsage(request, received);
}

function stringOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw protocolFailure('anthropic', 'a delta carries no text');
}

function failureOf(event: Fields) {
  const error = fieldsOf(event.error);
  return vendorFailure('anthropic', {
    message: typeof error.message === 'string' ? error.message : 'the message failed',
    status: undefined,
    codes: [error.type],
    requestId: typeof event.request_id === 'string' ? event.request_id : undefined,
    headers: undefined,
    cause: event,
  });
}
