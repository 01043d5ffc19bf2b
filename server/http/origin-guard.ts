/** Exact origins that may call with a cookie: the allow-list and this server's own pages. */
export interface OriginGuard {
  /** For whoever sends no Origin (no browser, or a page of ours) and for an exact match. */
  allows(origin: string | null | undefined): boolean;
  /** Whether a cookie that came with this request proves its person. */
  trustsCookie(request: CookieRequest): boolean;
  /** The URL, when it is on an allowed origin; null for anything else, however much it looks like one. */
  safeReturn(url: string | null | undefined): string | null;
}

export interface CookieRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

/** A header that a form or an image cannot send, so that a browser asks first (CORS) before it calls from elsewhere. */
export const CSRF_HEADER = 'x-repspheres-app';

export function originGuard(allowedOrigins: readonly string[], publicUrl: string): OriginGuard {
  const origins = new Set([...allowedOrigins, new URL(publicUrl).origin]);
  const allows = (origin: string | null | undefined) =>
    origin === null || origin === undefined || origins.has(origin);
  return {
    allows,
    trustsCookie({ method, headers }) {
      const origin = headers.get('origin');
      if (!allows(origin)) return false;
      if (method === 'GET' || method === 'HEAD')
        return headers.get('sec-fetch-site') !== 'cross-site' || origin !== null;
      return origin !== null && headers.get(CSRF_HEADER) !== null;
    },
    safeReturn(url) {
      if (url === null || url === undefined || !URL.canParse(url)) return null;
      const { origin, username, password } = new URL(url);
      return origins.has(origin) && username === '' && password === '' ? url : null;
    },
  };
}
