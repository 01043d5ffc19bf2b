/** The runs of three words in a text, without case and punctuation. */
export function shingles(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  return new Set(words.slice(2).map((word, index) => `${words[index]} ${words[index + 1]} ${word}`));
}

/** The share of the smaller text's shingles that the other one has too, 0 to 1. */
export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((shingle) => b.has(shingle)).length;
  return shared / Math.max(1, Math.min(a.size, b.size));
}

/** The pair of texts that overlap most. */
export function closestPair(texts: readonly { id: string; text: string }[]): {
  pair: string;
  overlap: number;
} {
  const sets = texts.map(({ id, text }) => ({ id, set: shingles(text) }));
  let closest = { pair: '', overlap: 0 };
  for (const [index, a] of sets.entries()) {
    for (const b of sets.slice(index + 1)) {
      const found = overlap(a.set, b.set);
      if (found > closest.overlap) closest = { pair: `${a.id} / ${b.id}`, overlap: found };
    }
  }
  return closest;
}
