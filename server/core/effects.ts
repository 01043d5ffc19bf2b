import { newId } from './ids.ts';

/** A fact that others act on after commit. The id is the key by which receivers drop repetitions. */
export interface Effect {
  readonly name: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Collects what an operation wants to happen after its commit; the wrapper writes it to the outbox in the same transaction. */
export class Effects {
  readonly #collected: Effect[] = [];

  /** Records an event (`module/noun.past-tense`). Give a deterministic `id` where the same fact may be recorded twice. */
  record(name: string, data: Readonly<Record<string, unknown>>, id: string = newId('event')): void {
    this.#collected.push({ name, id, data });
  }

  drain(): Effect[] {
    return this.#collected.splice(0);
  }
}
