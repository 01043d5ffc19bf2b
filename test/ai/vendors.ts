import { anthropicProvider } from '../../server/integrations/ai/anthropic.ts';
import { openAiProvider } from '../../server/integrations/ai/openai.ts';
import type { ModelProvider } from '../../server/integrations/ai/port.ts';
import { startAnthropicEmulator } from '../emulators/anthropic.ts';
import { startOpenAiEmulator } from '../emulators/openai.ts';
import type { Emulator } from '../emulators/server.ts';
import { collect, sampleRequest } from './sample.ts';

/** A vendor's emulator and our adapter for it, which uses the vendor's own SDK. */
export interface VendorUnderTest {
  readonly name: 'openai' | 'anthropic';
  readonly model: string;
  readonly emulator: Emulator;
  readonly provider: ModelProvider;
}

/** Both vendors on free ports, with the SDKs loaded, so that loading them is not taken for a slow vendor. */
export async function startVendors(): Promise<VendorUnderTest[]> {
  const [openai, anthropic] = await Promise.all([startOpenAiEmulator(), startAnthropicEmulator()]);
  const vendors: VendorUnderTest[] = [
    {
      name: 'openai',
      model: 'gpt-6-sol',
      emulator: openai,
      provider: openAiProvider({ apiKey: 'key-openai', baseUrl: openai.url }),
    },
    {
      name: 'anthropic',
      model: 'claude-sonnet-5-5',
      emulator: anthropic,
      provider: anthropicProvider({ apiKey: 'key-anthropic', baseUrl: anthropic.url }),
    },
  ];
  for (const { provider, model, emulator } of vendors) {
    await collect(provider.stream({ ...sampleRequest, model }, new AbortController().signal));
    emulator.reset();
  }
  return vendors;
}
