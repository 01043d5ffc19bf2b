import { hash } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { appIds } from '../../core/apps.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { idPattern } from '../../core/ids.ts';
import { ACCESS_TOKEN_TTL_MS, type Keyring } from './keyring.ts';

export const TOKEN_AUDIENCE = 'repspheres';
/** Clocks of two machines may differ by this much. Source: reliability.md F106. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** `org` and `app` stand in tokens of our own apps alone: one of another site proves who somebody is, and opens no door. */
const Claims = z.object({
  sub: z.string().regex(idPattern('user')),
  sid: z.string().regex(idPattern('session')),
  org: z.string().regex(idPattern('organisation')),
  app: z.enum(appIds),
  exp: z.int(),
});

/** What our own access token says; rights are looked up, never read from it. */
export interface TokenClaims {
  readonly userId: `usr_${string}`;
  readonly sessionId: `ses_${string}`;
  /** Null where the issuer knows no organisations: the session's row names it then. */
  readonly orgId: `org_${string}` | null;
  readonly app: (typeof appIds)[number];
  readonly expiresAt: number;
}

export interface AccessToken {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Signs an ES256 access token of 10 minutes for a session. */
export async function signAccessToken(
  keyring: Keyring,
  issuer: string,
  session: { readonly id: string; readonly userId: string; readonly orgId: string; readonly app: string },
  clock: Clock,
): Promise<AccessToken> {
  const { kid, key } = await keyring.signingKey();
  const issuedAt = Math.floor(clock.now() / 1000);
  const expires = issuedAt + ACCESS_TOKEN_TTL_MS / 1000;
  const accessToken = await new SignJWT({ sid: session.id, org: session.orgId, app: session.app })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setSubject(session.userId)
    .setIssuer(issuer)
    .setAudience(TOKEN_AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expires)
    .sign(key);
  return { accessToken, expiresAt: expires * 1000 };
}

/** The claims of a token we signed. Throws `auth.expired-token` or `auth.invalid-token`. */
export async function verifyAccessToken(
  keyring: Keyring,
  issuer: string,
  token: string,
  clock: Clock,
): Promise<TokenClaims> {
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? null : await keyring.verificationKey(kid);
        if (key === null) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer,
        // Tokens for other sites name this server as the resource, as OAuth wants it.
        audience: [TOKEN_AUDIENCE, issuer],
        // Whatever end it names: none of ours lives longer. Also refuses what is dated ahead.
        maxTokenAge: ACCESS_TOKEN_TTL_MS / 1000,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      },
    );
    const claims = Claims.parse(payload);
    return {
      userId: claims.sub as `usr_${string}`,
      sessionId: claims.sid as `ses_${string}`,
      orgId: claims.org as `org_${string}`,
      app: claims.app,
      expiresAt: claims.exp * 1000,
    };
  } catch (error) {
    throw tokenFailure(error);
  }
}

/** The Failure a refused token means; anything else (a store that is down) passes through. */
export function tokenFailure(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new Failure('auth.expired-token', { cause: error });
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    return new Failure('auth.invalid-token', { cause: error });
  }
  return error;
}

/** A token as a cache key: its hash, so that memory dumps hold no credentials. */
export function tokenKey(token: string): string {
  return hash('sha256', token, 'base64url');
}
