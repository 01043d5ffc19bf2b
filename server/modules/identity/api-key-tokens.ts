import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyRow } from '../../../db/queries/identity.ts';
import type { ApiKeyActor, Scope } from '../../core/actor.ts';
import type { AppId } from '../../core/apps.ts';
import { Failure } from '../../core/failure.ts';
import type { Id } from '../../core/ids.ts';
import { requiredTierFor } from '../../core/plans.ts';
import { reaches } from '../../core/tiers.ts';
import { keyScopes, scopesByRole } from './role-scopes.ts';
import { roleOf, tierOf } from './session-principal.ts';

/** What scanners for leaked secrets look for. */
const PREFIX = 'rsk_';
/** Prefix, the key's id without its own prefix, and 32 random bytes. */
const FORM = /^rsk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

export function isApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** The parts of a key; throws `auth.invalid-token` for anything else. */
export function parseApiKey(token: string): { readonly keyId: Id<'apiKey'>; readonly secret: string } {
  const [, id, secret] = FORM.exec(token) ?? [];
  if (id === undefined || secret === undefined) throw new Failure('auth.invalid-token');
  return { keyId: `key_${id}`, secret };
}

/** Whether this is the key's secret. A fast hash will do: the secret has 256 random bits. */
export function matchesSecret(row: Pick<ApiKeyRow, 'secretHash'>, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hashed(secret)), Buffer.from(row.secretHash));
}

/** Whether the organisation's plan includes API keys. */
export function planHasKeys(row: Pick<ApiKeyRow, 'tier'>): boolean {
  return reaches(tierOf(row.tier), requiredTierFor('apiAccess'));
}

/**
 * Who a key's row makes of its bearer: the rights stored with the key that its maker still has. Throws
 * `plan.upgrade-required` when the organisation's plan no longer includes keys.
 */
export function keyPrincipal(row: ApiKeyRow, app: AppId): ApiKeyActor {
  const tier = tierOf(row.tier);
  if (!planHasKeys(row))
    throw new Failure('plan.upgrade-required', { requiredTier: requiredTierFor('apiAccess') });
  const role = roleOf(row.role);
  const granted: ReadonlySet<string> = new Set(row.scopes);
  const scopes = keyScopes.filter((scope) => granted.has(scope) && scopesByRole[role].has(scope));
  return {
    kind: 'api-key',
    keyId: row.keyId as Id<'apiKey'>,
    orgId: row.orgId as Id<'organisation'>,
    userId: row.userId as Id<'user'>,
    app,
    tier,
    role,
    scopes: new Set<Scope>(scopes),
    expiresAt: row.expiresAt.getTime(),
  };
}

function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** The key for a new id: what its maker sees once, and the hash that is stored. */
export function makeApiKey(keyId: Id<'apiKey'>): { readonly token: string; readonly secretHash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { token: `${PREFIX}${keyId.slice('key_'.length)}_${secret}`, secretHash: hashed(secret) };
}
