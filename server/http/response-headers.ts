/** What every answer says, whoever asked. Sources: OWASP secure headers; CORP is open because the apps live on origins of their own. */
const always: Readonly<Record<string, string>> = {
  'cross-origin-resource-policy': 'cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'x-request-id,retry-after,etag',
};

const preflight: Readonly<Record<string, string>> = {
  'access-control-max-age': '600',
  'access-control-allow-methods': 'GET,HEAD,PUT,POST,DELETE,PATCH',
  'access-control-allow-headers': [
    'authorization',
    'content-type',
    'idempotency-key',
    'last-event-id',
    'trpc-accept',
    'x-repspheres-app',
    'x-repspheres-sdk',
  ].join(','),
};

export interface ResponseHeaders {
  /**
   * The headers of an answer to a caller from this origin; CORS only for an origin of the allow-list, or for all where
   * the answer is `open`: then without credentials. Not to be changed.
   */
  for(origin: string | undefined, open?: boolean): Readonly<Record<string, string>>;
  /** The answer to a browser's question before it sends the real request. */
  preflight(origin: string | undefined, open?: boolean): Response;
}

/** Security and CORS headers as plain objects made once: setting them one by one on every answer costs more than the answer. */
export function responseHeaders(allowedOrigins: readonly string[]): ResponseHeaders {
  const byOrigin = new Map(
    allowedOrigins.map((origin) => [origin, { ...always, 'access-control-allow-origin': origin }]),
  );
  const { 'access-control-allow-credentials': _, ...withoutCredentials } = always;
  const toAll = { ...withoutCredentials, 'access-control-allow-origin': '*' };
  const of = (origin: string | undefined, open = false) =>
    origin === undefined ? always : (byOrigin.get(origin) ?? (open ? toAll : always));
  return {
    for: of,
    preflight: (origin, open) =>
      new Response(null, {
        status: 204,
        headers: { ...of(origin, open), ...preflight, vary: 'Origin, Access-Control-Request-Headers' },
      }),
  };
}
