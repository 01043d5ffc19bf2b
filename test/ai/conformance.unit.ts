import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anthropicFrames } from '../emulators/anthropic-frames.ts';
import { type Generation, generate } from '../emulators/generation.ts';
import { openAiFrames } from '../emulators/openai-frames.ts';
import type { Scenario } from '../emulators/scenario.ts';

const require = createRequire(import.meta.url);

function declarations(sdk: string, path: string): string {
  const root = dirname(require.resolve(sdk));
  return readFileSync(join(root, path), 'utf8');
}

/** The value of `type` in each interface of a union, read from the package's own declarations. */
function eventTypes(source: string, union: string): string[] {
  const members = new RegExp(`export type ${union} = ([^;]+);`).exec(source)?.[1]?.split(' | ') ?? [];
  return members.map((name) => {
    const body = new RegExp(`export interface ${name} \\{[\\s\\S]*?\\n\\}`).exec(source)?.[0] ?? '';
    return /^ {4}type: '([^']+)'/m.exec(body)?.[1] ?? `unreadable: ${name}`;
  });
}

const openAiTypes = eventTypes(
  declarations('openai', 'resources/responses/responses.d.ts'),
  'ResponseStreamEvent',
);
const anthropicSource = declarations('@anthropic-ai/sdk', 'resources/messages/messages.d.ts');
const anthropicTypes = eventTypes(anthropicSource, 'RawMessageStreamEvent');

const scenarios: Scenario[] = [
  {},
  { reasoningTokens: 3 },
  { finish: 'max_output' },
  { finish: 'content_filter' },
  { finish: 'refusal' },
  { usage: 'missing' },
  { toolCalls: [{ name: 'lookUp', arguments: { npi: 7 } }], words: 3 },
];
const generations: Generation[] = scenarios.map((scenario, index) =>
  generate(
    { model: 'm', promptCharacters: 100, maxTokens: 50, tools: ['lookUp'], schema: undefined },
    scenario,
    String(index),
  ),
);

describe('the vendors’ packages', () => {
  it('know the events they knew when the adapters were written (OpenAI)', () => {
    expect(openAiTypes.toSorted()).toMatchSnapshot();
  });

  it('know the events they knew when the adapters were written (Anthropic)', () => {
    expect(anthropicTypes.toSorted()).toMatchSnapshot();
    const unions = ['StopReason', 'RawContentBlockDelta', 'ContentBlock', 'ThinkingConfigParam', 'Model'];
    const found = unions.map((name) => new RegExp(`export type ${name} = [^;]+;`).exec(anthropicSource)?.[0]);
    expect(found).toMatchSnapshot();
  });
});

describe('the emulators', () => {
  it('send only events that the vendor’s package knows', () => {
    for (const generation of generations) {
      for (const { event } of openAiFrames(generation)) expect(openAiTypes).toContain(event);
      for (const { event } of anthropicFrames(generation))
        expect([...anthropicTypes, 'ping']).toContain(event);
    }
  });

  it('name each frame as its data does', () => {
    for (const generation of generations)
      for (const frame of [...openAiFrames(generation), ...anthropicFrames(generation)])
        expect(frame.data).toMatchObject({ type: frame.event });
  });
});
