import { createHash } from 'node:crypto';
import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context';
import { APIError, type Where } from 'better-auth';
import { decodeJwt } from 'jose';
import { isCodeReused, keepSpentCode, markCodeReused } from '../../../db/queries/oauth-codes.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { currentPath, recordAct } from './acts.ts';

/*
 * An authorization code that comes a second time is in two hands, and one of them is not the site's: what the first use
 * gave is taken back (RFC 6749, 4.1.2). The library deletes the refresh tokens of the code; here its access tokens are
 * refused, and a first use that is still at work gets none.
 */

/** Longer than an access token of ours lives. */
const KEPT_MS = 15 * 60_000;

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
/** The library knows a code by its hash, and stores it as a verification under the hash of that. */
const spentId = (storedIdentifier: string) => `code-${storedIdentifier}`;

/** Remembers whose a code was; called with each verification that is used up, in the transaction of that. */
export async function noteSpentCode(scope: SystemScope, verification: object | null): Promise<void> {
  if (verification === null) return;
  const { identifier, value } = verification as { identifier: string; value: string }; // columns of the table
  if (!value.startsWith('{"type":"authorization_code"')) return;
  const { userId, sessionId } = JSON.parse(value) as { userId: string; sessionId: string }; // as the library wrote it
  const expiresAt = new Date(Date.now() + KEPT_MS);
  await keepSpentCode(scope, { id: spentId(identifier), userId, sessionId, expiresAt });
}

/** Acts on a code that came again, which the library tells by the deletion of what the code gave. */
export async function refuseReusedCode(scope: SystemScope, model: string, where: Where[]): Promise<void> {
  const codeId = where.find(({ field }) => field === 'authorizationCodeId')?.value;
  if (model !== 'oauthRefreshToken' || typeof codeId !== 'string') return;
  const reused = await markCodeReused(scope, spentId(digest(codeId)));
  if (reused === null) return;
  const { userId, sessionId, orgId } = reused;
  await recordAct(scope, { operation: 'identity.refuseCode', userId, orgId, subject: sessionId });
}

/** Refuses tokens to the first use of a code that has been used again meanwhile; a second use waits for this transaction. */
export async function requireUsedOnce(scope: SystemScope, codeId: string | undefined): Promise<void> {
  if (codeId === undefined || !(await isCodeReused(scope, spentId(digest(codeId))))) return;
  throw new APIError('BAD_REQUEST', { error: 'invalid_grant', error_description: 'the code was used again' });
}

/** The library's id of the code that a token request exchanges; undefined for another grant. */
export function exchangedCode(): string | undefined {
  const body = tryGetCurrentAuthEndpointContext()?.body as { code?: unknown } | undefined;
  return typeof body?.code === 'string' ? digest(body.code) : undefined;
}

/** The session a token speaks for, unless the token is from before the last reuse of a code: then there is none for it. */
export function sessionOfToken<T>(row: T | null): T | null {
  const path = currentPath();
  if (row === null || (path !== '/oauth2/userinfo' && path !== '/oauth2/introspect')) return row;
  const { tokensSince } = row as { tokensSince?: Date | null };
  const issuedAt = issuedAtOf(tryGetCurrentAuthEndpointContext());
  return tokensSince && issuedAt !== null && issuedAt * 1000 <= tokensSince.getTime() ? null : row;
}

function issuedAtOf(context: ReturnType<typeof tryGetCurrentAuthEndpointContext>): number | null {
  const body = context?.body as { token?: unknown } | undefined;
  const token = body?.token ?? context?.headers?.get('authorization')?.replace(/^Bearer /i, '');
  try {
    return decodeJwt(String(token)).iat ?? null;
  } catch {
    return null; // not a token of ours, which the library refuses by itself
  }
}
