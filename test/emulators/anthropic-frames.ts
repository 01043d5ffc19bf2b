import type {
  Message,
  MessageDeltaUsage,
  RawMessageStreamEvent,
  StopReason,
  Usage,
} from '@anthropic-ai/sdk/resources/messages';
import type { ErrorResponse } from '@anthropic-ai/sdk/resources/shared';
import { answerTokens, type Generation, type ToolCall } from './generation.ts';
import type { Frame } from './vendor.ts';

/** The frames of one Messages stream, in the vendor's order. */
export function* anthropicFrames(generation: Generation): Generator<Frame> {
  yield frame({ type: 'message_start', message: messageOf(generation) });
  yield { event: 'ping', data: { type: 'ping' } };
  for (const event of thinkingEvents(generation)) yield frame(event);
  let index = generation.reasoning.length === 0 ? 0 : 1;
  if (generation.tokens.length > 0 || generation.toolCalls.length === 0) {
    yield* textFrames(generation, index);
    index += 1;
  }
  for (const call of generation.toolCalls) {
    yield* toolFrames(call, index);
    index += 1;
  }
  yield frame(messageDelta(generation));
  yield frame({ type: 'message_stop' });
}

function* textFrames({ tokens }: Generation, index: number): Generator<Frame> {
  const block = { type: 'text', text: '', citations: null } as const;
  yield frame({ type: 'content_block_start', index, content_block: block });
  for (const text of tokens)
    yield {
      ...frame({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }),
      token: true,
    };
  yield frame({ type: 'content_block_stop', index });
}

function* toolFrames({ id, name, pieces }: ToolCall, index: number): Generator<Frame> {
  const block = { type: 'tool_use', id: `toolu_${id}`, name, input: {}, caller: { type: 'direct' } } as const;
  yield frame({ type: 'content_block_start', index, content_block: block });
  for (const partial_json of pieces)
    yield {
      ...frame({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } }),
      token: true,
    };
  yield frame({ type: 'content_block_stop', index });
}

/** An error in the middle of a stream that began with status 200. */
export function errorFrame(code: string, requestId: string): Frame {
  const error = { type: code, message: 'as the scenario says' } as ErrorResponse['error'];
  return { event: 'error', data: { type: 'error', error, request_id: requestId } };
}

function frame(data: RawMessageStreamEvent): Frame {
  return { event: data.type, data };
}

function* thinkingEvents(generation: Generation): Generator<RawMessageStreamEvent> {
  if (generation.reasoning.length === 0) return;
  const block = { type: 'thinking', thinking: '', signature: '' } as const;
  yield { type: 'content_block_start', index: 0, content_block: block };
  for (const thinking of generation.reasoning)
    yield { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking } };
  const signature = { type: 'signature_delta', signature: 'c2lnbmVk' } as const;
  yield { type: 'content_block_delta', index: 0, delta: signature };
  yield { type: 'content_block_stop', index: 0 };
}

const stopReasons: Readonly<Record<Generation['finish'], StopReason>> = {
  stop: 'end_turn',
  max_output: 'max_tokens',
  content_filter: 'refusal',
  refusal: 'refusal',
};

function calls({ finish, toolCalls }: Generation): boolean {
  return finish === 'stop' && toolCalls.length > 0;
}

function messageDelta(generation: Generation): RawMessageStreamEvent {
  const event = {
    type: 'message_delta' as const,
    delta: {
      container: null,
      stop_reason: calls(generation) ? ('tool_use' as const) : stopReasons[generation.finish],
      stop_sequence: null,
      stop_details: null,
    },
    usage: deltaUsage(generation),
  };
  if (generation.usage !== 'missing') return event;
  // The vendor's type has no name for an event that lost a part on the way.
  const { usage: _usage, ...rest } = event;
  return rest as RawMessageStreamEvent;
}

function deltaUsage(generation: Generation): MessageDeltaUsage {
  const thinking = generation.reasoning.length;
  return {
    input_tokens: null,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens: generation.usage === 'nonsense' ? -3 : answerTokens(generation) + thinking,
    output_tokens_details: { thinking_tokens: thinking },
    server_tool_use: null,
  };
}

/** Cache reads and writes are beside the input; the output is only a beginning. */
function startUsage(generation: Generation): Usage {
  return {
    input_tokens: generation.inputTokens,
    cache_read_input_tokens: generation.cachedTokens,
    cache_creation_input_tokens: generation.cacheWriteTokens,
    cache_creation: { ephemeral_5m_input_tokens: generation.cacheWriteTokens, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: null,
    server_tool_use: null,
    inference_geo: null,
    service_tier: 'standard',
    speed: 'standard',
  };
}

function messageOf(generation: Generation): Message {
  return {
    id: `msg_${generation.id}`,
    type: 'message',
    role: 'assistant',
    model: generation.model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
    usage: startUsage(generation),
  };
}
