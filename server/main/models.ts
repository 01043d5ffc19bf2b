import { anthropicProvider } from '../integrations/ai/anthropic.ts';
import { offlineProvider } from '../integrations/ai/offline.ts';
import { openAiProvider } from '../integrations/ai/openai.ts';
import type { ModelProvider } from '../integrations/ai/port.ts';
import type { Config } from './config.ts';

/** The vendors with a key, in order of preference; without any, the offline model, which says what it is. */
export function createModels(
  config: Pick<Config, 'openai' | 'anthropic' | 'offlineChunkMs'>,
): ModelProvider[] {
  const vendors: ModelProvider[] = [];
  if (config.anthropic !== null) {
    const { apiKey, baseUrl } = config.anthropic;
    vendors.push(anthropicProvider({ apiKey, baseUrl: baseUrl ?? undefined }));
  }
  if (config.openai !== null) {
    const { apiKey, baseUrl } = config.openai;
    vendors.push(openAiProvider({ apiKey, baseUrl: baseUrl ?? undefined }));
  }
  return vendors.length > 0 ? vendors : [offlineProvider({ paceMs: config.offlineChunkMs })];
}
