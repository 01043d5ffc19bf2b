import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendMessage } from '../../db/queries/messages.ts';
import { conversations } from '../../db/schema/conversations.ts';
import { withOrgScope } from '../../db/tx.ts';
import { scopes } from '../../server/core/actor.ts';
import { newId } from '../../server/core/ids.ts';
import { features } from '../../server/core/plans.ts';
import { testDatabase } from '../support/database.ts';
import { dataOf } from '../support/members.ts';
import { procedures, takes } from './procedures.ts';
import { tenancyCases } from './tenancy-cases.ts';
import { leaks, type Owned, type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let owned: Owned;

beforeAll(async () => {
  world = await walkWorld();
  ({ owned } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

const asStranger = (path: string, input: unknown) => world.call(path, input, world.stranger.token);

describe('every procedure', () => {
  test.each(procedures)('$path says what it needs, takes and gives', ({ path, type, meta, inputs }) => {
    expect(['public', 'authenticated', ...scopes]).toContain(meta.needs);
    expect([undefined, ...features]).toContain(meta.feature);
    expect(meta.operation).toBe(path);
    expect(meta.summary).toMatch(/^[A-Z].{8,}\.$/);
    expect(inputs).toHaveLength(1);
    expect(Boolean(meta.output), 'an output schema, or for a subscription none').toBe(
      type !== 'subscription',
    );
    expect(Boolean(meta.item), 'an item schema for a subscription alone').toBe(type === 'subscription');
  });

  test('has an operation name of its own', () => {
    const names = procedures.map(({ meta }) => meta.operation);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has a cross-tenant case, and no case is left of one that is gone', () => {
    expect(Object.keys(tenancyCases).sort()).toEqual(procedures.map(({ path }) => path).sort());
  });

  test.each(procedures.filter(({ meta }) => meta.needs !== 'public'))(
    '$path asks an anonymous caller to sign in before it looks at the input',
    async ({ path, type }) => {
      const { server } = world;
      const answer = await (type === 'mutation' ? server.mutate(path, 5) : server.query(path, 5));
      expect(answer.failure?.code).toBe('auth.required');
    },
  );
});

describe('ids of another organisation', () => {
  const named = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'notFound' in how ? [{ path, input: how.notFound }] : [],
  );
  test.each(named)('are unknown to $path', async ({ path, input }) => {
    const answer = await asStranger(path, input(owned));
    expect(answer.failure?.kind).toBe('not-found');
    expect(leaks(answer, owned)).toEqual([]);
  });

  const resumable = named.filter(({ path }) =>
    procedures.some((one) => one.path === path && takes(one, 'lastEventId')),
  );
  test.each(resumable)('and resume ids give nothing of $path', async ({ path, input }) => {
    for (const lastEventId of ['1-1', '0-0', '1-999']) {
      const answer = await asStranger(path, { ...(input(owned) as object), lastEventId });
      expect(answer.failure?.kind).toBe('not-found');
      expect(leaks(answer, owned)).toEqual([]);
    }
  });

  const refused = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'refused' in how ? [{ path, input: how.refused, code: how.code }] : [],
  );
  test.each(refused)('are refused by $path as $code', async ({ path, input, code }) => {
    const answer = await asStranger(path, input(owned));
    expect(answer.failure?.code).toBe(code);
    expect(leaks(answer, owned)).toEqual([]);
  });

  const own = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'own' in how ? [{ path, input: how.own }] : [],
  );
  test.each(own)('and data never come out of $path', async ({ path, input }) => {
    const answer = await asStranger(path, input);
    expect(answer.status).toBe(200);
    expect(leaks(answer, owned)).toEqual([]);
  });

  const paged = procedures.filter((one) => takes(one, 'cursor'));
  test.each(paged)('as a cursor of $path lead to one’s own rows alone', async ({ path }) => {
    const how = tenancyCases[path];
    const named = how !== undefined && 'notFound' in how ? (how.notFound(owned) as object) : {};
    const first = await world.call(path, { ...named, limit: 1 }, world.owner.token);
    const { nextCursor } = dataOf<{ nextCursor: string | null }>(first);
    expect(nextCursor, 'the walk needs two rows of the owner').not.toBeNull();
    const answer = await asStranger(path, { ...named, cursor: nextCursor });
    expect(leaks(answer, owned)).toEqual([]);
    const rest = await world.call(path, { ...named, cursor: nextCursor }, world.owner.token);
    expect(rest.status, 'the owner goes on with it').toBe(200);
  });

  test('leave what they name as it was', async () => {
    const conversation = await world.call(
      'conversations.get',
      { id: owned.conversationId },
      world.owner.token,
    );
    expect(conversation.data).toMatchObject({ title: 'The pelican account' });
    const members = await world.call('organisations.listMembers', undefined, world.owner.token);
    expect(dataOf<{ items: unknown[] }>(members).items).toContainEqual(
      expect.objectContaining({ userId: owned.userId, role: 'owner' }),
    );
    const invitations = await world.call('organisations.listInvitations', undefined, world.owner.token);
    expect(dataOf<{ items: { id: string }[] }>(invitations).items.map(({ id }) => id)).toContain(
      owned.invitationId,
    );
  });
});

describe('a guest', () => {
  const named = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'notFound' in how ? [{ path, input: how.notFound }] : [],
  );
  let other: string;
  let theirs: Owned;
  beforeAll(async () => {
    const one = await world.server.guest();
    other = await world.server.guest();
    const ask = { agentId: 'harvey-specter', message: 'The pelican account', clientKey: newId('event') };
    const started = await world.call('runs.start', ask, one);
    theirs = { ...owned, ...dataOf<Pick<Owned, 'conversationId' | 'runId'>>(started) };
  });

  test.each(named)('learns nothing of another guest through $path', async ({ path, input }) => {
    const answer = await world.call(path, input(theirs), other);
    expect(['not-found', 'unauthenticated', 'forbidden']).toContain(answer.failure?.kind);
    expect(leaks(answer, theirs)).toEqual([]);
  });
});

describe('the database', () => {
  test('does not let one organisation write into the conversation of another', async () => {
    const database = await testDatabase();
    const message = { role: 'user', content: 'x', status: 'complete', runId: null, metadata: {} } as const;
    const foreign = { ...message, id: newId('message'), conversationId: owned.conversationId };
    const { stranger, owner } = world;
    await expect(
      withOrgScope(database, stranger.orgId, 'write', (scope) => appendMessage(scope, foreign)),
    ).rejects.toThrow('needs a conversation');
    const seen = await withOrgScope(database, stranger.orgId, 'read', ({ db }) =>
      db
        .select({ count: sql<number>`count(*)::int` })
        .from(conversations)
        .where(eq(conversations.orgId, owner.orgId)),
    );
    expect(seen[0]?.count).toBe(0);
  });
});
