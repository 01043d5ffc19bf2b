import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { AttemptUsage } from '../../runs/events.ts';
import { protocolFailure, vendorFailure } from './failures.ts';
import type { ModelEvent, ModelRequest, StopReason } from './port.ts';
import { estimateUsage, tokenCount } from './usage.ts';
import { fieldsOf } from './wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** OpenAI counts cached and written tokens inside the input, and reasoning inside the output. Undefined when not reported. */
export function openAiUsage(value: unknown): AttemptUsage | undefined {
  const usage = fieldsOf(value);
  const input = tokenCount(usage.input_tokens);
  const output = tokenCount(usage.output_tokens);
  if (input === undefined || output === undefined) return undefined;
  const details = fieldsOf(usage.input_tokens_details);
  const cached = tokenCount(details.cached_tokens) ?? 0;
  const written = tokenCount(details.cache_write_tokens) ?? 0;
  const reasoning = tokenCount(fieldsOf(usage.output_tokens_details).reasoning_tokens) ?? 0;
  return {
    inputTokens: Math.max(0, input - cached - written),
    cacheReadTokens: cached,
    cacheWriteTokens: written,
    outputTokens: Math.max(0, output - reasoning),
    reasoningTokens: reasoning,
    source: 'reported',
  };
}

/**
 * Reads one Responses stream, an event at a time. Events of unknown types count as signs of life only.
 * Repeated sequence numbers are dropped, a lower one than came before is a failure, and finished text must equal its
 * deltas: a lost or swapped frame fails, and never ends as a wrong text.
 */
export function openAiReader(request: ModelRequest): (event: unknown) => Generator<ModelEvent> {
  const seen = new Set<number>();
  let highest = -1;
  const parts = new Map<string, string>();
  const received = { textCharacters: 0, reasoningCharacters: 0 };
  let refused = false;

  function* text(event: Fields): Generator<ModelEvent> {
    const delta = deltaOf(event);
    const part = partKey(event);
    parts.set(part, (parts.get(part) ?? '') + delta);
    received.textCharacters += delta.length;
    if (delta !== '') yield { type: 'text', text: delta };
  }

  function* reasoning(event: Fields): Generator<ModelEvent> {
    const delta = deltaOf(event);
    received.reasoningCharacters += delta.length;
    if (delta !== '') yield { type: 'reasoning', text: delta };
  }

  function verify(event: Fields, finished: unknown): void {
    if (finished === (parts.get(partKey(event)) ?? '')) return;
    throw protocolFailure('openai', 'the finished text differs from its deltas');
  }

  function done(event: Fields, reason: StopReason): ModelEvent {
    const usage = openAiUsage(fieldsOf(event.response).usage) ?? estimateUsage(request, received);
    return { type: 'done', reason, usage };
  }

  return function* read(raw) {
    const event = fieldsOf(raw);
    if (repeated(event, seen)) return;
    highest = inOrder(event, highest);
    switch (event.type as ResponseStreamEvent['type']) {
      case 'response.output_text.delta':
        return yield* text(event);
      case 'response.refusal.delta':
        refused = true;
        return yield* text(event);
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return yield* reasoning(event);
      case 'response.output_text.done':
        return verify(event, event.text);
      case 'response.refusal.done':
        return verify(event, event.refusal);
      case 'response.completed':
        return yield done(event, refused ? 'content_filter' : 'stop');
      case 'response.incomplete':
        return yield done(event, incompleteReason(event));
      case 'response.failed':
        yield* failedUsage(event);
        throw failureOf(fieldsOf(fieldsOf(event.response).error));
      case 'error':
        throw failureOf(event);
      default:
        yield { type: 'ping' };
    }
  };
}

function deltaOf(event: Fields): string {
  if (typeof event.delta === 'string') return event.delta;
  throw protocolFailure('openai', `a ${event.type} event carries no text`);
}

function partKey(event: Fields): string {
  return `${event.item_id}/${event.content_index}`;
}

function repeated(event: Fields, seen: Set<number>): boolean {
  if (typeof event.sequence_number !== 'number') return false;
  if (seen.has(event.sequence_number)) return true;
  seen.add(event.sequence_number);
  return false;
}

/** The highest number so far; throws for one that comes after a higher one. */
function inOrder({ sequence_number: number }: Fields, highest: number): number {
  if (typeof number !== 'number') return highest;
  if (number < highest) throw protocolFailure('openai', 'frames out of order');
  return number;
}

/** Reasons the types do not know yet also mean that the answer is not whole. */
function incompleteReason(event: Fields): StopReason {
  const details = fieldsOf(fieldsOf(event.response).incomplete_details);
  return details.reason === 'content_filter' ? 'content_filter' : 'max_output';
}

function* failedUsage(event: Fields): Generator<ModelEvent> {
  const usage = openAiUsage(fieldsOf(event.response).usage);
  if (usage !== undefined) yield { type: 'usage', usage };
}

function failureOf(error: Fields) {
  return vendorFailure('openai', {
    message: typeof error.message === 'string' ? error.message : 'the response failed',
    status: undefined,
    codes: [error.code, error.type],
    requestId: undefined,
    headers: undefined,
    cause: error,
  });
}
