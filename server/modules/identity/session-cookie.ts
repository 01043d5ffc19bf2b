import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SessionCookie {
  /** The session token that a Cookie header carries, when our signature on it holds; else null. */
  read(header: string | null | undefined): string | null;
  /** A Set-Cookie header for a session token. */
  write(token: string): string;
  /** A Set-Cookie header that takes it away. */
  clear(): string;
}

export interface SessionCookieOptions {
  readonly secret: string;
  /** On HTTPS: the name then begins with `__Secure-`, which browsers refuse to plain sites. */
  readonly secure: boolean;
  /** The parent domain that the apps share, as `.example.com`; null keeps it to this host. */
  readonly domain: string | null;
  readonly ttlMs: number;
}

/** The cookie of a session, in the form the identity library writes: token, dot, HMAC-SHA-256 in base64, URL-encoded. */
export function sessionCookie({ secret, secure, domain, ttlMs }: SessionCookieOptions): SessionCookie {
  const name = `${secure ? '__Secure-' : ''}rs.session_token`;
  const sign = (token: string) => createHmac('sha256', secret).update(token).digest();
  const attributes = [
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
    ...(domain === null ? [] : [`Domain=${domain}`]),
  ].join('; ');
  return {
    read(header) {
      const value = cookieValue(header, name);
      const dot = value?.lastIndexOf('.') ?? -1;
      if (value === null || dot < 1) return null;
      const token = value.slice(0, dot);
      const given = Buffer.from(value.slice(dot + 1), 'base64');
      const expected = sign(token);
      return given.length === expected.length && timingSafeEqual(given, expected) ? token : null;
    },
    write: (token) => {
      const value = encodeURIComponent(`${token}.${sign(token).toString('base64')}`);
      return `${name}=${value}; Max-Age=${Math.floor(ttlMs / 1000)}; ${attributes}`;
    },
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}

/** Two cookies of one name (one planted by a sibling host) prove nothing: neither is taken. */
function cookieValue(header: string | null | undefined, name: string): string | null {
  if (header === null || header === undefined || !header.includes(name)) return null;
  const values = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 ? decoded(values[0] ?? '') : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
