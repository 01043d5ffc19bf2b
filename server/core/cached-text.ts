import { LRUCache } from 'lru-cache';
import { z } from 'zod';

const envelope = z.object({ freshUntil: z.number(), value: z.unknown() });

export interface CachedValue<T> {
  readonly freshUntil: number;
  readonly value: T;
}

/** Turns values into cache text and back. What was read once is not parsed again while its text is the same. */
export interface CachedTexts {
  /** Null when the value does not survive the way through JSON and its own schema. */
  write<T>(schema: z.ZodType<T>, entry: CachedValue<T>): string | null;
  /** Null for text that is truncated, poisoned or of another schema. Values are frozen: readers share them. */
  read<T>(key: string, schema: z.ZodType<T>, text: string): CachedValue<T> | null;
}

export function createCachedTexts(maxBytes = 16 * 1024 * 1024): CachedTexts {
  const parsed = new LRUCache<string, { text: string; entry: CachedValue<unknown>; schema: z.ZodType }>({
    maxSize: maxBytes,
    sizeCalculation: ({ text }) => 4 * text.length + 64,
  });

  return {
    write(schema, entry) {
      const text = JSON.stringify(entry);
      return decode(schema, text) === null ? null : text;
    },
    read<T>(key: string, schema: z.ZodType<T>, text: string) {
      const known = parsed.get(key);
      // Safe: the entry was validated by this very schema.
      if (known?.text === text && known.schema === schema) return known.entry as CachedValue<T>;
      const entry = decode(schema, text);
      if (entry !== null) parsed.set(key, { text, entry, schema });
      return entry;
    },
  };
}

function decode<T>(schema: z.ZodType<T>, text: string): CachedValue<T> | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const outer = envelope.safeParse(raw);
  if (!outer.success) return null;
  const inner = schema.safeParse(outer.data.value);
  return inner.success ? { freshUntil: outer.data.freshUntil, value: deepFreeze(inner.data) } : null;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
