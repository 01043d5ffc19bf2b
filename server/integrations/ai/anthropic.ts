import type {
  MessageCreateParamsStreaming,
  MessageParam,
  ThinkingConfigParam,
} from '@anthropic-ai/sdk/resources/messages';
import { anthropicReader } from './anthropic-events.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { cutFailure, requireUserTurn, transportFailure, vendorFailure } from './failures.ts';
import {
  type ChatTurn,
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
  ProviderError,
} from './port.ts';
import { headersTimeoutMs, type VendorOptions } from './vendor-options.ts';

/** Chat answers start at once; each model has its own word for that, and Opus always thinks. */
const thinkingByModel: Readonly<Record<string, ThinkingConfigParam>> = {
  'claude-haiku-5-5': { type: 'disabled' },
  'claude-sonnet-5-5': { type: 'between_tools' },
  'claude-opus-5-5': { type: 'adaptive' },
};

/** Anthropic by the Messages API. The SDK is loaded with the first request; it never retries, we do. */
export function anthropicProvider(options: VendorOptions): ModelProvider {
  let loaded: ReturnType<typeof load> | undefined;
  return {
    id: 'anthropic',
    stream(request, signal) {
      loaded ??= load(options);
      return run(loaded, request, signal);
    },
  };
}

async function load(options: VendorOptions) {
  const [sdk, { Stream }] = await Promise.all([
    import('@anthropic-ai/sdk'),
    import('@anthropic-ai/sdk/streaming'),
  ]);
  const client = new sdk.Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? 'https://api.anthropic.com',
    // Given, so that the SDK does not take them from the environment.
    webhookKey: null,
    openTelemetry: false,
    logLevel: 'off',
    maxRetries: 0,
    timeout: headersTimeoutMs,
    fetch: boundedFetch(options.fetch),
  });
  return { sdk, client, frames: Stream.rawEvents };
}

type Loaded = Awaited<ReturnType<typeof load>>;

async function* run(
  loading: Promise<Loaded>,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  requireUserTurn('anthropic', request);
  const { sdk, client, frames } = await loading;
  let requestId: string | undefined;
  let finished = false;
  try {
    const response = await client.messages.create(bodyOf(request), { signal }).asResponse();
    requestId = response.headers.get('request-id') ?? undefined;
    yield { type: 'opened', model: request.model, requestId: requestId ?? null };
    const read = anthropicReader(request);
    // Frames, because the SDK's own stream hides pings. After the terminal event the rest is only drained,
    // so that the connection can serve again.
    for await (const frame of frames(response)) {
      if (finished || frame.event === null || frame.data === '') continue;
      for (const event of read(JSON.parse(frame.data))) {
        finished = event.type === 'done';
        yield event;
      }
    }
  } catch (error) {
    if (!finished) throw classify(error, sdk, signal);
  }
  if (!finished && signal.aborted) throw transportFailure('anthropic', signal.reason, signal);
  if (!finished) throw cutFailure('anthropic', requestId);
}

function bodyOf(request: ModelRequest): MessageCreateParamsStreaming {
  const thinking = thinkingByModel[request.model];
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    ...(request.system === '' ? {} : { system: request.system.toWellFormed() }),
    messages: messagesOf(request.turns),
    ...(thinking === undefined ? {} : { thinking }),
    metadata: { user_id: request.endUser },
    stream: true,
  };
}

/** The vendor wants turns that are not empty, alternate, and begin with the user's. */
function messagesOf(turns: readonly ChatTurn[]): MessageParam[] {
  const messages: { role: ChatTurn['role']; content: string }[] = [];
  for (const turn of turns) {
    const last = messages.at(-1);
    const text = turn.text.toWellFormed();
    if (text.trim() === '' || (last === undefined && turn.role === 'assistant')) continue;
    if (last?.role === turn.role) last.content += `\n\n${text}`;
    else messages.push({ role: turn.role, content: text });
  }
  return messages;
}

function classify(error: unknown, sdk: Loaded['sdk'], signal: AbortSignal): ProviderError {
  if (signal.aborted || !(error instanceof sdk.APIError)) return transportFailure('anthropic', error, signal);
  if (error instanceof sdk.APIConnectionTimeoutError)
    return new ProviderError('anthropic', 'first_token_timeout', { message: error.message, cause: error });
  if (error instanceof sdk.APIConnectionError) return transportFailure('anthropic', error, signal);
  return vendorFailure('anthropic', {
    message: error.message,
    status: error.status,
    codes: [error.errorCode, error.type],
    requestId: error.requestID ?? undefined,
    headers: error.headers,
    cause: error,
  });
}
