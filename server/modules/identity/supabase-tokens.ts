import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import { CLOCK_TOLERANCE_SECONDS, tokenFailure } from './access-tokens.ts';

const JWKS_TIMEOUT_MS = 3000;
/** After a look at the keys the next one waits, so that stray tokens cost the project nothing; a new key is seen then. */
const JWKS_COOLDOWN_MS = 5_000;
/** The longest life that a project can be set to; also refuses what is dated ahead. Source: Supabase, JWT expiry limit. */
const MAX_AGE_SECONDS = 604_800;
/** Supabase's asymmetric keys; the legacy shared secret is HS256 only. Chosen by the list, never by the header alone. */
const ASYMMETRIC = ['ES256', 'RS256', 'EdDSA'];

const Claims = z.object({
  sub: z.uuid(),
  session_id: z.uuid().optional(),
  email: z.string().optional(),
  /** Set by a hook of the project; what stands in user_metadata its owner can edit, and proves nothing. */
  email_verified: z.boolean().optional(),
  is_anonymous: z.boolean().optional(),
  role: z.string().optional(),
  /** `aal2` where Supabase has asked for a second factor itself. Source: Supabase, multi-factor authentication. */
  aal: z.string().optional(),
  exp: z.int(),
  user_metadata: z.object({ full_name: z.string().optional(), name: z.string().optional() }).optional(),
});

export interface SupabaseIdentity {
  readonly subject: string;
  readonly sessionId: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
  readonly usedSecondFactor: boolean;
  readonly expiresAt: number;
}

export interface SupabaseOptions {
  /** The project's URL; its issuer is `<url>/auth/v1` and its keys are at `<issuer>/.well-known/jwks.json`. */
  readonly url: string;
  /** The project's legacy JWT secret, while it is still in use. */
  readonly legacySecret: string | null;
}

export type VerifySupabase = (token: string, clock: Clock) => Promise<SupabaseIdentity>;

/** Verifies Supabase access tokens. Anonymous users and service tokens are refused. A key that may have been published since the last look: `auth.unknown-key`, to be tried again. When the keys cannot be fetched: `server.unavailable`. */
export function supabaseVerifier(options: SupabaseOptions): VerifySupabase {
  const issuer = `${options.url.replace(/\/$/, '')}/auth/v1`;
  const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: JWKS_COOLDOWN_MS,
  });
  const secret = options.legacySecret === null ? null : new TextEncoder().encode(options.legacySecret);
  return async (token, clock) => {
    const common = {
      issuer,
      audience: 'authenticated',
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: MAX_AGE_SECONDS,
      currentDate: new Date(clock.now()),
    };
    const seesOldKeys = jwks.coolingDown;
    try {
      const symmetric = algorithmOf(token) === 'HS256' && secret !== null;
      const { payload } = symmetric
        ? await jwtVerify(token, secret, { ...common, algorithms: ['HS256'] })
        : await jwtVerify(token, jwks, { ...common, algorithms: ASYMMETRIC });
      const claims = Claims.parse(payload);
      if (claims.is_anonymous === true || claims.role !== 'authenticated')
        throw new Failure('auth.invalid-token');
      return {
        subject: claims.sub,
        sessionId: claims.session_id ?? null,
        email: claims.email ?? null,
        emailVerified: claims.email_verified === true,
        displayName: claims.user_metadata?.full_name ?? claims.user_metadata?.name ?? null,
        usedSecondFactor: claims.aal === 'aal2',
        expiresAt: claims.exp * 1000,
      };
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (seesOldKeys && error instanceof errors.JWKSNoMatchingKey && decodeJwt(token).iss === issuer)
        throw new Failure('auth.unknown-key', { cause: error, retryAfterMs: JWKS_COOLDOWN_MS });
      throw keysAreAway(error) ? new Failure('server.unavailable', { cause: error }) : tokenFailure(error);
    }
  };
}

/** No answer, or one that is not a key set, says nothing about the token. */
function keysAreAway(error: unknown): boolean {
  if (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error instanceof TypeError
  )
    return true;
  return error instanceof errors.JOSEError && error.code === errors.JOSEError.code;
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch (error) {
    throw new Failure('auth.invalid-token', { cause: error });
  }
}
