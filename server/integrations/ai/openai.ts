import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';
import type { ReasoningEffort } from 'openai/resources/shared';
import { boundedFetch } from './bounded-fetch.ts';
import { cutFailure, requireUserTurn, transportFailure, vendorFailure } from './failures.ts';
import { openAiReader } from './openai-events.ts';
import { type ModelEvent, type ModelProvider, type ModelRequest, ProviderError } from './port.ts';
import { headersTimeoutMs, type VendorOptions } from './vendor-options.ts';

/** Chat answers start at once; only the deep model thinks first. */
const effortByModel: Readonly<Record<string, ReasoningEffort>> = {
  'gpt-6-luna': 'none',
  'gpt-6-sol': 'none',
  'gpt-6-astra': 'medium',
};

/** OpenAI by the Responses API. The SDK is loaded with the first request; it never retries, we do. */
export function openAiProvider(options: VendorOptions): ModelProvider {
  let loaded: ReturnType<typeof load> | undefined;
  return {
    id: 'openai',
    stream(request, signal) {
      loaded ??= load(options);
      return run(loaded, request, signal);
    },
  };
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

type Loaded = Awaited<ReturnType<typeof load>>;

async function* run(
  loading: Promise<Loaded>,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  requireUserTurn('openai', request);
  const { sdk, client } = await loading;
  let requestId: string | undefined;
  let finished = false;
  try {
    const opened = await client.responses.create(bodyOf(request), { signal }).withResponse();
    requestId = opened.request_id ?? undefined;
    yield { type: 'opened', model: request.model, requestId: requestId ?? null };
    const read = openAiReader(request);
    // After the terminal event the rest is only drained, so that the connection can serve again.
    for await (const raw of opened.data) {
      if (finished) continue;
      for (const event of read(raw)) {
        finished = event.type === 'done';
        yield event;
      }
    }
  } catch (error) {
    if (!finished) throw classify(error, sdk, signal);
  }
  if (!finished && signal.aborted) throw transportFailure('openai', signal.reason, signal);
  if (!finished) throw cutFailure('openai', requestId);
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

function classify(error: unknown, sdk: Loaded['sdk'], signal: AbortSignal): ProviderError {
  if (signal.aborted || !(error instanceof sdk.APIError)) return transportFailure('openai', error, signal);
  if (error instanceof sdk.APIConnectionTimeoutError)
    return new ProviderError('openai', 'first_token_timeout', { message: error.message, cause: error });
  if (error instanceof sdk.APIConnectionError) return transportFailure('openai', error, signal);
  return vendorFailure('openai', {
    message: error.message,
    status: error.status,
    codes: [error.code, error.type],
    requestId: error.requestID ?? undefined,
    headers: error.headers,
    cause: error,
  });
}
