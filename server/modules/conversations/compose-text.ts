import { chainFor } from '../../integrations/ai/chain.ts';
import type { ModelProvider } from '../../integrations/ai/port.ts';

/** A job's model call has this long for everything; after it the job's own retry decides. */
const COMPOSE_TIMEOUT_MS = 30_000;

/**
 * A short text by the first vendor that answers, for jobs. Null where no vendor is configured: the caller then has a
 * plain rule of its own. Rejects with the last vendor's ProviderError when all failed.
 */
export async function composeText(
  providers: readonly ModelProvider[],
  ask: {
    readonly system: string;
    readonly text: string;
    readonly maxOutputTokens: number;
    readonly endUser: string;
  },
  signal: AbortSignal,
): Promise<string | null> {
  const vendors = providers.filter((provider) => provider.id !== 'offline');
  if (vendors.length === 0) return null;
  const within = AbortSignal.any([signal, AbortSignal.timeout(COMPOSE_TIMEOUT_MS)]);
  let failure: unknown;
  for (const link of chainFor('fast', vendors)) {
    try {
      let text = '';
      const request = {
        model: link.model,
        system: ask.system,
        turns: [{ role: 'user', text: ask.text } as const],
        maxOutputTokens: ask.maxOutputTokens,
        persona: { name: '', tagline: '', tone: '', signaturePhrases: [], conversationStarters: [] },
        notes: [],
        endUser: ask.endUser,
      };
      for await (const event of link.provider.stream(request, within))
        if (event.type === 'text') text += event.text;
      return text.trim();
    } catch (error) {
      if (within.aborted) throw error;
      failure = error;
    }
  }
  throw failure;
}
