/**
 * The credential of an Authorization header, as it was sent; null where it names none, or another scheme. What is no
 * token comes too: it must be refused, for a caller who meant to be somebody is not served as nobody. Called for each
 * request: no pattern.
 */
export function bearerOf(header: string | null | undefined): string | null {
  if (header?.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  const credential = header.slice(7).trim();
  return credential === '' ? null : credential;
}
