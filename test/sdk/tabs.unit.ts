import { afterEach, expect, test, vi } from 'vitest';
import { openTabs } from '../../sdk/src/tabs.ts';

afterEach(() => void vi.useRealTimers());

function twoTabs(name: string) {
  const tabs = [openTabs(name, () => {}), openTabs(name, () => {})] as const;
  return { tabs, [Symbol.dispose]: () => void tabs.map((one) => one.close()) };
}

test('one tab has the turn at a time, and the second is told that it waited', async () => {
  using world = twoTabs('turns');
  let inside = 0;
  const work = async (waited: boolean) => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside -= 1;
    return waited;
  };
  expect(await Promise.all(world.tabs.map((one) => one.alone(work)))).toEqual([false, true]);
});

test('work that fails fails for who asked, and gives the turn back', async () => {
  using world = twoTabs('failing');
  const [first, second] = world.tabs;
  await expect(first.alone(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await second.alone(async (waited) => waited)).toBe(false);
});

test('a tab that never gives its turn back holds the others up for 15 s, not for ever', async () => {
  using world = twoTabs('frozen');
  const [frozen, other] = world.tabs;
  let thaw = () => {};
  const held = frozen.alone(() => new Promise<void>((resolve) => (thaw = resolve)));
  await new Promise((resolve) => setTimeout(resolve, 10));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const done = vi.fn();
  const waiting = other.alone(async () => done());
  await vi.advanceTimersByTimeAsync(14_900);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  await waiting;
  expect(done).toHaveBeenCalledTimes(1);
  thaw();
  await held;
});

test('where locks are refused, the work is done without', async () => {
  const kept = Object.getOwnPropertyDescriptor(navigator, 'locks');
  const request = () => Promise.reject(new DOMException('no origin', 'SecurityError'));
  Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true });
  try {
    using world = twoTabs('refused');
    expect(await world.tabs[0].alone(async () => 'done')).toBe('done');
  } finally {
    if (kept) Object.defineProperty(navigator, 'locks', kept);
    else Reflect.deleteProperty(navigator, 'locks');
  }
});

test('a closed tab neither hears nor tells', async () => {
  const heard: string[] = [];
  const listening = openTabs('closed', ({ type }) => heard.push(type));
  const telling = openTabs('closed', () => {});
  telling.tell({ type: 'signed-out' });
  await expect.poll(() => heard).toEqual(['signed-out']);
  listening.close();
  telling.tell({ type: 'signed-out' });
  telling.close();
  telling.tell({ type: 'signed-out' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(heard).toEqual(['signed-out']);
});
