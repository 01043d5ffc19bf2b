import { AsyncLocalStorage } from 'node:async_hooks';

const running = new AsyncLocalStorage<Task>();

/** Stands the task of ours that calls this still until somebody lets it go on; elsewhere it does nothing. */
export async function stand(at: string): Promise<void> {
  await running.getStore()?.stand(at);
}

/** The task that is at work where this is called. */
export function taskAtWork(): Task | undefined {
  return running.getStore();
}

type State = 'ready' | 'done' | 'failed' | 'killed';

/** Work of one process of ours, moved by hand: it stands before and after each of its calls to the outside. */
export class Task {
  readonly name: string;
  state: State = 'ready';
  /** Where it stands. */
  at = 'its beginning';
  error: unknown = null;
  #points = 0;
  #go: () => void = () => {};
  #stopped: () => void = () => {};

  constructor(name: string, work: () => Promise<unknown>) {
    this.name = name;
    const begun = new Promise<void>((resolve) => {
      this.#go = resolve;
    });
    void running.run(this, async () => {
      await begun;
      try {
        await work();
        this.#end('done');
      } catch (error) {
        this.error = error;
        this.#end('failed');
      }
    });
  }

  /** Goes on over so many standing points, or to its end. Resolves when it stands again. */
  async run(points = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.state !== 'ready') return;
    this.#points = points - 1;
    const stopped = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    this.#go();
    await stopped;
  }

  /** Its process dies where it stands: nothing of it happens any more, and nobody is told. */
  kill(): void {
    if (this.state === 'ready') this.state = 'killed';
  }

  async stand(at: string): Promise<void> {
    if (this.state === 'killed') return new Promise(() => {}); // what a timer woke goes no further
    if (this.#points > 0) {
      this.#points -= 1;
      return;
    }
    this.at = at;
    const woken = new Promise<void>((resolve) => {
      this.#go = resolve;
    });
    this.#stopped();
    await woken;
  }

  #end(state: State): void {
    if (this.state === 'killed') return;
    this.state = state;
    this.#stopped();
  }
}

/** The same object, at each of whose asynchronous members a task stands before the call and again before it has the answer. */
export function standing<T extends object>(
  target: T,
  name: string,
  hinder: (member: string, stage: 'before' | 'after') => void,
): T {
  const members = Object.entries(target).map(([member, value]) => {
    if (typeof value !== 'function') return [member, value];
    const call = async (...given: unknown[]) => {
      const at = `${name}.${member}`;
      await stand(at);
      hinder(member, 'before');
      const answer: unknown = await value.apply(target, given);
      await stand(`${at}, done`);
      hinder(member, 'after');
      return answer;
    };
    return [member, call];
  });
  return Object.fromEntries(members) as T;
}
