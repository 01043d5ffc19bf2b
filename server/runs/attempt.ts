import type { ChainLink } from '../integrations/ai/chain.ts';
import { type DeadlineLimits, withDeadlines } from '../integrations/ai/deadlines.ts';
import {
  type ModelEvent,
  type ModelRequest,
  ProviderError,
  type StopReason,
} from '../integrations/ai/port.ts';
import { estimateUsage, noUsage } from '../integrations/ai/usage.ts';
import type { AttemptUsage } from './events.ts';
import type { Admission } from './provider-health.ts';
import { textJoiner } from './well-formed-text.ts';

/** Where an attempt's output goes, in order and in whole characters. Calls must not throw. */
export interface OutputSink {
  text(text: string): void;
  /** Thoughts are not part of the answer and do not prevent a fallback. */
  reasoning(text: string): void;
}

/** What one attempt came to. `visible` says whether any text went to the sink; `failure` is null when the vendor ended it. */
export interface AttemptResult {
  readonly stop: StopReason | null;
  readonly failure: ProviderError | null;
  readonly visible: boolean;
  readonly usage: AttemptUsage;
  readonly requestId: string | null;
}

interface Attempt {
  readonly link: ChainLink;
  readonly request: ModelRequest;
  readonly limits: DeadlineLimits;
  readonly signal: AbortSignal;
}

/** Asks one provider once and passes its output on. Never rejects for anything the provider did. */
export async function runAttempt(
  attempt: Attempt,
  admission: Admission,
  sink: OutputSink,
): Promise<AttemptResult> {
  const { link, request, signal } = attempt;
  const progress = new AttemptProgress(request, sink);
  try {
    let isAlive = false;
    const open = (inner: AbortSignal) => link.provider.stream(request, inner);
    for await (const event of withDeadlines(open, { provider: link.provider.id, signal }, attempt.limits)) {
      if (!isAlive && (event.type === 'text' || event.type === 'reasoning')) {
        isAlive = true;
        admission.worked();
      }
      progress.take(event);
    }
    progress.requireAnswer(link);
    admission.worked();
    return progress.result(null);
  } catch (error) {
    const failure = asProviderError(error, link);
    admission.failed(failure);
    return progress.result(failure);
  }
}

/** A provider may only throw ProviderErrors; anything else is a defect of its adapter, and no reason to fail the run. */
function asProviderError(error: unknown, link: ChainLink): ProviderError {
  if (error instanceof ProviderError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ProviderError(link.provider.id, 'protocol', { message, cause: error });
}

/** What one attempt has received so far. */
class AttemptProgress {
  readonly #request: ModelRequest;
  readonly #sink: OutputSink;
  readonly #text = textJoiner();
  readonly #reasoning = textJoiner();
  readonly #received = { textCharacters: 0, reasoningCharacters: 0 };
  #opened = false;
  #visible = false;
  #requestId: string | null = null;
  #usage: AttemptUsage | undefined;
  #stop: StopReason | null = null;

  constructor(request: ModelRequest, sink: OutputSink) {
    this.#request = request;
    this.#sink = sink;
  }

  take(event: ModelEvent): void {
    switch (event.type) {
      case 'opened':
        this.#opened = true;
        this.#requestId = event.requestId;
        return;
      case 'text':
        this.#received.textCharacters += event.text.length;
        this.#say(this.#text.push(event.text));
        return;
      case 'reasoning':
        this.#received.reasoningCharacters += event.text.length;
        this.#think(this.#reasoning.push(event.text));
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      case 'done':
        this.#usage = event.usage;
        this.#stop = event.reason;
        return;
      case 'ping':
        return;
    }
  }

  /** A stream that ended without its `done`, or that completed with nothing, is not an answer. */
  requireAnswer(link: ChainLink): void {
    if (this.#stop === null)
      throw new ProviderError(link.provider.id, 'connection', { message: 'the stream ended without an end' });
    if (this.#stop === 'stop' && this.#received.textCharacters === 0)
      throw new ProviderError(link.provider.id, 'protocol', { message: 'the answer is empty' });
  }

  result(failure: ProviderError | null): AttemptResult {
    this.#think(this.#reasoning.end());
    this.#say(this.#text.end());
    return {
      stop: failure === null ? this.#stop : null,
      failure,
      visible: this.#visible,
      usage: this.#finalUsage(),
      requestId: this.#requestId ?? failure?.requestId ?? null,
    };
  }

  /** A vendor that never began to answer charges nothing. */
  #finalUsage(): AttemptUsage {
    if (!this.#opened) return noUsage;
    if (this.#usage !== undefined && (this.#usage.source === 'reported' || this.#stop !== null))
      return this.#usage;
    return estimateUsage(this.#request, this.#received, this.#usage);
  }

  #say(text: string): void {
    if (text === '') return;
    this.#visible = true;
    this.#sink.text(text);
  }

  #think(text: string): void {
    if (text !== '') this.#sink.reasoning(text);
  }
}
