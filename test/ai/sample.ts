import type { ModelEvent, ModelRequest } from '../../server/integrations/ai/port.ts';

/** A plain question to a plain agent. */
export const sampleRequest: Omit<ModelRequest, 'model'> = {
  system: 'You are Alexis Rivera, a coach for medical sales.',
  turns: [{ role: 'user', text: 'How do I open a call with a busy surgeon?' }],
  maxOutputTokens: 1_000,
  persona: {
    name: 'Alexis Rivera',
    tagline: 'Calm coaching for hard rooms',
    tone: 'warm',
    signaturePhrases: ['Slow is smooth.'],
    conversationStarters: ['Help me plan tomorrow’s call'],
  },
  notes: [],
  endUser: 'user-7f3a',
};

export interface Collected {
  readonly text: string;
  readonly reasoning: string;
  readonly events: readonly ModelEvent[];
  readonly error: unknown;
}

/** Everything a stream of model events said, and how it failed if it did. */
export async function collect(events: AsyncIterable<ModelEvent>): Promise<Collected> {
  const seen: ModelEvent[] = [];
  let error: unknown = null;
  try {
    for await (const event of events) seen.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const joined = (type: 'text' | 'reasoning') =>
    seen.map((event) => (event.type === type ? event.text : '')).join('');
  return { text: joined('text'), reasoning: joined('reasoning'), events: seen, error };
}
