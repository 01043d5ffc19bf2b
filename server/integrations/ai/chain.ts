import { findModel, type ModelAlias, modelAliases, modelFor, offlineModelId } from './models.ts';
import type { ModelProvider, ProviderId } from './port.ts';

/** One provider to try, and as what. */
export interface ChainLink {
  readonly provider: ModelProvider;
  readonly model: string;
  /** The most input tokens this link takes; null when it has no such limit. */
  readonly inputTokens: number | null;
  readonly thinks: boolean;
}

function isAlias(name: string): name is ModelAlias {
  return modelAliases.some((alias) => alias === name);
}

function linkOf(provider: ModelProvider, alias: ModelAlias): ChainLink | undefined {
  if (provider.id === 'offline') return { provider, model: offlineModelId, inputTokens: null, thinks: false };
  const model = modelFor(provider.id, alias);
  return model && { provider, model: model.id, inputTokens: model.inputTokens, thinks: model.thinks };
}

/**
 * The providers to try for what an agent names (an alias, or a model id of older data), in order:
 * the vendor of a named model first, then as configured. Throws on a name that nothing of ours knows.
 */
export function chainFor(name: string, providers: readonly ModelProvider[]): ChainLink[] {
  const named = isAlias(name) ? { alias: name, provider: undefined } : findModel(name);
  if (named === undefined) throw new Error(`no model or alias is called ${name}`);
  const first = (id: ProviderId) => (id === named.provider ? 0 : 1);
  return [...providers]
    .sort((a, b) => first(a.id) - first(b.id))
    .map((provider) => linkOf(provider, named.alias))
    .filter((link) => link !== undefined);
}
