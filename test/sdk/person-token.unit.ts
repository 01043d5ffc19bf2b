import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { IssuedToken } from '../../sdk/src/held-token.ts';
import { PersonToken } from '../../sdk/src/person-token.ts';
import { noTabs } from '../../sdk/src/tabs.ts';

const minute = 60_000;
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-23T12:00:00Z') }));
afterEach(() => void vi.useRealTimers());

function person() {
  let made = 0;
  const issue = vi.fn(
    async (): Promise<IssuedToken | null> => ({
      accessToken: `t${++made}`,
      expiresAt: new Date(Date.now() + 10 * minute).toISOString(),
    }),
  );
  const gone = vi.fn();
  const token = new PersonToken({ issue, tabs: noTabs, onToken: () => {}, onGone: gone });
  return { token, issue, gone, [Symbol.dispose]: () => token.close() };
}

test('a token in use is renewed ahead of its end, without a call waiting for it', async () => {
  using world = person();
  await world.token.token();
  await world.token.token();
  await vi.advanceTimersByTimeAsync(9 * minute);
  expect(world.issue).toHaveBeenCalledTimes(2);
  expect(await world.token.token()).toBe('t2');
});

test('a token nobody uses is not renewed until somebody needs one', async () => {
  using world = person();
  await world.token.token();
  await vi.advanceTimersByTimeAsync(60 * minute);
  expect(world.issue).toHaveBeenCalledTimes(1);
  expect(await world.token.token()).toBe('t2');
});

test('a renewal that fails ahead of the end is tried again, and the old token serves meanwhile', async () => {
  using world = person();
  await world.token.token();
  await world.token.token();
  const works = world.issue.getMockImplementation() ?? (async () => null);
  world.issue.mockRejectedValue(new Error('down'));
  await vi.advanceTimersByTimeAsync(9 * minute);
  expect(await world.token.token()).toBe('t1');
  world.issue.mockImplementation(works);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await world.token.token()).toBe('t2');
  expect(world.gone).not.toHaveBeenCalled();
});

test('an answer to a question from before a sign-out is not kept', async () => {
  using world = person();
  let answer = (_: IssuedToken) => {};
  world.issue.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const asked = world.token.token();
  world.token.leave();
  answer({ accessToken: 'late', expiresAt: new Date(Date.now() + 10 * minute).toISOString() });
  expect(await asked).toBe(null);
  expect(await world.token.token()).toBe(null);
});

test('who was signed in and is so no longer is told once, and never becomes a guest by itself', async () => {
  using world = person();
  await world.token.token();
  world.issue.mockResolvedValue(null);
  expect(await world.token.renew('t1')).toBe(null);
  expect(await world.token.token()).toBe(null);
  expect(world.gone).toHaveBeenCalledTimes(1);
  expect(world.token.mayBeGuest).toBe(false);
  world.token.leave();
  expect(world.token.mayBeGuest).toBe(true);
});

test('a closed one leaves no timer, also when a renewal fails afterwards', async () => {
  const world = person();
  await world.token.token();
  await world.token.token();
  let fail = (_: Error) => {};
  world.issue.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
  await vi.advanceTimersByTimeAsync(9 * minute);
  world.token.close();
  fail(new Error('closed'));
  await vi.advanceTimersByTimeAsync(0);
  expect(world.issue).toHaveBeenCalledTimes(2);
  expect(vi.getTimerCount()).toBe(0);
});
