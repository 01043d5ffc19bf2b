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
import { procedures } from './procedures.ts';
import { tenancyCases } from './tenancy-cases.ts';
import { tenancyTests } from './tenancy-tests.ts';
import { leaks, type Owned, type WalkWorld, walkWorld } from './walk-world.ts';

let world: WalkWorld;
let owned: Owned;

beforeAll(async () => {
  world = await walkWorld();
  ({ owned } = world);
});
afterAll(() => world[Symbol.asyncDispose]());

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

  test('is called across organisations, unless it is open to everyone', () => {
    const uncalled = procedures.filter(({ path }) => 'common' in (tenancyCases[path] ?? {}));
    expect(uncalled.filter(({ meta }) => meta.needs !== 'public')).toEqual([]);
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

describe('ids of another organisation', () => tenancyTests(() => world));

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
