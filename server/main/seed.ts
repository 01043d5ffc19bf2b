import { createHash } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { grantTier } from '../../db/queries/entitlements.ts';
import { ensureAccount } from '../../db/queries/identity.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Tier } from '../core/tiers.ts';
import { seedKnowledge } from '../modules/agents/knowledge/seed-knowledge.ts';

interface SeededAccount {
  readonly email: string;
  readonly displayName: string;
  readonly organisation: string;
  readonly tier: Tier;
}

/** One fictional person a tier, each in an organisation of their own, for the development sign-in. */
export const seededAccounts: readonly SeededAccount[] = [
  { email: 'free@example.com', displayName: 'Noa Free', organisation: 'Noa Free', tier: 'repx0' },
  {
    email: 'explorer@example.com',
    displayName: 'Eli Explorer',
    organisation: 'Harbor Dental Supply',
    tier: 'repx1',
  },
  {
    email: 'professional@example.com',
    displayName: 'Pia Professional',
    organisation: 'Lakeside Aesthetics',
    tier: 'repx2',
  },
  {
    email: 'business@example.com',
    displayName: 'Ben Business',
    organisation: 'Summit Implants',
    tier: 'repx3',
  },
  {
    email: 'enterprise@example.com',
    displayName: 'Eva Enterprise',
    organisation: 'Northline Medical',
    tier: 'repx4',
  },
  { email: 'elite@example.com', displayName: 'Luc Elite', organisation: 'Meridian Lasers', tier: 'repx5' },
];

function idOf(kind: 'usr' | 'org', email: string): string {
  return `${kind}_${createHash('sha256').update(`${kind}:${email}`).digest('hex').slice(0, 32)}`;
}

/** Stores the knowledge notes and, on a development server, the accounts; what is there already stays. */
export async function seedDatabase(database: Database, withAccounts: boolean): Promise<void> {
  await withSystemScope(database, 'write', seedKnowledge);
  if (!withAccounts) return;
  await withSystemScope(database, 'write', async (scope) => {
    for (const { email, displayName, organisation, tier } of seededAccounts) {
      const orgId = idOf('org', email);
      await ensureAccount(scope, {
        orgId,
        organisationName: organisation,
        organisationKind: 'team',
        tier,
        userId: idOf('usr', email),
        email,
        emailVerified: true,
        displayName,
        role: 'owner',
      });
      // Nobody pays for a seeded organisation: its tier is given.
      if (tier !== 'repx0')
        await grantTier(scope, { orgId, id: 'seed', tier, reason: 'seeded account', endsAt: null });
    }
  });
}
