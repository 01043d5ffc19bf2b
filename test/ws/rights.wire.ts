import { expect, test } from 'vitest';
import { gatewayFixture, type Raw, until } from './fixture.ts';

async function tierOn(raw: Raw, id: number): Promise<unknown> {
  raw.send({ id, method: 'query', params: { path: 'whoAmI' } });
  const { result } = await raw.frame((frame) => frame.id === id);
  return result?.data;
}

test('F86: a token that expires ends its socket within 5 s, typed', async () => {
  await using it = await gatewayFixture();
  it.principals.member('ann', { expiresAt: Date.now() + 300 });
  const raw = await it.raw('ann');
  const { code, reason, afterMs } = await raw.closed;
  expect({ code, reason }).toEqual({ code: 4401, reason: 'auth.expired-token' });
  expect(afterMs).toBeLessThan(1_500);
  expect(raw.frames.at(-1)?.error?.data.failure.code).toBe('auth.expired-token');
});

test('F86: revoking a session closes its sockets within a second and nobody else’s', async () => {
  await using it = await gatewayFixture();
  const ann = it.principals.member('ann');
  it.principals.member('bob');
  const [first, second, other] = [await it.raw('ann'), await it.raw('ann'), await it.raw('bob')];
  await tierOn(first, 1);
  await tierOn(second, 1);
  await tierOn(other, 1);
  const start = performance.now();
  it.principals.announce({ kind: 'revoked', sessionId: ann.sessionId });
  for (const raw of [first, second])
    expect(await raw.closed).toMatchObject({ code: 4401, reason: 'auth.revoked' });
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await tierOn(other, 2)).toMatchObject({ actor: 'member' });
});

test('F86: a tier change acts on the open socket and its running subscription goes on', async () => {
  await using it = await gatewayFixture();
  const ann = it.principals.member('ann', { tier: 'repx5' });
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'subscription', params: { path: 'live' } });
  const [queue] = await until(() => it.observed.queues.size === 1 && [...it.observed.queues]);
  expect(await tierOn(raw, 2)).toMatchObject({ tier: 'repx5' });
  it.principals.known.set('ann', { ...ann, tier: 'repx1' });
  it.principals.announce({ kind: 'changed', orgId: ann.orgId });
  await until(() => it.principals.refreshes === 1);
  expect(await tierOn(raw, 3)).toMatchObject({ tier: 'repx1' });
  queue?.push(7);
  await raw.frame((frame) => frame.id === 1 && frame.result?.data === 7);
});

test('a plan that falls below what a subscription needs ends that one, typed, and not the socket', async () => {
  await using it = await gatewayFixture();
  const ann = it.principals.member('ann', { tier: 'repx5' });
  const raw = await it.raw('ann');
  raw.send({ id: 1, method: 'subscription', params: { path: 'planned' } });
  raw.send({ id: 2, method: 'subscription', params: { path: 'live' } });
  const [, live] = await until(() => it.observed.queues.size === 2 && [...it.observed.queues]);
  it.principals.known.set('ann', { ...ann, tier: 'repx1' });
  it.principals.announce({ kind: 'changed', orgId: ann.orgId });
  const ended = await raw.frame((frame) => frame.id === 1 && frame.error !== undefined);
  expect(ended.error?.data.failure).toMatchObject({ code: 'plan.upgrade-required', requiredTier: 'repx5' });
  expect([...it.observed.queues]).toEqual([live]);
  live?.push(7);
  await raw.frame((frame) => frame.id === 2 && frame.result?.data === 7);
  raw.send({ id: 3, method: 'subscription', params: { path: 'planned' } });
  const refused = await raw.frame((frame) => frame.id === 3 && frame.error !== undefined);
  expect(refused.error?.data.failure).toMatchObject({ code: 'plan.upgrade-required' });
});

test('F86: fewer rights, a vanished session and unknown rights close the socket as resumable', async () => {
  await using it = await gatewayFixture();
  const ann = it.principals.member('ann');
  const lowered = await it.raw('ann');
  await tierOn(lowered, 1);
  it.principals.known.set('ann', { ...ann, scopes: new Set(['run:read']) });
  it.principals.announce({ kind: 'changed', userId: ann.userId });
  expect(await lowered.closed).toMatchObject({ code: 4409, reason: 'auth.rights-changed' });
  const unknown = await it.raw('ann');
  await tierOn(unknown, 1);
  it.principals.down = true;
  it.principals.announce({ kind: 'changed', userId: ann.userId });
  expect((await unknown.closed).code).toBe(4503);
  it.principals.down = false;
  const vanished = await it.raw('ann');
  await tierOn(vanished, 1);
  it.principals.known.delete('ann');
  it.principals.announce({ kind: 'changed', sessionId: ann.sessionId });
  expect(await vanished.closed).toMatchObject({ code: 4401, reason: 'auth.revoked' });
});

test('rights are re-read at least every interval, and an outage of that does not end sockets', async () => {
  await using it = await gatewayFixture({ limits: { refreshMs: 100 } });
  const ann = it.principals.member('ann');
  const raw = await it.raw('ann');
  it.principals.down = true;
  await until(() => it.principals.refreshes >= 2);
  it.principals.down = false;
  it.principals.known.set('ann', { ...ann, tier: 'repx4' });
  const before = it.principals.refreshes;
  await until(() => it.principals.refreshes > before);
  expect(await tierOn(raw, 1)).toMatchObject({ tier: 'repx4' });
});

test('a revocation during sign-in is not missed', async () => {
  await using it = await gatewayFixture();
  const ann = it.principals.member('ann');
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { resolve } = it.principals;
  it.principals.resolve = async (credential) => {
    const actor = await resolve.call(it.principals, credential);
    await held;
    return actor;
  };
  const raw = await it.raw('ann');
  await until(() => it.metrics.opens === 1);
  await new Promise((done) => setTimeout(done, 50));
  it.principals.known.delete('ann');
  it.principals.announce({ kind: 'revoked', sessionId: ann.sessionId });
  release();
  expect(await raw.closed).toMatchObject({ code: 4401, reason: 'auth.revoked' });
});
