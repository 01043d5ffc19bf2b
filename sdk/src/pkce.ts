/** A secret of 256 bits from the platform's secure source, fit for URLs. */
export function randomSecret(): string {
  return base64Url(secureCrypto().getRandomValues(new Uint8Array(32)));
}

/** What of a secret may be shown before it is: its SHA-256. Source: RFC 7636, S256. */
export async function challengeOf(secret: string): Promise<string> {
  const digest = await secureCrypto().subtle.digest('SHA-256', new TextEncoder().encode(secret));
  return base64Url(new Uint8Array(digest));
}

function secureCrypto(): typeof crypto {
  if (typeof crypto === 'object' && crypto.subtle) return crypto;
  throw new TypeError('signing in needs a secure context: serve the page by HTTPS or from localhost');
}

function base64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
