import { describe, expect, test } from 'vitest';
import { agents } from '../../server/modules/agents/registry/registry.ts';
import { closestPair } from './shingles.ts';

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

describe('personas', () => {
  test.each(['id', 'slug', 'name', 'tagline', 'avatar', 'accentColor', 'prompt'] as const)(
    'share no %s',
    (field) => {
      expect(repeated(agents.map((agent) => agent[field]))).toEqual([]);
    },
  );

  test('share no phrase, starter or voice', () => {
    expect(repeated(agents.flatMap((agent) => agent.signaturePhrases))).toEqual([]);
    expect(repeated(agents.flatMap((agent) => agent.conversationStarters))).toEqual([]);
    expect(repeated(agents.flatMap((agent) => agent.voiceName ?? []))).toEqual([]);
  });

  test('are written apart: no two prompts share more than 5 % of their word triples', () => {
    const closest = closestPair(agents.map(({ slug, prompt }) => ({ id: slug, text: prompt })));
    expect(closest.overlap, closest.pair).toBeLessThan(0.05);
  });

  test.each(agents.map((agent) => [agent.slug, agent] as const))('%s is complete', (slug, agent) => {
    expect(agent.id).toBe(`agt_${slug}`);
    expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(agent.avatar).toBe(`agents/${slug}.webp`);
    expect(agent.accentColor).toMatch(/^#[0-9A-F]{6}$/);
    const words = agent.prompt.split(/\s+/).length;
    expect(words).toBeGreaterThanOrEqual(150);
    expect(words).toBeLessThanOrEqual(350);
    expect(agent.tagline.length).toBeLessThanOrEqual(90);
    expect(agent.signaturePhrases.length).toBeGreaterThanOrEqual(4);
    expect(agent.signaturePhrases.length).toBeLessThanOrEqual(6);
    expect(agent.conversationStarters).toHaveLength(4);
    expect(agent.personality.traits.length).toBeGreaterThanOrEqual(3);
    expect(agent.personality.aggression).toBeGreaterThanOrEqual(0);
    expect(agent.personality.aggression).toBeLessThanOrEqual(10);
    expect(agent.specialties.length).toBeGreaterThanOrEqual(3);
    expect(agent.medicalSpecialties.length).toBeGreaterThanOrEqual(1);
    expect(agent.knowledgeDomains.length).toBeGreaterThanOrEqual(1);
    expect(agent.deterministic).toBe(false);
  });

  test.each(agents.map((agent) => [agent.slug, agent.prompt.split('\n\n')] as const))(
    '%s says who it is, how it coaches, what it refuses and in which form it answers',
    (_slug, paragraphs) => {
      expect(paragraphs).toHaveLength(4);
      expect(paragraphs[0]).toMatch(/^You('re| are) /);
      expect(paragraphs[3]).toMatch(/^(Form|Output format|Keep turns|One or two sentences)/);
    },
  );
});
