import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnthropicEmulator } from '../emulators/anthropic.ts';
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
