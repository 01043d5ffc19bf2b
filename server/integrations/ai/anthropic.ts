import type {
  MessageCreateParamsStreaming,
  MessageParam,
  ThinkingConfigParam,
} from '@anthropic-ai/sdk/resources/messages';
import { anthropicReader } from './anthropic-events.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { ChatTurn, ModelProvider, ModelRequest } from './port.ts';
import { headersTimeoutMs, type VendorOptions } from './vendor-options.ts';
import { vendorProvider } from './vendor-provider.ts';

/** Chat answers start at once; each model has its own word for that, and Opus always thinks. */
const thinkingByModel: Readonly<Record<string, ThinkingConfigParam>> = {
  'claude-haiku-5-5': { type: 'disabled' },
  'claude-sonnet-5-5': { type: 'between_tools' },
  'claude-opus-5-5': { type: 'adaptive' },
};

/** Anthropic by the Messages API. */
export function anthropicProvider(options: VendorOptions): ModelProvider {
  return vendorProvider({
    id: 'anthropic',
    load: () => load(options),
    async open({ client, frames }, request, signal) {
      const response = await client.messages.create(bodyOf(request), { signal }).asResponse();
      return {
        requestId: response.headers.get('request-id') ?? undefined,
        frames: parsed(frames(response)),
      };
    },
    reader: anthropicReader,
  });
}

/** The data of the frames. Read here, because the SDK's own stream hides pings. */
async function* parsed(
  frames: AsyncIterable<{ event: string | null; data: string }>,
): AsyncGenerator<unknown> {
  for await (const { event, data } of frames) if (event !== null && data !== '') yield JSON.parse(data);
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
