import type { SessionRow } from '../../../db/queries/identity.ts';
import { type Principal, type Role, roles } from '../../core/actor.ts';
import type { AppId } from '../../core/apps.ts';
import { type Tier, tiers } from '../../core/tiers.ts';
import { ACCESS_TOKEN_TTL_MS } from './keyring.ts';
import { guestScopes, memberScopes } from './role-scopes.ts';

/** A stored role; one we do not know has the fewest rights. */
export function roleOf(stored: string): Role {
  return roles.find((name) => name === stored) ?? 'viewer';
}

/** A stored plan; one we do not know is the free one. */
export function tierOf(stored: string): Tier {
  return tiers.find((tier) => tier === stored) ?? 'repx0';
}

/** Whether a token that ends then is one of those that the session must have renewed; a cookie ends far later than any. */
export function isOutdated(row: Pick<SessionRow, 'tokensSince'>, expiresAt: number): boolean {
  return row.tokensSince !== null && expiresAt - ACCESS_TOKEN_TTL_MS <= row.tokensSince.getTime();
}

/**
 * Who a session's row makes of its bearer: rights come from rows of ours alone, never from a token. The app is the
 * one that calls, for one session serves all of them.
 */
export function sessionPrincipal(
  row: SessionRow,
  proof: { readonly app: AppId; readonly expiresAt: number },
): Principal {
  const base = {
    orgId: row.orgId as `org_${string}`,
    userId: row.userId as `usr_${string}`,
    sessionId: row.sessionId as `ses_${string}`,
    app: proof.app,
    tier: tierOf(row.tier),
    expiresAt: isOutdated(row, proof.expiresAt) ? 0 : Math.min(proof.expiresAt, row.expiresAt.getTime()),
  };
  if (row.organisationKind === 'guest') return { ...base, kind: 'guest', scopes: guestScopes };
  const role = roleOf(row.role);
  const impersonatorId = row.impersonatorId as `usr_${string}` | null;
  return {
    ...base,
    kind: 'member',
    role,
    ...(impersonatorId === null ? {} : { impersonatorId }),
    scopes: memberScopes(role, { isStaff: row.isStaff, isImpersonated: impersonatorId !== null }),
  };
}
