import { eq } from 'drizzle-orm';
import { organisations } from '../../db/schema/identity.ts';
import { apiKeys } from '../../db/schema/organisations.ts';
import type { SignedIn } from '../support/backend.ts';
import { system } from '../support/database.ts';
import { dataOf } from '../support/members.ts';
import type { Attack } from './attack.ts';
import type { World } from './world.ts';

interface Made {
  readonly key: string;
  readonly id: string;
  readonly owner: SignedIn;
}

/** A key of a new organisation, which works until the attack begins. */
async function made({ server }: World): Promise<Made> {
  const owner = await server.signIn();
  const input = { name: 'CRM sync', scopes: ['session:read'] };
  const answer = await server.mutate('apiKeys.create', input, { token: owner.token });
  const { key, apiKey } = dataOf<{ key: string; apiKey: { id: string } }>(answer);
  const works = await server.query('identity.getSession', undefined, { token: key });
  if (works.status !== 200) throw new Error(`the key never worked: ${works.failure?.code}`);
  return { key, id: apiKey.id, owner };
}

const secretOf = (key: string) => key.slice(37);
const idOf = (key: string) => key.slice(0, 37);

/** Keys that once were good, and mixtures of good ones. */
export const endedKeys: readonly Attack[] = [
  [
    'with the secret of another key',
    async (world) => idOf((await made(world)).key) + secretOf((await made(world)).key),
  ],
  [
    'with one letter of its secret changed',
    async (world) => {
      const { key } = await made(world);
      return key.slice(0, -2) + (key.at(-2) === 'A' ? 'B' : 'A') + key.slice(-1);
    },
  ],
  ['without its secret', async (world) => idOf((await made(world)).key)],
  [
    'that is its stored hash',
    async (world) => {
      const { key, id } = await made(world);
      const rows = await system(({ db }) => db.select().from(apiKeys).where(eq(apiKeys.id, id)));
      return idOf(key) + (rows[0]?.secretHash ?? '');
    },
  ],
  [
    'that was revoked',
    async (world) => {
      const { key, id, owner } = await made(world);
      await world.server.mutate('apiKeys.revoke', { id }, { token: owner.token });
      return settled(key);
    },
  ],
  [
    'that has expired',
    async (world) => {
      const { key, id } = await made(world);
      await system(({ db }) =>
        db
          .update(apiKeys)
          .set({ expiresAt: new Date(0) })
          .where(eq(apiKeys.id, id)),
      );
      await world.server.backend.identity.announce({ kind: 'changed', keyId: id });
      return settled(key);
    },
    'auth.expired-token',
  ],
  [
    'of a plan that has no keys any more',
    async (world) => {
      const { key, owner } = await made(world);
      await system(({ db }) =>
        db.update(organisations).set({ tier: 'repx4' }).where(eq(organisations.id, owner.orgId)),
      );
      await world.server.backend.identity.announce({ kind: 'changed', orgId: owner.orgId });
      return settled(key);
    },
    'plan.upgrade-required',
  ],
  [
    'of an organisation that was suspended',
    async (world) => {
      const { key, owner } = await made(world);
      await system(({ db }) =>
        db.update(organisations).set({ suspendedAt: new Date() }).where(eq(organisations.id, owner.orgId)),
      );
      await world.server.backend.identity.announce({ kind: 'revoked', orgId: owner.orgId });
      return settled(key);
    },
  ],
];

/** After the second within which every process has heard. */
async function settled(key: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return key;
}
