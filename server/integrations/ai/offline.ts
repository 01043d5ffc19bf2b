import { setTimeout as sleep } from 'node:timers/promises';
import { offlineAnswer } from './offline-answer.ts';
import { type ModelEvent, type ModelProvider, type ModelRequest, ProviderError } from './port.ts';
import { estimateTokens, estimateUsage } from './usage.ts';

/**
 * The model that is always there: answers from persona, notes and conversation without any vendor, deterministic, free.
 * `paceMs` is the time between words (default 25, so that streaming is visible; 0 sends them at once).
 */
export function offlineProvider(options: { readonly paceMs?: number } = {}): ModelProvider {
  const paceMs = options.paceMs ?? 25;
  return { id: 'offline', stream: (request, signal) => run(request, signal, paceMs) };
}

async function* run(request: ModelRequest, signal: AbortSignal, paceMs: number): AsyncGenerator<ModelEvent> {
  yield { type: 'opened', model: request.model, requestId: null };
  let sent = '';
  for (const word of offlineAnswer(request).match(/\s*\S+/g) ?? []) {
    if (estimateTokens(sent + word) > request.maxOutputTokens) return yield done(request, sent, 'max_output');
    if (paceMs > 0) await pause(paceMs, signal);
    if (signal.aborted) throw aborted(signal);
    sent += word;
    yield { type: 'text', text: word };
  }
  yield done(request, sent, 'stop');
}

function done(request: ModelRequest, sent: string, reason: 'stop' | 'max_output'): ModelEvent {
  const usage = estimateUsage(request, { textCharacters: sent.length, reasoningCharacters: 0 });
  return { type: 'done', reason, usage };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw aborted(signal);
  }
}

function aborted(signal: AbortSignal): ProviderError {
  return new ProviderError('offline', 'aborted', { message: 'the answer was aborted', cause: signal.reason });
}
