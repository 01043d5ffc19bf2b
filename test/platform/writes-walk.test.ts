import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import { auditClassOf, chainedOperations } from '../../server/core/audit-classes.ts';
import { idPrefixes } from '../../server/core/ids.ts';
import { invitationLink } from '../../server/modules/organisations/invitation-link.ts';
import { appUrl } from '../billing/stripe-backend.ts';
import type { SignedIn } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { colleague, dataOf, person } from '../support/members.ts';
import { staffMember } from './matrix-callers.ts';
import { procedures } from './procedures.ts';
import { buyPlan, type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let owner: SignedIn;

beforeAll(async () => {
  world = await walkWorld();
  ({ owner } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

type Who = Pick<SignedIn, 'token' | 'orgId'>;

/** Each write of a signed-in person in their organisation, with an input that works for whoever is its owner. */
const writes: Record<string, (who: Who, key: string) => Promise<unknown>> = {
  'apiKeys.revoke': async (who) => ({ id: await newKey(who) }),
  'conversations.create': async (_, clientKey) => ({ agentId: 'harvey-specter', clientKey }),
  'conversations.rename': async (who) => ({ id: await newConversation(who), title: 'Renamed' }),
  'conversations.delete': async (who) => ({ id: await newConversation(who) }),
  'organisations.rename': async (_, key) => ({ name: `Team ${key}` }),
  'organisations.changeRole': async (who) => ({ userId: await newColleague(who), role: 'viewer' }),
  'organisations.removeMember': async (who) => ({ userId: await newColleague(who) }),
  'organisations.invite': async (_, key) => ({ email: `${key}@example.com` }),
  'organisations.revokeInvitation': async (who) => ({ id: await newInvitation(who) }),
  'runs.start': async (_, clientKey) => ({ agentId: 'harvey-specter', message: 'Hello', clientKey }),
  'runs.cancel': async (_, clientKey) => ({ clientKey }),
};

interface Act {
  /** Undefined for the anonymous caller. */
  readonly token?: string;
  readonly input?: unknown;
}

const returning = { successUrl: appUrl, cancelUrl: appUrl };
const newOwner = () => world.server.signIn();
const subscriber = async () => {
  const who = await newOwner();
  await buyPlan(world.billing, who, { tier: 'repx2' });
  return who;
};
const bySupport = async (input: (who: SignedIn) => object): Promise<Act> => {
  const who = await newOwner();
  const { token } = await staffMember(world.server, who);
  return { token, input: { organisationId: who.orgId, reason: 'A ticket of the walk', ...input(who) } };
};
const erasing = async (module: string, who: SignedIn, confirm: string): Promise<Act> => ({
  token: who.token,
  input: { id: await idFrom(`${module}.requestErasure`, { confirm }, who) },
});
const addressOf = ({ userId }: Pick<SignedIn, 'userId'>) => `${userId}@example.com`;

/**
 * Writes that span organisations or sessions, each by a new caller of its own; what they leave behind is shown in the
 * suites of their modules.
 */
const spanning: Record<string, () => Promise<Act>> = {
  'apiKeys.create': async () => ({
    ...(await newOwner()),
    input: { name: 'Walk', scopes: ['run:read'] },
  }),
  'billing.checkout': async () => ({ ...(await newOwner()), input: { tier: 'repx3', ...returning } }),
  'billing.buyAddOn': async () => ({
    ...(await world.server.signIn({ tier: 'repx4' })),
    input: { addOn: 'aiQueries', quantity: 10, ...returning },
  }),
  'billing.changePlan': async () => ({ ...(await subscriber()), input: { tier: 'repx3' } }),
  'billing.cancel': subscriber,
  'billing.resume': subscriber,
  'billing.portal': async () => ({ ...(await subscriber()), input: { returnUrl: appUrl } }),
  'identity.startGuest': async () => ({}),
  'identity.signInForDevelopment': async () => ({ input: { email: addressOf(await newOwner()) } }),
  'identity.renewToken': newOwner,
  'identity.signOut': newOwner,
  'identity.revokeSession': async () => {
    const who = await newOwner();
    const call = { app: 'crm', requestId: 'req_walk' } as const;
    const session = await world.server.backend.identity.openSession(addressOf(who), call);
    return { token: who.token, input: { sessionId: session?.sessionId } };
  },
  'identity.revokeOtherSessions': newOwner,
  'organisationData.requestExport': newOwner,
  'organisationData.requestErasure': async () => ({
    ...(await newOwner()),
    input: { confirm: 'Example Devices' },
  }),
  'organisationData.cancelErasure': async () =>
    erasing('organisationData', await newOwner(), 'Example Devices'),
  'personalData.requestExport': newOwner,
  'personalData.requestErasure': async () => {
    const who = await person(world.server);
    return { token: who.token, input: { confirm: addressOf(who) } };
  },
  'personalData.cancelErasure': async () => {
    const who = await person(world.server);
    return erasing('personalData', who, addressOf(who));
  },
  'organisations.create': async () => ({ ...(await newOwner()), input: { name: 'Another' } }),
  'organisations.switch': async () => {
    const { token, home } = await colleague(world.server, await newOwner(), 'rep');
    return { token, input: { organisationId: home } };
  },
  'organisations.leave': async () => colleague(world.server, await newOwner(), 'rep'),
  'organisations.transferOwnership': async () => {
    const who = await newOwner();
    return { token: who.token, input: { userId: await newColleague(who) } };
  },
  'organisations.acceptInvitation': async () => {
    const who = await newOwner();
    const team = await newOwner();
    const id = await idFrom('organisations.invite', { email: addressOf(who) }, team);
    const invited = { orgId: team.orgId as `org_${string}`, id: id as `inv_${string}` };
    return { token: who.token, input: { token: invitationLink(world.server.backend.ports, invited).token } };
  },
  'support.impersonate': () => bySupport(({ userId }) => ({ userId })),
  'support.suspendOrganisation': () => bySupport(() => ({})),
  'support.unsuspendOrganisation': () => bySupport(() => ({})),
};

/** A new caller who may do a write. */
async function actOf(path: string, key: string): Promise<Act> {
  const spans = spanning[path];
  if (spans !== undefined) return spans();
  const who = await newOwner();
  return { token: who.token, input: await writes[path]?.(who, key) };
}

const someId = new RegExp(`(?:${Object.values(idPrefixes).join('|')})_[0-9a-f]{32}`, 'g');

/** What in an answer is one tenant's: ids of ours at any depth, and tokens and addresses that the caller did not send. */
function identifying(value: unknown, sent: unknown): string[] {
  const said = JSON.stringify(sent ?? null);
  const within = (part: unknown): string[] => {
    if (typeof part === 'string')
      return [
        ...(part.match(someId) ?? []),
        ...(/^\S{25,}$/.test(part) && !said.includes(part) ? [part] : []),
      ];
    return typeof part === 'object' && part !== null ? Object.values(part).flatMap(within) : [];
  };
  return within(value);
}

const idFrom = async (path: string, input: unknown, who: Who = owner) =>
  dataOf<{ id: string }>(await world.call(path, input, who.token)).id;
const newConversation = (who: Who) =>
  idFrom('conversations.create', { agentId: 'harvey-specter', clientKey: randomUUID() }, who);
const newInvitation = (who: Who) =>
  idFrom('organisations.invite', { email: `${randomUUID()}@example.com` }, who);
const newKey = async (who: Who) => {
  const input = { name: 'Walk', scopes: ['run:read'] };
  const answer = await world.call('apiKeys.create', input, who.token);
  return dataOf<{ apiKey: { id: string } }>(answer).apiKey.id;
};
const newColleague = async (who: Who) => (await colleague(world.server, who, 'rep')).userId;

async function auditRows(operation: string, orgId = owner.orgId) {
  return withOrgScope(await testDatabase(), orgId, 'read', ({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), eq(auditLog.operation, operation))),
  );
}

const asOwner = (path: string, input: unknown, headers: Record<string, string> = {}) =>
  world.call(path, input, owner.token, headers);

describe('every write', () => {
  const mutations = procedures.filter(({ type }) => type === 'mutation').map(({ path }) => path);

  test('is in the table of writes or among those that span organisations or sessions', () => {
    expect([...Object.keys(writes), ...Object.keys(spanning)].sort()).toEqual(mutations.sort());
  });

  test.each(Object.keys(writes))(
    '%s leaves an audit row that names who, what and which request',
    async (path) => {
      const input = await writes[path]?.(owner, randomUUID());
      const before = (await auditRows(path)).length;
      const answer = await asOwner(path, input);
      expect(answer.failure).toBeNull();
      const rows = await auditRows(path);
      expect(rows).toHaveLength(before + 1);
      const requestId = answer.headers.get('x-request-id');
      expect(rows.find((row) => row.requestId === requestId)).toMatchObject({
        actorKind: 'member',
        actorId: owner.userId,
        outcome: 'ok',
        actClass: auditClassOf(path),
        subject: expect.stringMatching(/^(conv|run|key|org|usr|inv|dsr)[_:]/),
      });
    },
  );

  test.each(Object.keys(writes))(
    '%s twice with one idempotency key is one act with one answer',
    async (path) => {
      const input = await writes[path]?.(owner, randomUUID());
      const headers = { 'idempotency-key': randomUUID() };
      const first = await asOwner(path, input, headers);
      const rows = (await auditRows(path)).length;
      const second = await asOwner(path, input, headers);
      expect(first.failure).toBeNull();
      expect(second.data).toEqual(first.data);
      // A cancel by key may be asked again: it ends nothing twice, but who asked is on record.
      expect(await auditRows(path)).toHaveLength(path === 'runs.cancel' ? rows + 1 : rows);
    },
  );

  test.each(Object.keys(writes))(
    '%s does not answer another person or organisation under the owner’s key',
    async (path) => {
      const input = await writes[path]?.(owner, randomUUID());
      const headers = { 'idempotency-key': randomUUID() };
      const first = dataOf<Record<string, unknown>>(await asOwner(path, input, headers));
      const ids = identifying(first, input).filter((id) => id !== owner.orgId);
      const admin = await colleague(world.server, owner, 'admin');
      for (const { token } of [world.stranger, admin]) {
        const answer = await world.call(path, input, token, headers);
        const isOrganisationWide = path.startsWith('organisations.') && token === admin.token;
        // A colleague may act on rows of the organisation, but gets no stored answer: what is done once is gone.
        if (!isOrganisationWide)
          expect(identifying(answer.data, input).filter((id) => ids.includes(id))).toEqual([]);
      }
    },
  );

  test.each(mutations)('%s gives another organisation its own result under the same key', async (path) => {
    const key = randomUUID();
    const callers = [await actOf(path, key), await actOf(path, key)];
    const answers: string[][] = [];
    for (const { token, input } of callers) {
      const headers = { 'idempotency-key': key };
      const caller = token === undefined ? { headers } : { headers, token };
      const answer = await world.server.mutate(path, input, caller);
      expect(answer.failure).toBeNull();
      answers.push(identifying(answer.data, input));
    }
    expect(answers[1]?.filter((one) => answers[0]?.includes(one))).toEqual([]);
  });

  test('with a key that was used for another input is a conflict', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const id = await newConversation(owner);
    await asOwner('conversations.rename', { id, title: 'One' }, headers);
    const answer = await asOwner('conversations.rename', { id, title: 'Two' }, headers);
    expect(answer.failure?.code).toBe('idempotency.conflict');
  });

  test('at the same time with one key runs once', async () => {
    const input = { agentId: 'harvey-specter', clientKey: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => asOwner('conversations.create', input)),
    );
    expect(new Set(answers.map((answer) => dataOf<{ id: string }>(answer).id)).size).toBe(1);
  });
});

describe('the audit chain', () => {
  test('names no operation that is gone', () => {
    const paths = procedures.map(({ path }) => path);
    expect(chainedOperations.filter((name) => !paths.includes(name))).toEqual([]);
  });

  test('holds every write of roles, keys, money, people’s data and support', () => {
    const sensitive = /^(member|membership|key|billing|support|organisation-data|personal-data):write$/;
    const unchained = procedures
      .filter(({ type, meta }) => type === 'mutation' && sensitive.test(meta.needs))
      .filter(({ path }) => auditClassOf(path) === null)
      .map(({ path }) => path);
    // Moving one's own session changes nobody's rights.
    expect(unchained).toEqual(['organisations.switch']);
  });
});
