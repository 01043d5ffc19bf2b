import type { AskedFor } from './generation.ts';
import { isServed } from './known-models.ts';
import { failedFrame, openAiFrames } from './openai-frames.ts';
import type { EmulatorOptions } from './options.ts';
import { fields, lengthOf, namesOf, schemaOf } from './request.ts';
import { type Emulator, startEmulator } from './server.ts';
import type { Refusal, Vendor } from './vendor.ts';

/** OpenAI's Responses API, streaming only, as strict as the vendor. */
export function startOpenAiEmulator(options?: EmulatorOptions): Promise<Emulator> {
  return startEmulator(openAi, options);
}

const openAi: Vendor = {
  name: 'openai',
  path: '/v1/responses',
  requestIdHeader: 'x-request-id',
  limitHeaders: {
    'x-ratelimit-limit-requests': '3500',
    'x-ratelimit-remaining-requests': '3499',
    'x-ratelimit-reset-requests': '17ms',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-tokens': '1999000',
    'x-ratelimit-reset-tokens': '30ms',
    'openai-processing-ms': '5',
  },
  keyOf: (headers) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1],
  check,
  frames: openAiFrames,
  ping: () => ({ event: 'keepalive', data: { type: 'keepalive' } }),
  error: (code) => ({
    event: 'error',
    data: { type: 'error', code, message: 'as the scenario says', param: null, sequence_number: 9_999 },
  }),
  failed: failedFrame,
  errorBody: ({ message, type, code }) => ({ error: { message, type, code: code ?? null, param: null } }),
};

function bad(message: string, code?: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) };
}

function check(body: Readonly<Record<string, unknown>>, _headers: unknown, now: Date): Refusal | AskedFor {
  const { model, input, max_output_tokens: maxTokens } = body;
  if (typeof model !== 'string') return bad("Missing required parameter: 'model'.");
  if (!isServed('openai', model, now))
    return {
      status: 404,
      type: 'invalid_request_error',
      code: 'model_not_found',
      message: `The model '${model}' does not exist`,
    };
  if (body.stream !== true) return bad('this emulator only streams');
  if (!Array.isArray(input) || input.length === 0) return bad("Missing required parameter: 'input'.");
  if (maxTokens !== undefined && (typeof maxTokens !== 'number' || maxTokens < 16))
    return bad('max_output_tokens must be at least 16', 'integer_below_min_value');
  const effort = fields(body.reasoning).effort;
  if (body.temperature !== undefined && effort !== 'none')
    return bad(
      "Unsupported parameter: 'temperature' is not supported with this model.",
      'unsupported_parameter',
    );
  const items = input.map((item) => fields(item));
  const calls = new Set(items.filter(({ type }) => type === 'function_call').map((item) => item.call_id));
  for (const { type, call_id: id, content } of items) {
    if (type === 'function_call') continue;
    if (type === 'function_call_output') {
      if (!calls.has(id)) return bad(`No tool call found for function call output with call_id ${id}.`);
    } else if (typeof content !== 'string') return bad('content must be text here');
  }
  const characters = items.reduce(
    (sum, item) => sum + lengthOf(item.content ?? item.arguments ?? item.output),
    0,
  );
  return {
    model,
    promptCharacters: characters + String(body.instructions ?? '').length,
    maxTokens: typeof maxTokens === 'number' ? maxTokens : 128_000,
    tools: namesOf(body.tools),
    schema: schemaOf(fields(body.text).format),
  };
}
