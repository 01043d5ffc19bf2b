import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context';
import { APIError, type DBAdapter } from 'better-auth';
import { spendProof } from '../../../db/queries/accounts.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { currentPath } from './acts.ts';
import type { Change, ProviderRow } from './row-acts.ts';

/** Longer than a code is taken: in its own 30 s and in those before and after. Source: the library's window of 1. */
const CODE_LIFE_MS = 120_000;

/**
 * Each code of an authenticator is good once (RFC 6238, 5.2); called before rows change. The library tells that a code
 * was right by what it writes next: at a sign-in no failures, at the set-up that the factor is verified. Refused is only
 * a sign-in: the set-up has begun to write by then, and its secret is new.
 */
export async function spendCode(adapter: DBAdapter, scope: SystemScope, change: Change): Promise<void> {
  const { model, where, update } = change;
  if (model !== 'twoFactor' || currentPath() !== '/two-factor/verify-totp') return;
  const isSignIn = update.failedVerificationCount === 0;
  if (!isSignIn && update.verified !== true) return;
  const factor = await adapter.findOne<ProviderRow>({ model, where });
  if (factor === null) return;
  const body = tryGetCurrentAuthEndpointContext()?.body as { readonly code: string } | undefined; // it was verified
  const id = `totp-${factor.id}-${body?.code}`;
  const expiresAt = new Date(Date.now() + CODE_LIFE_MS);
  const isFirst = await spendProof(scope, { id, userId: factor.userId, expiresAt });
  if (isSignIn && !isFirst)
    throw new APIError('UNAUTHORIZED', { code: 'INVALID_CODE', message: 'Invalid code' });
}
