import { expect, test } from 'vitest';
import { dataOf } from '../support/members.ts';
import { procedures, takes } from './procedures.ts';
import { tenancyCases } from './tenancy-cases.ts';
import { leaks, type WalkWorld } from './walk-world.ts';

/** Registers, for every procedure, what a stranger must not get by the owner's ids, cursors and resume ids. */
export function tenancyTests(world: () => WalkWorld): void {
  const asStranger = (path: string, input: unknown) => world().call(path, input, world().stranger.token);

  const named = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'notFound' in how ? [{ path, input: how.notFound }] : [],
  );
  test.each(named)('are unknown to $path', async ({ path, input }) => {
    const answer = await asStranger(path, input(world().owned));
    expect(answer.failure?.kind).toBe('not-found');
    expect(leaks(answer, world().owned)).toEqual([]);
  });

  const resumable = named.filter(({ path }) =>
    procedures.some((one) => one.path === path && takes(one, 'lastEventId')),
  );
  test.each(resumable)('and resume ids give nothing of $path', async ({ path, input }) => {
    for (const lastEventId of ['1-1', '0-0', '1-999']) {
      const answer = await asStranger(path, { ...(input(world().owned) as object), lastEventId });
      expect(answer.failure?.kind).toBe('not-found');
      expect(leaks(answer, world().owned)).toEqual([]);
    }
  });

  const refused = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'refused' in how ? [{ path, input: how.refused, code: how.code }] : [],
  );
  test.each(refused)('are refused by $path as $code', async ({ path, input, code }) => {
    const answer = await asStranger(path, input(world().owned));
    expect(answer.failure?.code).toBe(code);
    expect(leaks(answer, world().owned)).toEqual([]);
  });

  const own = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'own' in how ? [{ path, input: how.own }] : [],
  );
  test.each(own)('and data never come out of $path', async ({ path, input }) => {
    const answer = await asStranger(path, input);
    expect(answer.status).toBe(200);
    expect(leaks(answer, world().owned)).toEqual([]);
  });

  const paged = procedures.filter((one) => takes(one, 'cursor'));
  test.each(paged)('as a cursor of $path lead to one’s own rows alone', async ({ path }) => {
    const how = tenancyCases[path];
    const named = how !== undefined && 'notFound' in how ? (how.notFound(world().owned) as object) : {};
    const first = await world().call(path, { ...named, limit: 1 }, world().owner.token);
    const { nextCursor } = dataOf<{ nextCursor: string | null }>(first);
    expect(nextCursor, 'the walk needs two rows of the owner').not.toBeNull();
    const answer = await asStranger(path, { ...named, cursor: nextCursor });
    expect(leaks(answer, world().owned)).toEqual([]);
    const rest = await world().call(path, { ...named, cursor: nextCursor }, world().owner.token);
    expect(rest.status, 'the owner goes on with it').toBe(200);
  });

  test('leave what they name as it was', async () => {
    const conversation = await world().call(
      'conversations.get',
      { id: world().owned.conversationId },
      world().owner.token,
    );
    expect(conversation.data).toMatchObject({ title: 'The pelican account' });
    const members = await world().call('organisations.listMembers', undefined, world().owner.token);
    expect(dataOf<{ items: unknown[] }>(members).items).toContainEqual(
      expect.objectContaining({ userId: world().owned.userId, role: 'owner' }),
    );
    const invitations = await world().call('organisations.listInvitations', undefined, world().owner.token);
    expect(dataOf<{ items: { id: string }[] }>(invitations).items.map(({ id }) => id)).toContain(
      world().owned.invitationId,
    );
  });

  const personal = named.filter(({ path }) => /^(conversations|runs)\./.test(path));
  test.each(personal)('and of a colleague are unknown to $path too', async ({ path, input }) => {
    const { owned, colleague } = world();
    const answer = await world().call(path, input(owned), colleague.token);
    expect(answer.failure?.kind).toBe('not-found');
    expect(leaks(answer, { conversationId: owned.conversationId, runId: owned.runId })).toEqual([]);
  });

  test.each(personal)('and of one’s own other organisation are unknown to $path', async ({ path, input }) => {
    const { elsewhere } = world();
    const answer = await world().call(path, input({ ...world().owned, ...elsewhere.owned }), elsewhere.token);
    expect(answer.failure?.kind).toBe('not-found');
    expect(leaks(answer, elsewhere.owned)).toEqual([]);
  });

  const listed = own.filter(({ path }) =>
    /^(conversations|organisations\.list[MI]|apiKeys|audit)/.test(path),
  );
  test.each(listed)('and rows of one’s own other organisation never come out of $path', async ({ path }) => {
    const { elsewhere } = world();
    const answer = await world().call(path, tenancyCaseInput(path), elsewhere.token);
    expect(leaks(answer, elsewhere.owned)).toEqual([]);
  });
}

function tenancyCaseInput(path: string): unknown {
  const how = tenancyCases[path];
  return how !== undefined && 'own' in how ? how.own : undefined;
}
