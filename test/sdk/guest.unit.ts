import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Guest } from '../../sdk/src/guest.ts';
import type { IssuedToken } from '../../sdk/src/held-token.ts';

const minute = 60_000;
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-23T12:00:00Z') }));
afterEach(() => void vi.useRealTimers());

function tokens(lifetimeMs = 10 * minute) {
  let made = 0;
  const next = async (): Promise<IssuedToken> => ({
    accessToken: `guest-${++made}`,
    expiresAt: new Date(Date.now() + lifetimeMs).toISOString(),
  });
  return { start: vi.fn(next), renew: vi.fn(next) };
}

test('a guest who only reads keeps the session: it is renewed before its end, without a call', async () => {
  const parts = tokens();
  const guest = new Guest(parts);
  await guest.token();
  await vi.advanceTimersByTimeAsync(30 * minute);
  expect(parts.start).toHaveBeenCalledTimes(1);
  expect(parts.renew).toHaveBeenCalledTimes(3);
  expect(parts.renew.mock.calls.flat()).toEqual(['guest-1', 'guest-2', 'guest-3']);
  expect(await guest.token()).toBe('guest-4');
  guest.close();
});

test('a guest nobody uses for two hours is no longer renewed, and a later need starts another', async () => {
  const parts = tokens();
  const guest = new Guest(parts);
  await guest.token();
  await vi.advanceTimersByTimeAsync(180 * minute);
  expect(parts.renew.mock.calls.length).toBeLessThanOrEqual(15);
  await guest.token();
  expect(parts.start).toHaveBeenCalledTimes(2);
  guest.close();
});

test('a renewal that fails costs nothing while the old token is good', async () => {
  const parts = tokens();
  parts.renew.mockRejectedValue(new Error('down'));
  const guest = new Guest(parts);
  await guest.token();
  vi.setSystemTime(Date.now() + 9 * minute);
  expect(await guest.token()).toBe('guest-1');
  vi.setSystemTime(Date.now() + minute);
  expect(await guest.token()).toBe('guest-2');
  expect(parts.start).toHaveBeenCalledTimes(2);
  guest.close();
});

test('a closed guest leaves no timer', async () => {
  const guest = new Guest(tokens());
  await guest.token();
  guest.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a stored value that is no guest is ignored', async () => {
  const storage = { getItem: () => '{"accessToken":5', setItem: vi.fn(), removeItem: vi.fn() };
  const guest = new Guest({ ...tokens(), storage });
  expect(await guest.token()).toBe('guest-1');
  expect(storage.setItem).toHaveBeenCalledTimes(1);
  guest.close();
});
