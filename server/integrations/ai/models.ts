import type { ProviderId } from './port.ts';

/** What an agent may name instead of a model: speed and price against depth. */
export const modelAliases = ['fast', 'balanced', 'deep'] as const;
export type ModelAlias = (typeof modelAliases)[number];

export interface ModelEntry {
  readonly id: string;
  readonly provider: ProviderId;
  readonly alias: ModelAlias;
  /** The most input tokens a request may hold. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Thinks before its first visible token, so it is given longer for that token. */
  readonly thinks: boolean;
}

const gptWindow = { provider: 'openai', inputTokens: 922_000, outputTokens: 128_000 } as const;
const claudeWindow = { provider: 'anthropic', inputTokens: 1_000_000, outputTokens: 128_000 } as const;

/** The models we call, read from the vendors' pages and packages on 2026-11-23. */
export const models: readonly ModelEntry[] = [
  { ...gptWindow, id: 'gpt-6-luna', alias: 'fast', thinks: false },
  { ...gptWindow, id: 'gpt-6-sol', alias: 'balanced', thinks: false },
  { ...gptWindow, id: 'gpt-6-astra', alias: 'deep', thinks: true },
  { ...claudeWindow, id: 'claude-haiku-5-5', alias: 'fast', thinks: false },
  { ...claudeWindow, id: 'claude-sonnet-5-5', alias: 'balanced', thinks: false },
  { ...claudeWindow, id: 'claude-opus-5-5', alias: 'deep', thinks: true },
];

/** The model that answers without a vendor, whatever alias was asked for. */
export const offlineModelId = 'offline-1';

export interface RetiredModel {
  readonly id: string;
  /** The day from which the vendor refuses it, UTC. */
  readonly retiresOn: string;
  readonly replacement: string;
}

/** Ids in older data and what answers in their place; a dated snapshot (`gpt-4-0613`) counts as its family. */
export const retiredModels: readonly RetiredModel[] = [
  { id: 'gpt-4', retiresOn: '2026-10-23', replacement: 'gpt-6-sol' },
  { id: 'gpt-4-turbo', retiresOn: '2026-10-23', replacement: 'gpt-6-sol' },
  { id: 'gpt-4-turbo-preview', retiresOn: '2026-03-26', replacement: 'gpt-6-sol' },
  { id: 'gpt-4o', retiresOn: '2027-01-14', replacement: 'gpt-6-sol' },
  { id: 'gpt-4o-mini', retiresOn: '2027-01-14', replacement: 'gpt-6-luna' },
  { id: 'gpt-3.5-turbo', retiresOn: '2026-10-23', replacement: 'gpt-6-luna' },
  { id: 'gpt-4.1', retiresOn: '2027-01-14', replacement: 'gpt-6-sol' },
  { id: 'gpt-4.1-mini', retiresOn: '2027-01-14', replacement: 'gpt-6-luna' },
  { id: 'gpt-4.1-nano', retiresOn: '2026-10-23', replacement: 'gpt-6-luna' },
  { id: 'gpt-5', retiresOn: '2026-12-11', replacement: 'gpt-6-sol' },
  { id: 'gpt-5-mini', retiresOn: '2026-12-11', replacement: 'gpt-6-luna' },
  { id: 'gpt-5-nano', retiresOn: '2026-12-11', replacement: 'gpt-6-luna' },
  { id: 'gpt-5.1', retiresOn: '2027-04-01', replacement: 'gpt-6-sol' },
  { id: 'o1', retiresOn: '2026-10-23', replacement: 'gpt-6-astra' },
  { id: 'o3', retiresOn: '2026-12-11', replacement: 'gpt-6-astra' },
  { id: 'o3-mini', retiresOn: '2026-10-23', replacement: 'gpt-6-sol' },
  { id: 'o4-mini', retiresOn: '2026-10-23', replacement: 'gpt-6-sol' },
  { id: 'claude-instant', retiresOn: '2024-11-06', replacement: 'claude-haiku-5-5' },
  { id: 'claude-3-opus', retiresOn: '2026-01-05', replacement: 'claude-opus-5-5' },
  { id: 'claude-3-5-sonnet', retiresOn: '2025-10-28', replacement: 'claude-sonnet-5-5' },
  { id: 'claude-3-haiku', retiresOn: '2026-04-20', replacement: 'claude-haiku-5-5' },
  { id: 'claude-sonnet-4', retiresOn: '2026-06-15', replacement: 'claude-sonnet-5-5' },
  { id: 'claude-sonnet-4-5', retiresOn: '2026-11-30', replacement: 'claude-sonnet-5-5' },
];

const byId = new Map(models.map((model) => [model.id, model]));
const retiredById = new Map(retiredModels.map((model) => [model.id, model]));
const snapshotSuffix = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$/;

/** The retirement of a model id or of the family its dated snapshot belongs to; undefined when none is known. */
export function retirementOf(id: string): RetiredModel | undefined {
  return retiredById.get(id) ?? retiredById.get(id.replace(snapshotSuffix, ''));
}

/** The model we call for an id, following retirements; undefined for an id that nothing of ours knows. */
export function findModel(id: string): ModelEntry | undefined {
  return byId.get(id) ?? byId.get(retirementOf(id)?.replacement ?? '');
}

/** The model of a provider behind an alias. */
export function modelFor(provider: ProviderId, alias: ModelAlias): ModelEntry | undefined {
  return models.find((model) => model.provider === provider && model.alias === alias);
}
