/**
 * The credential of an Authorization header, as it was sent; null where it names none. What is no token comes too: it
 * must be refused, for a caller who meant to be somebody is not served as nobody.
 */
export function bearerOf(header: string | null | undefined): string | null {
  const credential = /^Bearer\s+(.+)$/i.exec(header?.trim() ?? '')?.[1];
  return credential ?? null;
}
