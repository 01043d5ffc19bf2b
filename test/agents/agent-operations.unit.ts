import { describe, expect, test } from 'vitest';
import { createCache } from '../../server/core/cache.ts';
import type { Call } from '../../server/core/call.ts';
import { systemClock } from '../../server/core/clock.ts';
import type { Ports } from '../../server/core/ports.ts';
import { createMemoryStore } from '../../server/integrations/cache/memory.ts';
import { agentForRun } from '../../server/modules/agents/agent-for-run.ts';
import { getAgent } from '../../server/modules/agents/get-agent.ts';
import { listAgentCategories } from '../../server/modules/agents/list-agent-categories.ts';
import { listAgents } from '../../server/modules/agents/list-agents.ts';

/** These operations may reach nothing but the metrics and the cache: any other port is undefined and would throw. */
function bareCall(): Call {
  const cache = createCache({ store: createMemoryStore(), clock: systemClock });
  const ports = { metrics: { operation() {} }, cache };
  return {
    actor: { kind: 'anonymous', app: 'repconnect' },
    app: 'repconnect',
    requestId: 'req_test',
    address: '192.0.2.1',
    signal: AbortSignal.timeout(5_000),
    idempotencyKey: null,
    ports: ports as unknown as Ports,
  };
}

describe('agents.list', () => {
  test('shows an anonymous visitor at least 19 agents in repconnect and 12 in canvas', async () => {
    const repconnect = await listAgents.run(bareCall(), { app: 'repconnect' });
    const canvas = await listAgents.run(bareCall(), { app: 'canvas' });
    expect(repconnect.items.length).toBeGreaterThanOrEqual(19);
    expect(canvas.items.length).toBeGreaterThanOrEqual(12);
    expect(canvas.items.map((agent) => agent.name)).not.toContain('Coach Alex');
  });

  test('has exactly Harvey Specter and Victoria Sterling as elite closers in repconnect', async () => {
    const { items } = await listAgents.run(bareCall(), { app: 'repconnect', category: 'elite_closer' });
    expect(items.map((agent) => agent.name)).toEqual(['Harvey Specter', 'Victoria Sterling']);
  });

  test('lists all agents when no app is named, and none for an app without agents', async () => {
    expect((await listAgents.run(bareCall(), {})).items).toHaveLength(27);
    expect((await listAgents.run(bareCall(), { app: 'crm' })).items).toEqual([]);
  });

  test('answers with the same version each time, fit for an ETag', async () => {
    const first = await listAgents.run(bareCall(), { app: 'repconnect' });
    const second = await listAgents.run(bareCall(), { app: 'canvas' });
    expect(first.version).toMatch(/^[\w-]{22}$/);
    expect(second.version).toBe(first.version);
    expect(listAgents.definition.cacheSeconds).toBeGreaterThan(0);
  });

  test.each([{ app: 'nowhere' }, { category: 'wizard' }])('refuses %o', async (input) => {
    await expect(listAgents.run(bareCall(), input)).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

describe('agents.get', () => {
  test('takes an id or a slug', async () => {
    const byId = await getAgent.run(bareCall(), { id: 'agt_dr-sarah-chen' });
    const bySlug = await getAgent.run(bareCall(), { id: 'dr-sarah-chen' });
    expect(byId).toEqual(bySlug);
    expect(byId.name).toBe('Dr. Sarah Chen');
    expect(byId).not.toHaveProperty('prompt');
  });

  test.each(['agt_nobody', 'Harvey Specter', '__proto__', 'constructor'])('does not know %s', async (id) => {
    await expect(getAgent.run(bareCall(), { id })).rejects.toMatchObject({ code: 'agent.not-found' });
  });

  test.each(['', 'x'.repeat(81)])('refuses an id of a wrong length', async (id) => {
    await expect(getAgent.run(bareCall(), { id })).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

describe('agents.categories', () => {
  test('counts what the list shows, and leaves out empty groups', async () => {
    const canvas = await listAgentCategories.run(bareCall(), { app: 'canvas' });
    expect(canvas.items.map(({ key, count }) => [key, count])).toEqual([
      ['elite_closer', 2],
      ['coach', 4],
      ['strategist', 4],
      ['specialist', 6],
      ['procedure_expert', 8],
    ]);
    const all = await listAgentCategories.run(bareCall(), {});
    expect(all.items.reduce((sum, { count }) => sum + count, 0)).toBe(27);
  });
});

describe('agentForRun', () => {
  test('gives a member any agent, prompt included', () => {
    expect(agentForRun('victoria-sterling', { kind: 'member' }).prompt).toContain('Victoria Sterling');
  });

  test('gives a guest public agents only', () => {
    expect(agentForRun('agt_harvey-specter', { kind: 'guest' }).name).toBe('Harvey Specter');
    expect(() => agentForRun('victoria-sterling', { kind: 'guest' })).toThrowError(
      expect.objectContaining({ code: 'agent.not-public' }),
    );
  });

  test('knows no other agent', () => {
    expect(() => agentForRun('nobody', { kind: 'member' })).toThrowError(
      expect.objectContaining({ code: 'agent.not-found' }),
    );
  });
});
