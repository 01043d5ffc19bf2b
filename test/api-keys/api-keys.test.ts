import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberships, organisations } from '../../db/schema/identity.ts';
import { idempotencyKeys } from '../../db/schema/operations.ts';
import { apiKeys } from '../../db/schema/organisations.ts';
import { limitRules, organisationRule } from '../../server/integrations/limits/rules.ts';
import { type SignedIn, type TestBackend, testBackend } from '../support/backend.ts';
import { system } from '../support/database.ts';
import { colleague, dataOf, within1s } from '../support/members.ts';

interface Created {
  readonly key: string;
  readonly apiKey: { readonly id: string; readonly lastUsedAt: string | null };
}

let server: TestBackend;
let there: TestBackend;
let owner: SignedIn;

beforeAll(async () => {
  server = await testBackend();
  there = await testBackend();
  owner = await server.signIn();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const create = async (as: SignedIn, scopes: string[] = ['conversation:read', 'session:read']) =>
  dataOf<Created>(await server.mutate('apiKeys.create', { name: 'CRM sync', scopes }, { token: as.token }));
const list = (on: TestBackend, token: string) => on.query('conversations.list', undefined, { token });
const stored = async (id: string) =>
  (await system(({ db }) => db.select().from(apiKeys).where(eq(apiKeys.id, id))))[0];

describe('an API key', () => {
  test('works as a bearer with its rights alone, on every process', async () => {
    const { key, apiKey } = await create(owner);
    expect(key).toMatch(/^rsk_[0-9a-f]{32}_[\w-]{43}$/);
    for (const on of [server, there]) expect((await list(on, key)).status).toBe(200);
    const input = { agentId: 'harvey-specter', clientKey: 'by-key' };
    const write = await server.mutate('conversations.create', input, { token: key });
    expect(write.failure?.code).toBe('auth.not-allowed');
    const session = await server.query('identity.getSession', undefined, { token: key });
    expect(session.data).toMatchObject({
      kind: 'api-key',
      sessionId: null,
      organisation: { id: owner.orgId },
      scopes: ['conversation:read', 'session:read'],
    });
    expect(apiKey.lastUsedAt).toBeNull();
  });

  test('is stored as a hash alone, also when it was asked for under an idempotency key', async () => {
    const input = { name: 'Twice', scopes: ['run:read'] };
    const headers = { 'idempotency-key': 'make-a-key' };
    const made = dataOf<Created>(
      await server.mutate('apiKeys.create', input, { token: owner.token, headers }),
    );
    const rows = await system(async ({ db }) => [
      await db.select().from(apiKeys).where(eq(apiKeys.orgId, owner.orgId)),
      await db.select().from(idempotencyKeys).where(eq(idempotencyKeys.orgId, owner.orgId)),
    ]);
    expect(JSON.stringify(rows)).not.toContain(made.key.split('_')[2]);
    const again = dataOf<Created>(
      await server.mutate('apiKeys.create', input, { token: owner.token, headers }),
    );
    expect(again.apiKey.id).not.toBe(made.apiKey.id);
  });

  test.each([
    ['of the wrong form', () => 'rsk_nonsense'],
    ['that never was', () => `rsk_${'0'.repeat(32)}_${'A'.repeat(43)}`],
    ['with another secret', (key: string) => `${key.slice(0, 37)}${'A'.repeat(43)}`],
    ['of another id', (key: string) => `rsk_${'0'.repeat(32)}${key.slice(36)}`],
  ])('%s is refused', async (_, forge) => {
    const { key } = await create(owner);
    expect((await list(server, forge(key))).failure?.code).toBe('auth.invalid-token');
  });

  test('ends within 1 s on every process when it is revoked', async () => {
    const { key, apiKey } = await create(owner);
    for (const on of [server, there]) expect((await list(on, key)).status).toBe(200);
    const revoke = () => server.mutate('apiKeys.revoke', { id: apiKey.id }, { token: owner.token });
    expect((await revoke()).data).toEqual({ id: apiKey.id, revoked: true });
    for (const on of [server, there])
      await within1s(async () => (await list(on, key)).failure?.code === 'auth.invalid-token');
    expect((await revoke()).failure?.code).toBe('api-key.not-found');
  });

  test('has a budget of its own: spent, it is refused with a time, and its maker and other keys are not', async () => {
    const { key, apiKey } = await create(owner);
    const other = await create(owner);
    const spend = { rule: limitRules.apiKey, subject: `key:${apiKey.id}`, cost: limitRules.apiKey.limit };
    expect((await server.backend.ports.limiter.consume(spend)).allowed).toBe(true);
    const refused = await list(server, key);
    expect([refused.status, refused.failure?.code]).toEqual([429, 'request.rate-limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const token of [other.key, owner.token]) expect((await list(server, token)).status).toBe(200);
  });

  test('counts against the budget of its organisation', async () => {
    const team = await server.signIn();
    const { key } = await create(team);
    const rule = organisationRule('repx5');
    const spend = (cost: number) =>
      server.backend.ports.limiter.consume({ rule, subject: `org:${team.orgId}`, cost });
    for (let cost = rule.limit - 1; (await spend(cost)).allowed; cost = 1);
    expect((await list(server, key)).failure?.code).toBe('request.rate-limited');
    const elsewhere = await create(owner);
    expect((await list(server, elsewhere.key)).status).toBe(200);
  });

  test('ends when it expires', async () => {
    const { key, apiKey } = await create(owner);
    await system(({ db }) =>
      db
        .update(apiKeys)
        .set({ expiresAt: new Date(0) })
        .where(eq(apiKeys.id, apiKey.id)),
    );
    expect((await list(server, key)).failure?.code).toBe('auth.expired-token');
  });

  test('has never more rights than its maker has now, and ends with the membership', async () => {
    const admin = await colleague(server, owner, 'admin');
    const { key } = await create(admin, ['conversation:read', 'conversation:write', 'job:read']);
    const scopesNow = async () =>
      (await server.query('identity.getSession', undefined, { token: key })).data?.scopes;
    expect(await scopesNow()).toEqual(['conversation:read', 'conversation:write', 'job:read']);
    const act = (path: string, input: object) => server.mutate(path, input, { token: owner.token });
    await act('organisations.changeRole', { userId: admin.userId, role: 'viewer' });
    await within1s(async () => JSON.stringify(await scopesNow()) === '["conversation:read"]');
    await act('organisations.removeMember', { userId: admin.userId });
    await within1s(async () => (await list(server, key)).failure?.code === 'auth.invalid-token');
  });

  test('stops when the plan no longer includes it, and can still be revoked', async () => {
    const team = await server.signIn();
    const { key, apiKey } = await create(team);
    expect((await list(server, key)).status).toBe(200);
    await system(({ db }) =>
      db.update(organisations).set({ tier: 'repx4' }).where(eq(organisations.id, team.orgId)),
    );
    await server.backend.identity.announce({ kind: 'changed', orgId: team.orgId });
    await within1s(async () => (await list(server, key)).failure?.code === 'plan.upgrade-required');
    const made = await server.mutate(
      'apiKeys.create',
      { name: 'No', scopes: ['run:read'] },
      { token: team.token },
    );
    expect(made.failure).toMatchObject({ code: 'plan.upgrade-required', requiredTier: 'repx5' });
    const revoked = await server.mutate('apiKeys.revoke', { id: apiKey.id }, { token: team.token });
    expect(revoked.status).toBe(200);
  });

  test('is used at most once a minute on record', async () => {
    const { key, apiKey } = await create(owner);
    await list(server, key);
    await within1s(async () => (await stored(apiKey.id))?.lastUsedAt instanceof Date);
    const first = (await stored(apiKey.id))?.lastUsedAt;
    for (let call = 0; call < 5; call += 1) await list(there, key);
    expect((await stored(apiKey.id))?.lastUsedAt).toEqual(first);
  });

  test('is not made with rights that its maker lacks or that no key may have', async () => {
    const admin = await colleague(server, owner, 'admin');
    const ask = (scopes: string[]) =>
      server.mutate('apiKeys.create', { name: 'More', scopes }, { token: admin.token });
    expect((await ask(['audit:read'])).failure?.code).toBe('api-key.scope-refused');
    expect((await ask(['key:write'])).failure?.code).toBe('request.invalid');
    const { key } = await create(owner);
    const byKey = await server.mutate('apiKeys.create', { name: 'x', scopes: ['run:read'] }, { token: key });
    expect(byKey.failure?.code).toBe('auth.not-allowed');
  });

  test('is of its organisation even when its maker works in another', async () => {
    const rep = await colleague(server, owner, 'admin');
    const { key } = await create(rep, ['session:read']);
    await server.mutate('organisations.switch', { organisationId: rep.home }, { token: rep.token });
    const session = await server.query('identity.getSession', undefined, { token: key });
    expect(session.data).toMatchObject({ organisation: { id: owner.orgId } });
    const own = await system(({ db }) =>
      db.select().from(memberships).where(eq(memberships.userId, rep.userId)),
    );
    expect(own).toHaveLength(2);
  });
});
