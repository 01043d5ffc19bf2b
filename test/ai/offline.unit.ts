import { describe, expect, it } from 'vitest';
import { offlineProvider } from '../../server/integrations/ai/offline.ts';
import { offlineAnswer } from '../../server/integrations/ai/offline-answer.ts';
import { type ModelRequest, ProviderError } from '../../server/integrations/ai/port.ts';
import { collect, sampleRequest } from './sample.ts';

const notes = [
  {
    title: 'Neurotoxins: onset and duration',
    body: '# Onset\nOnset is usually seen within 3 to 7 days. Full effect is judged at two weeks.\n- Most patients return after three to four months.',
  },
  {
    title: 'Objections on price',
    body: 'Price per unit is not price per result. Ask what a retreatment costs the practice. Then compare the number of visits.',
  },
];

const request: ModelRequest = { ...sampleRequest, model: 'offline-1', notes };
const ask = (...texts: string[]): ModelRequest => ({
  ...request,
  turns: texts.flatMap((text, index) =>
    index === texts.length - 1
      ? [{ role: 'user' as const, text }]
      : [
          { role: 'user' as const, text },
          { role: 'assistant' as const, text: 'Noted.' },
        ],
  ),
});

const questions = [
  'When is the full effect of a neurotoxin judged?',
  'The surgeon says our price is too high. What do I answer?',
  'hello there',
  'hi',
  'What is the airspeed of a swallow?',
  '',
  '💉'.repeat(500),
  'x'.repeat(20_000),
];

describe('the offline model', () => {
  it('quotes the notes that answer the question, word for word, and not the others', () => {
    const answer = offlineAnswer(ask('When is the full effect of a neurotoxin judged?'));
    expect(answer).toContain('“Full effect is judged at two weeks.”');
    expect(answer).not.toContain('retreatment');
  });

  it('quotes the sentences of a note in the order they were written', () => {
    const answer = offlineAnswer(
      ask('price per unit, price per result, and the cost of a retreatment for the practice'),
    );
    const [first, second] = ['Price per unit is not', 'Ask what a retreatment'].map((text) =>
      answer.indexOf(text),
    );
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first ?? 0);
  });

  it('does not quote what shares one chance word with a long question', () => {
    const long = 'Compare the weather on the coast with the tides of the sea';
    expect(offlineAnswer({ ...ask(long), notes: [...notes].reverse().slice(1) })).toContain(
      'I will not guess',
    );
  });

  it('introduces itself, and quotes nothing, when the question holds nothing to search for', () => {
    const answer = offlineAnswer(ask('Who are you?'));
    expect(answer).toContain('I am Alexis Rivera: Calm coaching for hard rooms.');
    expect(answer).not.toContain('The note');
  });

  it('says in one phrase what it is, and speaks with the persona’s own phrase', () => {
    const answer = offlineAnswer(ask(questions[1] ?? ''));
    expect(answer.match(/I am the offline model today/g)).toHaveLength(1);
    expect(answer).toContain('Slow is smooth.');
  });

  it('refers to the earlier turn, and searches a short follow-up together with it', () => {
    const answer = offlineAnswer(ask('How do I handle objections on price?', 'and retreatment?'));
    expect(answer).toContain('Earlier you said “How do I handle objections on price?”');
    expect(answer).toContain('“Ask what a retreatment costs the practice.”');
  });

  it('states nothing that is not in the notes: without notes it says that it will not guess', () => {
    const answer = offlineAnswer({ ...ask('How long does it last?'), notes: [] });
    expect(answer).toContain('I will not guess');
    expect(answer).not.toMatch(/\d/);
  });

  it.each(questions)(
    'answers %.30s in 80 to 200 words and asks exactly one question of its own',
    (question) => {
      for (const input of [
        ask(question),
        { ...ask(question), notes: [] },
        ask('first things first', question),
      ]) {
        const answer = offlineAnswer(input);
        const words = answer.split(/\s+/).length;
        expect(words).toBeGreaterThanOrEqual(80);
        expect(words).toBeLessThanOrEqual(200);
        expect(answer.replace(/“[^”]*”/g, '').match(/\?/g)).toHaveLength(1);
        expect(answer.isWellFormed()).toBe(true);
      }
    },
  );

  it('stays within 200 words with a long-winded persona and long notes', () => {
    const long = 'This sentence about price goes on and on, '.repeat(12);
    const answer = offlineAnswer({
      ...ask('price?'),
      notes: [{ title: 'price '.repeat(40), body: `${long}. A price is short.` }],
      persona: { ...request.persona, signaturePhrases: ['word '.repeat(300)] },
    });
    expect(answer.split(/\s+/).length).toBeLessThanOrEqual(200);
  });

  it('is deterministic', () => {
    expect(offlineAnswer(ask('price objections'))).toBe(offlineAnswer(ask('price objections')));
  });

  it('streams the answer in words and estimates its usage', async () => {
    const asked = ask('price objections');
    const { text, events } = await collect(
      offlineProvider({ paceMs: 0 }).stream(asked, new AbortController().signal),
    );
    expect(text).toBe(offlineAnswer(asked));
    expect(events.filter((event) => event.type === 'text').length).toBeGreaterThan(70);
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      reason: 'stop',
      usage: { source: 'estimated', outputTokens: Math.ceil(text.length / 3.6) },
    });
  });

  it('stops at the most tokens it may say', async () => {
    const asked = { ...ask('price objections'), maxOutputTokens: 10 };
    const { text, events } = await collect(
      offlineProvider({ paceMs: 0 }).stream(asked, new AbortController().signal),
    );
    expect(text.length).toBeLessThanOrEqual(36);
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'max_output' });
  });

  it('stops in the middle when aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const startedAt = performance.now();
    const { error } = await collect(offlineProvider({ paceMs: 10 }).stream(ask('price'), controller.signal));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind: 'aborted' });
    expect(performance.now() - startedAt).toBeLessThan(300);
  });
});
