import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ModelEvent,
  type ModelProvider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderId,
  type StopReason,
} from '../../server/integrations/ai/port.ts';
import type { AttemptUsage } from '../../server/runs/events.ts';

export const reportedUsage: AttemptUsage = {
  inputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 3,
  reasoningTokens: 0,
  source: 'reported',
};

/** One thing a scripted provider does next; a number waits so many ms. */
export type Act =
  | number
  | ModelEvent
  | { readonly fail: ProviderErrorKind; readonly retryAfterMs?: number }
  | { readonly crash: unknown };

export const opened: Act = { type: 'opened', model: 'm', requestId: 'req-1' };
export const says = (text: string): Act => ({ type: 'text', text });
export const done = (reason: StopReason = 'stop'): Act => ({ type: 'done', reason, usage: reportedUsage });
export const fails = (fail: ProviderErrorKind, retryAfterMs?: number): Act => ({
  fail,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
/** A whole answer. */
export const answers = (text: string): readonly Act[] => [opened, says(text), done()];

export interface ScriptedProvider extends ModelProvider {
  /** How often it was asked. */
  readonly calls: { count: number; aborted: number };
}

/** A provider that plays the n-th script at the n-th call, and the last one from then on. */
export function scripted(id: ProviderId, ...scripts: readonly (readonly Act[])[]): ScriptedProvider {
  const calls = { count: 0, aborted: 0 };
  return {
    id,
    calls,
    stream(_request, signal) {
      const script = scripts[Math.min(calls.count, scripts.length - 1)] ?? [];
      calls.count += 1;
      signal.addEventListener('abort', () => {
        calls.aborted += 1;
      });
      return play(id, script, signal);
    },
  };
}

async function* play(
  id: ProviderId,
  script: readonly Act[],
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  for (const act of script) {
    if (typeof act === 'number') await sleep(act, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new ProviderError(id, 'aborted', { message: 'aborted' });
    if (typeof act === 'number') continue;
    if ('crash' in act) throw act.crash;
    if ('fail' in act)
      throw new ProviderError(id, act.fail, { message: act.fail, retryAfterMs: act.retryAfterMs });
    yield act;
  }
}
