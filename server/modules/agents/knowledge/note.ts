/**
 * The six clinical domains of the product, short primers for the experts outside them, and the craft of selling,
 * which every agent may draw on.
 */
export const knowledgeDomains = [
  'neurotoxins',
  'all-on-4-implants',
  'fractional-lasers',
  'rf-microneedling',
  'body-contouring',
  'robotic-dental-surgery',
  'procedure-primers',
  'sales-craft',
] as const;
export type KnowledgeDomain = (typeof knowledgeDomains)[number];

/** One short, self-contained note for the model and for the offline answers. Text only, no figures without a source. */
export interface KnowledgeNote {
  /** `<domain>/<topic>`; stable, because stored rows are matched by it. */
  readonly id: string;
  readonly domain: KnowledgeDomain;
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
}

type Authored = Omit<KnowledgeNote, 'id' | 'domain' | 'tags'> & {
  readonly topic: string;
  readonly tags: string;
};

/** Completes the notes of one domain: ids from topics, tags from a space-separated list, wrapped text unwrapped. */
export function notesOf(domain: KnowledgeDomain, authored: readonly Authored[]): readonly KnowledgeNote[] {
  return authored.map(({ topic, title, body, tags }) => ({
    id: `${domain}/${topic}`,
    domain,
    title,
    body: body.trim().replace(/\s+/g, ' '),
    tags: tags.split(' '),
  }));
}
