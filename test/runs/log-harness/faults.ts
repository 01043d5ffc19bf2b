import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** The measured mix of streaming.md 5.4: of all requests. */
const faultRates = { lostRequest: 0.06, lateRequest: 0.06, lostReply: 0.08 } as const;

const LATE_MS = 40;

/** Loses requests, lets them arrive late, and loses replies: the caller sees a rejection each time. */
export class Faults {
  readonly counts = { calls: 0, lostRequest: 0, lateRequest: 0, lostReply: 0 };
  readonly #random: Random;
  readonly #late = new Set<Promise<unknown>>();

  constructor(random: Random) {
    this.#random = random;
  }

  async run<T>(call: () => PromiseLike<T>): Promise<T> {
    this.counts.calls += 1;
    const draw = this.#random.next();
    const { lostRequest, lateRequest, lostReply } = faultRates;
    if (draw < lostRequest) return this.#reject('lostRequest');
    if (draw < lostRequest + lateRequest) {
      this.#sendLate(call);
      return this.#reject('lateRequest');
    }
    if (draw < lostRequest + lateRequest + lostReply) {
      await call();
      return this.#reject('lostReply');
    }
    return call();
  }

  /** Resolves when every late request has arrived. */
  async settled(): Promise<void> {
    while (this.#late.size > 0) await Promise.all(this.#late);
  }

  #sendLate(call: () => PromiseLike<unknown>): void {
    const arrival = sleep(this.#random.between(1, LATE_MS))
      .then(call)
      // Nobody waits for a late answer; what it did is in the log, where the checker looks.
      .catch(() => undefined)
      .finally(() => this.#late.delete(arrival));
    this.#late.add(arrival);
  }

  async #reject(kind: 'lostRequest' | 'lateRequest' | 'lostReply'): Promise<never> {
    this.counts[kind] += 1;
    await sleep(1);
    throw new InjectedFault(kind);
  }
}
