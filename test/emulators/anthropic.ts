import type { IncomingHttpHeaders } from 'node:http';
import { anthropicFrames, errorFrame } from './anthropic-frames.ts';
import type { AskedFor } from './generation.ts';
import { isServed } from './known-models.ts';
import type { EmulatorOptions } from './options.ts';
import { fields, lengthOf, namesOf, schemaOf } from './request.ts';
import { type Emulator, startEmulator } from './server.ts';
import type { Refusal, Vendor } from './vendor.ts';

/** Anthropic's Messages API, streaming only, as strict as the vendor under the version of 2026-10-21. */
export function startAnthropicEmulator(options?: EmulatorOptions): Promise<Emulator> {
  return startEmulator(anthropic, options);
}

const anthropic: Vendor = {
  name: 'anthropic',
  path: '/v1/messages',
  requestIdHeader: 'request-id',
  limitHeaders: {
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': '2026-11-23T00:00:01Z',
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': '1999000',
    'anthropic-ratelimit-input-tokens-reset': '2026-11-23T00:00:01Z',
    'anthropic-ratelimit-output-tokens-limit': '400000',
    'anthropic-ratelimit-output-tokens-remaining': '399000',
    'anthropic-ratelimit-output-tokens-reset': '2026-11-23T00:00:01Z',
  },
  keyOf: (headers) =>
    /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? stringOf(headers['x-api-key']),
  check,
  frames: anthropicFrames,
  ping: () => ({ event: 'ping', data: { type: 'ping' } }),
  error: (code, requestId) => errorFrame(code, requestId),
  failed: (code, generation) => errorFrame(code, `req_${generation.id}`),
  errorBody: ({ type, message }, requestId) => ({
    type: 'error',
    error: { type, message },
    request_id: requestId,
  }),
};

function stringOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function bad(message: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message };
}

/** Which ways of not thinking first a model knows; the models that came with 5.5 refuse each other's. */
const thinkingTypes: Readonly<Record<string, readonly unknown[]>> = {
  'claude-haiku-5-5': [undefined, 'adaptive', 'disabled'],
  'claude-sonnet-5-5': [undefined, 'adaptive', 'between_tools'],
  'claude-opus-5-5': [undefined, 'adaptive'],
};

function check(
  body: Readonly<Record<string, unknown>>,
  headers: IncomingHttpHeaders,
  now: Date,
): Refusal | AskedFor {
  const { model, max_tokens: maxTokens } = body;
  if (headers['anthropic-version'] !== '2026-10-21') return bad('anthropic-version: unknown version');
  if (typeof model !== 'string') return bad('model: Field required');
  if (!isServed('anthropic', model, now))
    return { status: 404, type: 'not_found_error', message: `model: ${model}` };
  if (typeof maxTokens !== 'number') return bad('max_tokens: Field required');
  for (const name of ['temperature', 'top_p', 'top_k'])
    if (body[name] !== undefined) return bad(`${name}: not supported by this version`);
  const thinking = fields(body.thinking).type;
  if (thinkingTypes[model]?.includes(thinking) === false)
    return bad(`"thinking.type.${thinking}" is not supported for this model`);
  if (body.stream !== true) return bad('this emulator only streams');
  return checkMessages(body, { model, maxTokens });
}

function checkMessages(
  body: Readonly<Record<string, unknown>>,
  asked: { model: string; maxTokens: number },
): Refusal | AskedFor {
  const messages = Array.isArray(body.messages) ? body.messages.map(fields) : [];
  if (messages.length === 0) return bad('messages: at least one message is required');
  if (messages[0]?.role !== 'user') return bad('messages: first message must use the "user" role');
  if (messages.at(-1)?.role !== 'user')
    return bad(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  const contents = messages.map((message) => message.content);
  const fault = contents.map((content, index) => contentFault(content, contents[index - 1])).find(Boolean);
  if (fault) return bad(fault);
  return {
    ...asked,
    promptCharacters: contents.reduce<number>(
      (sum, part) => sum + lengthOf(part),
      lengthOf(body.system ?? ''),
    ),
    tools: namesOf(body.tools),
    schema: schemaOf(fields(body.output_config).format),
  };
}

/** What is wrong with a message, given the one before it: text, or blocks of text, tool uses and their results. */
function contentFault(content: unknown, before: unknown): string | undefined {
  const blocks = Array.isArray(content) ? content.map(fields) : [{ type: 'text', text: content }];
  const uses = new Set((Array.isArray(before) ? before.map(fields) : []).map((block) => block.id));
  for (const block of blocks) {
    if (block.type === 'tool_use') continue;
    if (block.type === 'tool_result') {
      if (!uses.has(block.tool_use_id))
        return `unexpected tool_use_id found in tool_result blocks: ${block.tool_use_id}`;
    } else if (block.type !== 'text' || typeof block.text !== 'string') return 'content must be text here';
    else if (block.text.trim() === '') return 'messages: text content blocks must be non-empty';
  }
  return undefined;
}
