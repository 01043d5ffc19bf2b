import { Failure } from './failure.ts';

/**
 * Refuses text that no Postgres column, JSON document or UTF-8 wire can hold: U+0000 and half surrogate pairs.
 * Walks keys and values of an input; its depth is bounded by the doors. Throws `request.invalid` with the path.
 */
export function refuseUnstorableText(input: unknown, path = ''): void {
  if (typeof input === 'string') {
    if (!isStorableText(input)) {
      const message = 'must not contain a null character or half of a surrogate pair';
      throw new Failure('request.invalid', { fields: [{ path, message }] });
    }
    return;
  }
  if (typeof input !== 'object' || input === null) return;
  for (const [name, value] of Object.entries(input)) {
    // A key that cannot be stored cannot be named in the answer either.
    refuseUnstorableText(name, path);
    refuseUnstorableText(value, path === '' ? name : `${path}.${name}`);
  }
}

/** Whether Postgres, JSON and UTF-8 can hold the text. */
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
