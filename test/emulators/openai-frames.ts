import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputRefusal,
  ResponseOutputText,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import { answerTokens, type Generation, type ToolCall } from './generation.ts';
import type { Frame } from './vendor.ts';

/** An event without its number, which the stream gives. */
type Unnumbered<E> = E extends unknown ? Omit<E, 'sequence_number'> : never;
type Event = Unnumbered<ResponseStreamEvent>;

/** The frames of one Responses stream, in the vendor's order. */
export function* openAiFrames(generation: Generation): Generator<Frame> {
  let sequence = 0;
  for (const { event, token } of eventsOf(generation)) {
    const data = { ...event, sequence_number: sequence } as ResponseStreamEvent;
    sequence += 1;
    yield { event: data.type, data, ...(token ? { token } : {}) };
  }
}

/** The frame that ends a stream as failed; the vendor does not bill it. */
export function failedFrame(code: string, generation: Generation): Frame {
  const response = responseOf(generation, { status: 'failed', output: [] });
  const error = { code, message: 'as the scenario says' } as Response['error'];
  return {
    event: 'response.failed',
    data: { type: 'response.failed', response: { ...response, error }, sequence_number: 9_999 },
  };
}

function* eventsOf(generation: Generation): Generator<{ event: Event; token?: boolean }> {
  const started = responseOf(generation, { status: 'in_progress', output: [] });
  yield { event: { type: 'response.created', response: started } };
  yield { event: { type: 'response.in_progress', response: started } };
  for (const event of reasoningEvents(generation)) yield { event };
  if (saysText(generation)) yield* messageEvents(generation);
  yield* toolEvents(generation);
  yield { event: terminal(generation) };
}

function* reasoningEvents(generation: Generation): Generator<Event> {
  if (generation.reasoning.length === 0) return;
  const id = `rs_${generation.id}`;
  const at = { item_id: id, output_index: 0, summary_index: 0 };
  const text = generation.reasoning.join('');
  const part = { type: 'summary_text' as const, text };
  yield { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id, summary: [] } };
  yield { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } };
  for (const delta of generation.reasoning)
    yield { type: 'response.reasoning_summary_text.delta', ...at, delta };
  yield { type: 'response.reasoning_summary_text.done', ...at, text };
  yield { type: 'response.reasoning_summary_part.done', ...at, part };
  yield {
    type: 'response.output_item.done',
    output_index: 0,
    item: { type: 'reasoning', id, summary: [part] },
  };
}

function* messageEvents(generation: Generation): Generator<{ event: Event; token?: boolean }> {
  const outputIndex = generation.reasoning.length === 0 ? 0 : 1;
  const at = { item_id: `msg_${generation.id}`, output_index: outputIndex, content_index: 0 };
  const refuses = generation.finish === 'refusal';
  const item = { output_index: outputIndex, item: messageOf(generation, 'in_progress', []) };
  yield { event: { type: 'response.output_item.added', ...item } };
  yield { event: { type: 'response.content_part.added', ...at, part: partOf('', refuses) } };
  for (const delta of generation.tokens) {
    const event: Event = refuses
      ? { type: 'response.refusal.delta', ...at, delta }
      : { type: 'response.output_text.delta', ...at, delta, logprobs: [] };
    yield { event, token: true };
  }
  const text = generation.tokens.join('');
  yield {
    event: refuses
      ? { type: 'response.refusal.done', ...at, refusal: text }
      : { type: 'response.output_text.done', ...at, text, logprobs: [] },
  };
  yield { event: { type: 'response.content_part.done', ...at, part: partOf(text, refuses) } };
  const [done] = outputOf(generation);
  if (done !== undefined)
    yield { event: { type: 'response.output_item.done', output_index: outputIndex, item: done } };
}

/** With tool calls a message is sent only where there is text. */
function saysText({ tokens, toolCalls }: Generation): boolean {
  return tokens.length > 0 || toolCalls.length === 0;
}

function* toolEvents(generation: Generation): Generator<{ event: Event; token?: boolean }> {
  const before = (generation.reasoning.length === 0 ? 0 : 1) + (saysText(generation) ? 1 : 0);
  for (const [index, call] of generation.toolCalls.entries()) {
    const at = { item_id: `fc_${call.id}`, output_index: before + index };
    const item = callOf(call, 'in_progress');
    yield { event: { type: 'response.output_item.added', output_index: at.output_index, item } };
    for (const delta of call.pieces)
      yield { event: { type: 'response.function_call_arguments.delta', ...at, delta }, token: true };
    const whole = callOf(call, 'completed');
    const done = {
      type: 'response.function_call_arguments.done',
      ...at,
      arguments: whole.arguments,
    } as const;
    yield { event: done };
    yield { event: { type: 'response.output_item.done', output_index: at.output_index, item: whole } };
  }
}

function callOf(call: ToolCall, status: 'in_progress' | 'completed'): ResponseFunctionToolCall {
  const text = status === 'completed' ? call.pieces.join('') : '';
  const { id, name } = call;
  return { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name, arguments: text, status };
}

function partOf(text: string, refuses: boolean): ResponseOutputText | ResponseOutputRefusal {
  return refuses
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [], logprobs: [] };
}

function messageOf(
  generation: Generation,
  status: ResponseOutputMessage['status'],
  content: ResponseOutputMessage['content'],
): ResponseOutputMessage {
  return { type: 'message', id: `msg_${generation.id}`, role: 'assistant', status, content };
}

function isWhole({ finish }: Generation): boolean {
  return finish === 'stop' || finish === 'refusal';
}

function outputOf(generation: Generation): ResponseOutputItem[] {
  const part = partOf(generation.tokens.join(''), generation.finish === 'refusal');
  const message = messageOf(generation, isWhole(generation) ? 'completed' : 'incomplete', [part]);
  const calls = generation.toolCalls.map((call) => callOf(call, 'completed'));
  return saysText(generation) ? [message, ...calls] : calls;
}

function terminal(generation: Generation): Event {
  const usage = usageOf(generation);
  const status = isWhole(generation) ? 'completed' : 'incomplete';
  const response = {
    ...responseOf(generation, { status, output: outputOf(generation) }),
    ...(usage === undefined ? {} : { usage }),
  };
  if (status === 'completed') return { type: 'response.completed', response };
  const reason = generation.finish === 'content_filter' ? 'content_filter' : 'max_output_tokens';
  return { type: 'response.incomplete', response: { ...response, incomplete_details: { reason } } };
}

/** Cached and written tokens are inside the input, reasoning inside the output. */
function usageOf(generation: Generation): ResponseUsage | undefined {
  const { inputTokens, cachedTokens, cacheWriteTokens, reasoning } = generation;
  if (generation.usage === 'missing') return undefined;
  const output = generation.usage === 'nonsense' ? -3 : answerTokens(generation) + reasoning.length;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning.length },
    total_tokens: inputTokens + output,
  };
}

function responseOf(
  generation: Generation,
  state: { status: NonNullable<Response['status']>; output: ResponseOutputItem[] },
): Response {
  return {
    id: `resp_${generation.id}`,
    object: 'response',
    created_at: 1_795_392_000,
    model: generation.model,
    status: state.status,
    output: state.output,
    output_text: '',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    access_programs: null,
    parallel_tool_calls: true,
    temperature: null,
    top_p: null,
    tool_choice: 'auto',
    tools: [],
  };
}
