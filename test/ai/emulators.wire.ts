import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnthropicEmulator } from '../emulators/anthropic.ts';
import { generate } from '../emulators/generation.ts';
import { startOpenAiEmulator } from '../emulators/openai.ts';

const today = () => new Date('2026-11-23T12:00:00Z');
const openai = await startOpenAiEmulator({ now: today });
const anthropic = await startAnthropicEmulator({ now: today });
afterAll(() => Promise.all([openai.close(), anthropic.close()]));
beforeEach(() => {
  openai.reset();
  anthropic.reset();
});

type Headers = Record<string, string>;

async function askOpenAi(body: object, headers: Headers = { authorization: 'Bearer k' }) {
  const response = await fetch(`${openai.url}/responses`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: 'gpt-6-sol',
      stream: true,
      input: [{ role: 'user', content: 'hi' }],
      ...body,
    }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const anthropicHeaders = { authorization: 'Bearer k', 'anthropic-version': '2026-10-21' };

async function askAnthropic(body: object, headers: Headers = anthropicHeaders) {
  const response = await fetch(`${anthropic.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
      ...body,
    }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('the emulator of OpenAI', () => {
  it.each<[string, object, Headers | undefined, number]>([
    ['no key', {}, {}, 401],
    ['a retired model', { model: 'gpt-4' }, undefined, 404],
    ['a model nobody knows', { model: 'gpt-99' }, undefined, 404],
    ['a temperature while the model reasons', { temperature: 0.5 }, undefined, 400],
    ['no input', { input: [] }, undefined, 400],
    ['fewer than 16 tokens of output', { max_output_tokens: 5 }, undefined, 400],
  ])('refuses %s', async (_name, body, headers, status) => {
    const answer = await askOpenAi(body, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.any(String) } });
  });

  it('still serves a model before the day it retires', async () => {
    expect((await askOpenAi({ model: 'gpt-4o' })).status).toBe(200);
  });

  it('allows a temperature without reasoning', async () => {
    expect((await askOpenAi({ temperature: 0.5, reasoning: { effort: 'none' } })).status).toBe(200);
  });

  it('numbers its frames from 0 without a gap, and tells limits and request id', async () => {
    const { text, headers } = await askOpenAi({});
    const numbers = [...text.matchAll(/"sequence_number":(\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('3499');
  });
});

describe('the emulator of Anthropic', () => {
  it.each<[string, object, Headers | undefined, number]>([
    ['no key', {}, { 'anthropic-version': '2026-10-21' }, 401],
    ['no version', {}, { authorization: 'Bearer k' }, 400],
    ['an old version', {}, { ...anthropicHeaders, 'anthropic-version': '2023-06-01' }, 400],
    ['a retired model', { model: 'claude-3-opus-20240229' }, undefined, 404],
    ['no max_tokens', { max_tokens: undefined }, undefined, 400],
    ['a temperature', { temperature: 1 }, undefined, 400],
    [
      'a prefill',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
      },
      undefined,
      400,
    ],
    [
      'a beginning by the assistant',
      {
        messages: [
          { role: 'assistant', content: 'b' },
          { role: 'user', content: 'a' },
        ],
      },
      undefined,
      400,
    ],
    ['an empty message', { messages: [{ role: 'user', content: '' }] }, undefined, 400],
    ['thinking that the model does not know', { thinking: { type: 'disabled' } }, undefined, 400],
  ])('refuses %s', async (_name, body, headers, status) => {
    const answer = await askAnthropic(body, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { type: expect.any(String) } });
  });

  it('accepts the key in either header', async () => {
    const { authorization: _authorization, ...rest } = anthropicHeaders;
    expect((await askAnthropic({}, { ...rest, 'x-api-key': 'k' })).status).toBe(200);
  });
});

describe('both emulators', () => {
  it('answer the same request with the same bytes, and another with others', async () => {
    const [first, again, other] = [
      await askOpenAi({}),
      await askOpenAi({}),
      await askOpenAi({ instructions: 'Be brief.' }),
    ];
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  it('take scenarios for one request, for a key, by header, and for all, in this order of weakness', async () => {
    const fail = (status: number) => ({ fault: { kind: 'status', status } as const });
    openai.set(fail(501));
    openai.set(fail(502), { key: 'special' });
    openai.set(fail(503), { request: 3 });
    const special = { authorization: 'Bearer special' };
    const header = { ...special, 'x-emulator-scenario': JSON.stringify(fail(504)) };
    const statuses = [];
    for (const headers of [undefined, special, special, header])
      statuses.push((await askOpenAi({}, headers)).status);
    expect(statuses).toEqual([501, 502, 503, 504]);
  });

  it('write down what they saw and did', async () => {
    anthropic.set({ words: 4 });
    const { text } = await askAnthropic({});
    expect(anthropic.journal.entries).toMatchObject([
      {
        request: 1,
        key: 'k',
        model: 'claude-sonnet-5-5',
        status: 200,
        tokensProduced: 4,
        text: 'w000001 w000002 w000003 w000004',
        bytesSent: Buffer.byteLength(text),
      },
    ]);
  });

  it('can be told and asked from another process', async () => {
    const child = spawn(process.execPath, ['test/emulators/main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const urls = JSON.parse(String(line));
    const control = `${new URL(urls.anthropic).origin}/_emulator`;
    const scenario = { scenario: { fault: { kind: 'status', status: 529 } }, where: { request: 1 } };
    const set = await fetch(`${control}/scenario`, { method: 'POST', body: JSON.stringify(scenario) });
    expect(set.status).toBe(200);
    const wrong = await fetch(`${control}/scenario`, { method: 'POST', body: '{"scenario":{"words":-1}}' });
    expect(wrong.status).toBe(400);
    const answer = await fetch(`${urls.anthropic}/v1/messages`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(529);
    const journal = await (await fetch(`${control}/journal`)).json();
    expect(journal).toMatchObject([{ request: 1, status: 529 }]);
    child.kill();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});

describe('tools, schemas and delays', () => {
  const lookUp = { npi: 1234567893, near: { city: 'Springfield' } };
  const toolCalls = [
    { name: 'lookUp', arguments: lookUp },
    { name: 'unknown', arguments: {} },
  ];
  const parameters = { type: 'object', properties: {}, additionalProperties: true };
  const openAiSdk = new OpenAI({ apiKey: 'k', baseURL: openai.url, maxRetries: 0 });
  const anthropicSdk = new Anthropic({ apiKey: 'k', baseURL: anthropic.url, maxRetries: 0 });
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      calls: { type: 'array', items: { type: 'integer' } },
      mood: { enum: ['calm', 'keen'] },
      next: { anyOf: [{ type: 'object', properties: { on: { const: 'monday' } } }, { type: 'null' }] },
    },
  };
  const fitting = {
    name: 'w000001 name',
    calls: [7, 7],
    mood: 'calm',
    next: { on: 'monday' },
  };

  it('call the tools of the script that the request has, and take their results (OpenAI)', async () => {
    openai.set({ toolCalls, reasoningTokens: 2 });
    const tools = [{ type: 'function', name: 'lookUp', parameters, strict: false } as const];
    const asked = { role: 'user', content: 'Who is near?' } as const;
    const stream = openAiSdk.responses.stream({ model: 'gpt-6-sol', input: [asked], tools });
    const { output, usage } = await stream.finalResponse();
    const [call, ...others] = output.filter((item) => item.type === 'function_call');
    expect(others).toEqual([]);
    expect(output.some((item) => item.type === 'message')).toBe(false);
    expect([call?.name, JSON.parse(call?.arguments ?? '')]).toEqual(['lookUp', lookUp]);
    expect(usage?.output_tokens).toBeGreaterThan(2);
    openai.set({ words: 2 });
    const result = { type: 'function_call_output', call_id: call?.call_id ?? '', output: '{}' } as const;
    const known = {
      type: 'function_call',
      call_id: result.call_id,
      name: 'lookUp',
      arguments: '{}',
    } as const;
    expect((await askOpenAi({ input: [asked, known, result] })).status).toBe(200);
    expect((await askOpenAi({ input: [asked, result] })).status).toBe(400);
  });

  it('call the tools of the script that the request has, and take their results (Anthropic)', async () => {
    anthropic.set({ toolCalls, text: 'I look them up.' });
    const asked = { role: 'user', content: 'Who is near?' } as const;
    const tools = [{ name: 'lookUp', input_schema: { ...parameters, type: 'object' as const } }];
    const model = 'claude-sonnet-5-5';
    const message = await anthropicSdk.messages
      .stream({ model, max_tokens: 100, messages: [asked], tools })
      .finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'text', text: 'I look them up.' },
      { type: 'tool_use', name: 'lookUp', input: lookUp },
    ]);
    anthropic.set({ words: 2 });
    const use = message.content.find((block) => block.type === 'tool_use');
    const answer = { role: 'assistant', content: message.content };
    const result = (id: string) => ({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: 'nobody' }],
    });
    expect((await askAnthropic({ messages: [asked, answer, result(use?.id ?? '')] })).status).toBe(200);
    expect((await askAnthropic({ messages: [asked, answer, result('toolu_other')] })).status).toBe(400);
  });

  it('answer with JSON that fits the schema asked for', async () => {
    const format = { type: 'json_schema', name: 'plan', schema } as const;
    const input = 'Plan my week.';
    const { output } = await openAiSdk.responses
      .stream({ model: 'gpt-6-sol', input: [{ role: 'user', content: input }], text: { format } })
      .finalResponse();
    expect(output).toMatchObject([{ content: [{ type: 'output_text', text: JSON.stringify(fitting) }] }]);
    const message = await anthropicSdk.messages
      .stream({
        model: 'claude-sonnet-5-5',
        max_tokens: 100,
        messages: [{ role: 'user', content: input }],
        output_config: { format: { type: 'json_schema', schema } },
      })
      .finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: JSON.stringify(fitting) }]);
  });

  it('wait for the first token as a log-normal distribution has it, the same for the same request', () => {
    const asked = { model: 'm', promptCharacters: 9, maxTokens: 9, tools: [], schema: undefined };
    const delay = (seed: number) =>
      generate(asked, { firstTokenMs: { medianMs: 400, sigma: 0.5 } }, `request ${seed}`).firstTokenMs;
    const delays = Array.from({ length: 2_000 }, (_, seed) => delay(seed));
    expect(delays.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, seed) => delay(seed)));
    const logs = delays.map((ms) => Math.log(ms / 400));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.05);
  });
});
