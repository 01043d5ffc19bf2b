import { isDeepStrictEqual } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { dataOf } from '../support/members.ts';
import { follow } from './follow.ts';
import { rowsOf } from './owned-rows.ts';
import { procedures, takes } from './procedures.ts';
import { tenancyCases } from './tenancy-cases.ts';
import { leaks, type WalkWorld } from './walk-world.ts';

/** Registers, for every procedure, what a stranger must not get by the owner's ids, cursors and resume ids. */
export function tenancyTests(world: () => WalkWorld): void {
  const asStranger = (path: string, input: unknown) => world().call(path, input, world().stranger.token);

  let before: unknown;
  const theirs = async () => [
    await rowsOf(world().owned),
    await world().billing.stripe.subscriptions.retrieve(world().owned.subscriptionId),
    await world().billing.stripe.invoices.list({ customer: world().owned.customerId }),
  ];
  beforeAll(async () => {
    before = await theirs();
  });

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
    expect(world().runEventIds.length).toBeGreaterThan(2);
    for (const lastEventId of ['1-1', '0-0', '1-999', ...world().runEventIds]) {
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
    'own' in how ? [{ path, input: how.own, as: how.as ?? null }] : [],
  );
  test.each(own)('and data never come out of $path', async ({ path, input, as }) => {
    const { token } = as === null ? world().stranger : await world().server.signIn(as);
    const answer = await world().call(path, input, token);
    expect(answer.status).toBe(200);
    expect(leaks(answer, world().owned)).toEqual([]);
  });

  const namedBy = (how: (typeof tenancyCases)[string] | undefined): object => {
    if (how !== undefined && 'notFound' in how) return how.notFound(world().owned) as object;
    return how !== undefined && 'own' in how ? ((how.own ?? {}) as object) : {};
  };
  const paged = procedures.flatMap(({ path, ...rest }) =>
    ['cursor', 'after'].filter((field) => takes({ path, ...rest }, field)).map((field) => ({ path, field })),
  );
  test.each(paged)('as a cursor of $path lead to one’s own rows alone', async ({ path, field }) => {
    const how = tenancyCases[path];
    const named = namedBy(how);
    const first = await world().call(path, { ...named, limit: 1 }, world().owner.token);
    const { nextCursor } = dataOf<{ nextCursor: string | null }>(first);
    expect(nextCursor, 'the walk needs two rows of the owner').not.toBeNull();
    const answer = await asStranger(path, { ...named, [field]: nextCursor });
    expect(leaks(answer, world().owned)).toEqual([]);
    const rest = await world().call(path, { ...named, [field]: nextCursor }, world().owner.token);
    expect(rest.status, 'the owner goes on with it').toBe(200);
  });

  test('leave what they name as it was', async () => {
    expect(await theirs()).toEqual(before);
  });

  const states = Object.entries(tenancyCases).flatMap(([path, how]) =>
    'changedBy' in how ? [{ path, ...how }] : [],
  );
  test.each(states)('and states are not streamed by $path, nor by resume ids', async (one) => {
    const { server, owner, stranger, owned } = world();
    const { path, changedBy, read } = one;
    await using theirs = await follow(server, path, undefined, owner.token);
    await using mine = await follow(server, path, undefined, stranger.token);
    await expect.poll(() => [theirs.items.length, mine.items.length]).toEqual([1, 1]);
    for (const [who, stream] of [
      [owner, theirs],
      [stranger, mine],
    ] as const) {
      expect((await world().call(changedBy.path, changedBy.input(), who.token)).failure).toBeNull();
      await expect.poll(() => stream.items.length, { timeout: 5000 }).toBeGreaterThan(1);
    }
    const seen = new Set(mine.items.map(({ id }) => id));
    expect(theirs.items.filter(({ id }) => seen.has(id))).toEqual([]);
    expect(leaks(mine, owned)).toEqual([]);
    for (const lastEventId of ['1-1', ...theirs.items.map(({ id }) => id)]) {
      await using resumed = await follow(server, path, { lastEventId }, stranger.token);
      // What the stranger's own act began may still change their state.
      const isTheirState = async () =>
        isDeepStrictEqual(resumed.items.at(-1)?.data, dataOf(await asStranger(read, undefined)));
      await expect.poll(isTheirState, { timeout: 5000 }).toBe(true);
    }
  });

  test('every subscription is tried with resume ids', () => {
    const tried = [...resumable, ...states].map(({ path }) => path);
    const all = procedures.filter(({ type }) => type === 'subscription').map(({ path }) => path);
    expect(tried.sort()).toEqual(all.sort());
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
