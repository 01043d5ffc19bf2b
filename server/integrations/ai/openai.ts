import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';
import type { ReasoningEffort } from 'openai/resources/shared';
import { boundedFetch } from './bounded-fetch.ts';
import { openAiReader } from './openai-events.ts';
import type { ModelProvider, ModelRequest } from './port.ts';
import { headersTimeoutMs, type VendorOptions } from './vendor-options.ts';
import { vendorProvider } from './vendor-provider.ts';

/** Chat answers start at once; only the deep model thinks first. */
const effortByModel: Readonly<Record<string, ReasoningEffort>> = {
  'gpt-6-luna': 'none',
  'gpt-6-sol': 'none',
  'gpt-6-astra': 'medium',
};

/** OpenAI by the Responses API. */
export function openAiProvider(options: VendorOptions): ModelProvider {
  return vendorProvider({
    id: 'openai',
    load: () => load(options),
    async open({ client }, request, signal) {
      const opened = await client.responses.create(bodyOf(request), { signal }).withResponse();
      return { requestId: opened.request_id ?? undefined, frames: opened.data };
    },
    reader: openAiReader,
  });
}

async function load(options: VendorOptions) {
  const sdk = await import('openai');
  const client = new sdk.OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? 'https://api.openai.com/v1',
    // Given, so that the SDK does not take them from the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: headersTimeoutMs,
    fetch: boundedFetch(options.fetch),
  });
  return { sdk, client };
}

function bodyOf(request: ModelRequest): ResponseCreateParamsStreaming {
  const effort = effortByModel[request.model];
  return {
    model: request.model,
    ...(request.system === '' ? {} : { instructions: request.system.toWellFormed() }),
    input: request.turns
      .filter((turn) => turn.text !== '')
      .map((turn) => ({ role: turn.role, content: turn.text.toWellFormed() })),
    max_output_tokens: request.maxOutputTokens,
    ...(effort === undefined ? {} : { reasoning: { effort } }),
    safety_identifier: request.endUser,
    // Conversations are our tenants' property: nothing is kept with the vendor.
    store: false,
    stream: true,
  };
}
