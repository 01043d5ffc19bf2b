import { describe, expect, test } from 'vitest';
import { agents, publicAgents } from '../../server/modules/agents/registry/registry.ts';

/** The table of the product decisions, typed again on purpose. */
const roster: Record<string, string[]> = {
  elite_closer: ['Harvey Specter', 'Victoria Sterling'],
  coach: ['Alexis Rivera', 'David Park', 'Marcus Chen', 'Sarah Mitchell', 'Coach Alex'],
  strategist: ['Hunter', 'Closer', 'Educator', 'Strategist'],
  specialist: [
    'Dr. Amanda Foster',
    'Dr. Harvey Stern',
    'Dr. Lisa Martinez',
    'Dr. Sarah Chen',
    'Jake Thompson',
    'Marcus Rodriguez',
  ],
  voice_rep: ['Marcus', 'Sarah'],
  procedure_expert: ['Toxi', 'Fillmore', 'Dewey', 'Blazer', 'Chilly', 'Steely', 'Straightz', 'Shimmer'],
};
const onlyRepconnect = ['Coach Alex', 'Marcus', 'Sarah'];

const publicFields = `id slug name tagline category avatar accentColor specialties medicalSpecialties knowledgeDomains
  conversationStarters signaturePhrases personality coachingStyle voiceEnabled voiceName whisperSupported isPublic apps`;

describe('the roster', () => {
  test('is the one decided, category by category', () => {
    const written = Object.groupBy(agents, (agent) => agent.category);
    const names = Object.entries(written).map(([category, group]) => [
      category,
      group.map(({ name }) => name),
    ]);
    expect(Object.fromEntries(names)).toEqual(roster);
  });

  test('offers all but three agents in both apps', () => {
    for (const agent of agents) {
      const apps = onlyRepconnect.includes(agent.name) ? ['repconnect'] : ['canvas', 'repconnect'];
      expect([...agent.apps].sort(), agent.name).toEqual(apps);
    }
  });

  test('lets guests talk to some of each category, Harvey Specter among them, and not to all', () => {
    const open = agents.filter((agent) => agent.isPublic);
    expect(open.map((agent) => agent.slug)).toContain('harvey-specter');
    expect(new Set(open.map((agent) => agent.category)).size).toBe(6);
    expect(open.length).toBeLessThan(agents.length);
  });

  test('gives every voice partner, closer and coach a voice', () => {
    for (const agent of agents) {
      expect(agent.voiceEnabled, agent.name).toBe(agent.voiceName !== null);
      if (['voice_rep', 'elite_closer', 'coach'].includes(agent.category)) {
        expect(agent.voiceEnabled, agent.name).toBe(true);
        expect(agent.whisperSupported, agent.name).toBe(true);
      }
      if (agent.whisperSupported) expect(agent.voiceEnabled, agent.name).toBe(true);
    }
  });
});

describe('the public view', () => {
  test('has exactly the fields the apps read', () => {
    const expected = publicFields.split(/\s+/).sort();
    for (const agent of publicAgents) expect(Object.keys(agent).sort(), agent.name).toEqual(expected);
  });

  test('carries no sentence of any prompt, and no model', () => {
    const sent = JSON.stringify(publicAgents);
    for (const agent of agents) {
      const opening = JSON.stringify(agent.prompt.slice(0, 60)).slice(1, -1);
      expect(sent, agent.name).not.toContain(opening);
    }
    expect(sent).not.toMatch(/"(prompt|model|deterministic|knowledge)":/);
  });
});
