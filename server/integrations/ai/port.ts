import type { AttemptUsage } from '../../runs/events.ts';

export const providerIds = ['openai', 'anthropic', 'offline'] as const;
export type ProviderId = (typeof providerIds)[number];

export interface ChatTurn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** A knowledge note as the model gets it; providers find it rendered into `system`, the offline model quotes it. */
export interface ContextNote {
  readonly title: string;
  readonly body: string;
}

export interface PersonaContext {
  readonly name: string;
  readonly tagline: string;
  readonly tone: string;
  readonly signaturePhrases: readonly string[];
  readonly conversationStarters: readonly string[];
}

export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly turns: readonly ChatTurn[];
  readonly maxOutputTokens: number;
  readonly persona: PersonaContext;
  readonly notes: readonly ContextNote[];
  /** Opaque and stable for one tenant, for the vendor's abuse controls; never a name or an e-mail. */
  readonly endUser: string;
}

/** Why the model stopped, as the vendor's terminal event says it. */
export type StopReason = 'stop' | 'max_output' | 'content_filter';

/**
 * What a provider's stream means to us. `usage` is cumulative; while it is not final its source is `estimated`
 * (Anthropic's message_start knows only the input).
 * A stream is successful only when `done` was yielded; ending without it is a ProviderError of kind `connection`.
 */
export type ModelEvent =
  | { readonly type: 'opened'; readonly model: string; readonly requestId: string | null }
  | { readonly type: 'ping' }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'usage'; readonly usage: AttemptUsage }
  | { readonly type: 'done'; readonly reason: StopReason; readonly usage: AttemptUsage };

/** A vendor (or the offline model) behind one stream. `stream` sends nothing before it is iterated, and aborts its request with `signal`. */
export interface ModelProvider {
  readonly id: ProviderId;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export type ProviderErrorKind =
  | 'rate_limited'
  | 'overloaded'
  | 'authentication'
  | 'invalid_request'
  | 'context_length'
  | 'content_filter'
  | 'first_token_timeout'
  | 'stalled'
  | 'connection'
  | 'protocol'
  | 'server'
  | 'aborted';

/** How an attempt failed, in words common to all vendors. `usage` is what the vendor had reported by then. */
export class ProviderError extends Error {
  readonly provider: ProviderId;
  readonly kind: ProviderErrorKind;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    provider: ProviderId,
    kind: ProviderErrorKind,
    detail: {
      message: string;
      status?: number | undefined;
      requestId?: string | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(detail.message, { cause: detail.cause });
    this.name = 'ProviderError';
    this.provider = provider;
    this.kind = kind;
    this.status = detail.status;
    this.requestId = detail.requestId;
    this.retryAfterMs = detail.retryAfterMs;
  }
}
