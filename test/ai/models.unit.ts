import { describe, expect, it } from 'vitest';
import { chainFor } from '../../server/integrations/ai/chain.ts';
import {
  findModel,
  modelAliases,
  modelFor,
  models,
  retiredModels,
} from '../../server/integrations/ai/models.ts';
import type { ModelProvider } from '../../server/integrations/ai/port.ts';
import { costNanoUsd, priceLists } from '../../server/integrations/ai/prices.ts';
import { noUsage } from '../../server/integrations/ai/usage.ts';

const provider = (id: ModelProvider['id']): ModelProvider => ({
  id,
  async *stream() {},
});
const providers = [provider('openai'), provider('anthropic'), provider('offline')];

describe('the registry of models', () => {
  it('gives every alias a model at both vendors', () => {
    for (const alias of modelAliases) {
      expect(modelFor('openai', alias)?.id).toMatch(/^gpt-6-/);
      expect(modelFor('anthropic', alias)?.id).toMatch(/^claude-/);
    }
  });

  it.each([
    ['gpt-4', 'gpt-6-sol'],
    ['gpt-4-turbo', 'gpt-6-sol'],
    ['gpt-4o', 'gpt-6-sol'],
    ['gpt-4o-2024-08-06', 'gpt-6-sol'],
    ['gpt-4-0613', 'gpt-6-sol'],
    ['gpt-3.5-turbo', 'gpt-6-luna'],
    ['gpt-4o-mini', 'gpt-6-luna'],
    ['claude-3-opus-20240229', 'claude-opus-5-5'],
    ['claude-3-5-sonnet-latest', 'claude-sonnet-5-5'],
    ['claude-sonnet-4', 'claude-sonnet-5-5'],
    ['claude-3-haiku', 'claude-haiku-5-5'],
    ['gpt-6-sol', 'gpt-6-sol'],
  ])('answers the id %s of older data with %s', (old, current) => {
    expect(findModel(old)?.id).toBe(current);
  });

  it('knows nothing of an id it has not been told', () => {
    expect(findModel('gpt-99')).toBeUndefined();
    expect(() => chainFor('gpt-99', providers)).toThrow('gpt-99');
  });

  it('replaces retired models only by models that are called', () => {
    for (const retired of retiredModels) {
      expect(models.map((model) => model.id)).toContain(retired.replacement);
      expect(new Date(retired.retiresOn).toISOString()).toMatch(retired.retiresOn);
    }
  });

  it('has a price for every model', () => {
    for (const { provider: id, id: model } of models) {
      const cost = costNanoUsd({ provider: id, model, usage: noUsage }, Date.now());
      expect(cost.priceVersion, model).toBe(priceLists.at(-1)?.version);
    }
  });
});

describe('the chain of providers', () => {
  const ids = (name: string) => chainFor(name, providers).map((link) => `${link.provider.id}/${link.model}`);

  it('follows the configured order for an alias', () => {
    expect(ids('fast')).toEqual(['openai/gpt-6-luna', 'anthropic/claude-haiku-5-5', 'offline/offline-1']);
  });

  it('begins with the vendor of a model that is named', () => {
    expect(ids('claude-3-opus')).toEqual([
      'anthropic/claude-opus-5-5',
      'openai/gpt-6-astra',
      'offline/offline-1',
    ]);
  });
});
