/** A token as the server gives it. */
export interface IssuedToken {
  readonly accessToken: string;
  /** ISO instant, by the server's clock. */
  readonly expiresAt: string;
}

/** A token with its end by the clock of this machine, in milliseconds since 1970. */
export interface HeldToken {
  readonly accessToken: string;
  readonly endsAt: number;
}

/** A token this close to its end is not used: it would expire on the way. */
export const skewMs = 10_000;
/** What a token lives at least, where its life can only be told by comparing two clocks that may disagree. */
const shortestLifeMs = 240_000;

/**
 * A token that was asked for at `askedAt`. Its life is read from the token itself (`exp` less `iat`), so that a
 * machine whose clock is minutes wrong neither renews without end nor calls with what has expired.
 */
export function heldToken({ accessToken, expiresAt }: IssuedToken, askedAt: number): HeldToken {
  const lifeMs = lifeOf(accessToken) ?? Math.max(Date.parse(expiresAt) - askedAt, shortestLifeMs);
  return { accessToken, endsAt: askedAt + lifeMs };
}

/** Milliseconds that are left of a token; none when it has ended. */
export function leftOf(token: HeldToken | null | undefined): number {
  return token ? token.endsAt - Date.now() : 0;
}

export function isIssuedToken(value: unknown): value is IssuedToken {
  const candidate = value as Partial<IssuedToken> | null;
  return (
    typeof candidate?.accessToken === 'string' && Number.isFinite(Date.parse(String(candidate.expiresAt)))
  );
}

function lifeOf(token: string): number | undefined {
  const { iat, exp } = claimsOf(token);
  return typeof iat === 'number' && typeof exp === 'number' && exp > iat ? (exp - iat) * 1000 : undefined;
}

/** Whether two tokens are known to be for different organisations. */
export function differInOrganisation(one: string, other: string): boolean {
  const [a, b] = [claimsOf(one).org, claimsOf(other).org];
  return typeof a === 'string' && typeof b === 'string' && a !== b;
}

/** Reads a JWT without proving it: only the server has to trust a token. Empty for anything else. */
function claimsOf(token: string): { readonly iat?: unknown; readonly exp?: unknown; readonly org?: unknown } {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(atob(payload));
  } catch {
    // Not a JWT, which is no fault: guests of another server may have opaque tokens.
    return {};
  }
}
