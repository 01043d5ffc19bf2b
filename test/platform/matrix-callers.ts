import { apiKeys, platformStaff } from '../../db/schema/organisations.ts';
import { withSystemScope } from '../../db/tx.ts';
import { type Role, roles } from '../../server/core/actor.ts';
import { newId } from '../../server/core/ids.ts';
import { type Tier, tiers } from '../../server/core/tiers.ts';
import { makeApiKey } from '../../server/modules/identity/api-key-tokens.ts';
import { keyScopes } from '../../server/modules/identity/role-scopes.ts';
import type { SignedIn, TestBackend } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { colleague } from '../support/members.ts';

/** A caller of the matrix: a member in a role and plan, or one of the special kinds. */
export type Kind = 'member' | 'anonymous' | 'guest' | 'apiKey' | 'impersonation' | 'staff';

export interface Caller {
  readonly name: string;
  readonly kind: Kind;
  readonly role: Role;
  readonly tier: Tier;
  /** Undefined for the anonymous caller. */
  readonly token: string | undefined;
}

/** A member for every role and plan, and one caller of every special kind, each with a real credential. */
export async function matrixCallers(server: TestBackend): Promise<Caller[]> {
  const callers: Caller[] = [];
  let elite: SignedIn | undefined;
  for (const tier of tiers) {
    const owner = await server.signIn({ tier });
    elite = owner;
    for (const role of roles) {
      const { token } = role === 'owner' ? owner : await colleague(server, owner, role);
      callers.push({ name: `${role} ${tier}`, kind: 'member', role, tier, token });
    }
  }
  if (elite === undefined) throw new Error('no plans');
  const special = (kind: Kind, role: Role, tier: Tier, token?: string) =>
    callers.push({ name: kind, kind, role, tier, token });
  special('anonymous', 'viewer', 'repx0');
  special('guest', 'viewer', 'repx0', await server.guest());
  special('apiKey', 'owner', 'repx5', await keyOf(elite));
  const staff = await staffMember(server, elite);
  special('staff', 'rep', 'repx5', staff.token);
  special('impersonation', 'owner', 'repx5', await impersonated(server, elite, staff));
  return callers;
}

/** A key with every right a key may have. */
export async function keyOf(owner: SignedIn): Promise<string> {
  const id = newId('apiKey');
  const { token, secretHash } = makeApiKey(id);
  const key = {
    orgId: owner.orgId,
    id,
    name: 'Matrix',
    createdBy: owner.userId,
    secretHash,
    scopes: [...keyScopes],
    expiresAt: new Date(Date.now() + 3_600_000),
  };
  await withSystemScope(await testDatabase(), 'write', ({ db }) => db.insert(apiKeys).values(key));
  return token;
}

export async function staffMember(server: TestBackend, team: SignedIn): Promise<SignedIn> {
  const staff = await colleague(server, team, 'rep');
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db.insert(platformStaff).values({ userId: staff.userId }),
  );
  await server.backend.identity.announce({ kind: 'changed', userId: staff.userId });
  server.backend.identity.sessions.apply({ kind: 'changed', userId: staff.userId });
  return staff;
}

async function impersonated(server: TestBackend, owner: SignedIn, staff: SignedIn): Promise<string> {
  const { identity } = server.backend;
  const actor = await identity.principals.resolve({ token: staff.token, app: 'repconnect' });
  if (actor.kind !== 'member') throw new Error('staff are members');
  const session = await identity.impersonate(
    { orgId: owner.orgId as `org_${string}`, userId: owner.userId as `usr_${string}` },
    { staff: actor, reason: 'Matrix', until: new Date(Date.now() + 600_000) },
    { app: 'repconnect', requestId: 'req_matrix' },
  );
  if (session === null) throw new Error('nobody to act as');
  return session.accessToken;
}
