import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ProviderError, type ProviderErrorKind } from '../../server/integrations/ai/port.ts';
import { createProviderHealth, type ProviderHealth } from '../../server/runs/provider-health.ts';
import { linkTo, runChain } from './attempts-harness.ts';
import { answers, fails, scripted } from './scripted-provider.ts';

async function fail(
  health: ProviderHealth,
  times: number,
  kind: ProviderErrorKind = 'server',
): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    health.admit('openai')?.failed(new ProviderError('openai', kind, { message: kind }));
    await sleep(0);
  }
}

describe('the health of providers', () => {
  it('skips a provider after failures in a row, and no other provider', async () => {
    const health = createProviderHealth({ failures: 3, openMs: 60_000 });
    await fail(health, 2);
    expect(health.admit('openai')).not.toBeNull();
    await fail(health, 3);
    expect(health.admit('openai')).toBeNull();
    expect(health.admit('anthropic')).not.toBeNull();
  });

  it('forgets failures when one attempt works', async () => {
    const health = createProviderHealth({ failures: 3, openMs: 60_000 });
    await fail(health, 2);
    health.admit('openai')?.worked();
    await sleep(0);
    await fail(health, 2);
    expect(health.admit('openai')).not.toBeNull();
  });

  it.each<ProviderErrorKind>(['aborted', 'invalid_request', 'context_length', 'content_filter'])(
    'does not hold %s against the vendor',
    async (kind) => {
      const health = createProviderHealth({ failures: 2, openMs: 60_000 });
      await fail(health, 10, kind);
      expect(health.admit('openai')).not.toBeNull();
    },
  );

  it('probes with one attempt at a time after a while', async () => {
    const health = createProviderHealth({ failures: 1, openMs: 30 });
    await fail(health, 1);
    await sleep(40);
    const probe = health.admit('openai');
    expect(probe).not.toBeNull();
    expect(health.admit('openai')).toBeNull();
    probe?.worked();
    await sleep(0);
    expect(health.admit('openai')).not.toBeNull();
  });

  it('makes a run pass a dead vendor by without asking it', async () => {
    const health = createProviderHealth({ failures: 2, openMs: 60_000 });
    const dead = scripted('openai', [fails('connection')]);
    for (let i = 0; i < 5; i += 1) {
      const { text } = await runChain([linkTo(dead), linkTo(scripted('anthropic', answers('ok')))], {
        health,
      });
      expect(text).toBe('ok');
    }
    expect(dead.calls.count).toBe(2);
  });

  it('ends a run at once and as retryable when every vendor counts as dead', async () => {
    const health = createProviderHealth({ failures: 1, openMs: 60_000 });
    await fail(health, 1);
    const { outcome } = await runChain([linkTo(scripted('openai', answers('ok')))], { health });
    expect(outcome).toMatchObject({ kind: 'failed', retryable: true, cause: null, attempts: [] });
  });
});
