import { openDatabase } from '../../../db/client.ts';
import { ensureAccount } from '../../../db/queries/identity.ts';
import { entitlementOverrides } from '../../../db/schema/billing.ts';
import { conversations } from '../../../db/schema/conversations.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { newId } from '../../../server/core/ids.ts';

/** Rows of one answer: as many as fit a first screen. */
export const CONVERSATIONS_EACH = 10;

/** Members, each in an organisation of their own so that nobody's budget of calls is spent; resolves their e-mails. */
export async function seedMembers(url: string, count: number): Promise<string[]> {
  const database = openDatabase({
    url,
    poolSize: 4,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'bench-seed',
  });
  try {
    const emails = Array.from({ length: count }, (_, index) => `member${index}@example.com`);
    await withSystemScope(database, { access: 'write', work: 'job' }, async (scope) => {
      for (const email of emails) {
        const account = { orgId: newId('organisation'), userId: newId('user'), email };
        await ensureAccount(scope, {
          ...account,
          organisationName: 'Example Devices',
          organisationKind: 'team',
          tier: 'repx5',
          displayName: 'Robin Example',
          role: 'owner',
        });
        const plan = { id: 'bench', tier: 'repx5', reason: 'bench' };
        await scope.db.insert(entitlementOverrides).values({ ...plan, orgId: account.orgId });
        await scope.db.insert(conversations).values(
          Array.from({ length: CONVERSATIONS_EACH }, (_, index) => ({
            orgId: account.orgId,
            id: newId('conversation'),
            ownerId: account.userId,
            agentId: 'harvey-specter',
            app: 'crm',
            title: `Preparing the visit at practice ${index}`,
          })),
        );
      }
    });
    return emails;
  } finally {
    await database.close();
  }
}
