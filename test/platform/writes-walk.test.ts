import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditLog } from '../../db/schema/operations.ts';
import { withOrgScope } from '../../db/tx.ts';
import { auditClassOf, chainedOperations } from '../../server/core/audit-classes.ts';
import type { SignedIn } from '../support/backend.ts';
import { testDatabase } from '../support/database.ts';
import { colleague, dataOf } from '../support/members.ts';
import { procedures } from './procedures.ts';
import { type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let owner: SignedIn;

beforeAll(async () => {
  world = await walkWorld();
  ({ owner } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

/** Each write of a signed-in person in their organisation, with an input that works for the owner. */
const writes: Record<string, () => Promise<unknown>> = {
  'apiKeys.revoke': async () => ({ id: await newKey() }),
  'conversations.create': async () => ({ agentId: 'harvey-specter', clientKey: randomUUID() }),
  'conversations.rename': async () => ({ id: await newConversation(), title: 'Renamed' }),
  'conversations.delete': async () => ({ id: await newConversation() }),
  'organisations.rename': async () => ({ name: `Team ${randomUUID()}` }),
  'organisations.changeRole': async () => ({ userId: await newColleague(), role: 'viewer' }),
  'organisations.removeMember': async () => ({ userId: await newColleague() }),
  'organisations.invite': async () => ({ email: `${randomUUID()}@example.com` }),
  'organisations.revokeInvitation': async () => ({ id: await newInvitation() }),
  'runs.start': async () => ({ agentId: 'harvey-specter', message: 'Hello', clientKey: randomUUID() }),
  'runs.cancel': async () => ({ clientKey: randomUUID() }),
};

/** Writes that span organisations or sessions; their suites show their audit rows and what a repetition does. */
const shownElsewhere = [
  'apiKeys.create',
  'billing.checkout',
  'billing.buyAddOn',
  'billing.changePlan',
  'billing.cancel',
  'billing.resume',
  'billing.portal',
  'identity.startGuest',
  'identity.signInForDevelopment',
  'identity.renewToken',
  'identity.signOut',
  'identity.revokeSession',
  'identity.revokeOtherSessions',
  'organisationData.requestExport',
  'organisationData.requestErasure',
  'organisationData.cancelErasure',
  'personalData.requestExport',
  'personalData.requestErasure',
  'personalData.cancelErasure',
  'organisations.create',
  'organisations.switch',
  'organisations.leave',
  'organisations.transferOwnership',
  'organisations.acceptInvitation',
  'support.impersonate',
  'support.suspendOrganisation',
  'support.unsuspendOrganisation',
];

const idFrom = async (path: string, input: unknown) =>
  dataOf<{ id: string }>(await world.call(path, input, owner.token)).id;
const newConversation = () =>
  idFrom('conversations.create', { agentId: 'harvey-specter', clientKey: randomUUID() });
const newInvitation = () => idFrom('organisations.invite', { email: `${randomUUID()}@example.com` });
const newKey = async () => {
  const input = { name: 'Walk', scopes: ['run:read'] };
  const answer = await world.call('apiKeys.create', input, owner.token);
  return dataOf<{ apiKey: { id: string } }>(answer).apiKey.id;
};
const newColleague = async () => (await colleague(world.server, owner, 'rep')).userId;

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

  test('is in the table of writes or among those shown elsewhere', () => {
    expect([...Object.keys(writes), ...shownElsewhere].sort()).toEqual(mutations.sort());
  });

  test.each(Object.keys(writes))(
    '%s leaves an audit row that names who, what and which request',
    async (path) => {
      const input = await writes[path]?.();
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
      const input = await writes[path]?.();
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
      const input = await writes[path]?.();
      const headers = { 'idempotency-key': randomUUID() };
      const first = dataOf<Record<string, unknown>>(await asOwner(path, input, headers));
      const ids = Object.values(first).filter((value) => /^(conv|run|msg|inv|key)_/.test(String(value)));
      const admin = await colleague(world.server, owner, 'admin');
      for (const { token } of [world.stranger, admin]) {
        const answer = await world.call(path, input, token, headers);
        const isOrganisationWide = path.startsWith('organisations.') && token === admin.token;
        // A colleague may act on rows of the organisation, but gets no stored answer: what is done once is gone.
        if (answer.data !== undefined && !isOrganisationWide)
          for (const id of ids) expect(JSON.stringify(answer.data)).not.toContain(id);
      }
    },
  );

  test('with a key that was used for another input is a conflict', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const id = await newConversation();
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
