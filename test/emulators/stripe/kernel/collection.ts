import { missing } from './failure.ts';

/** All objects of one kind, newest last. */
export class Collection<T extends { id: string }> {
  /** What Stripe calls the kind in its messages: `No such customer: 'cus_1'`. */
  readonly kind: string;
  readonly #byId = new Map<string, T>();

  constructor(kind: string) {
    this.kind = kind;
  }

  add<R extends T>(row: R): R {
    this.#byId.set(row.id, row);
    return row;
  }

  find(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** The object, or Stripe's `resource_missing`; `param` names the parameter that held the id. */
  get(id: string, param = 'id'): T {
    const row = this.#byId.get(id);
    if (row === undefined) throw missing(this.kind, id, param);
    return row;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  /** Oldest first. */
  where(holds: (row: T) => boolean): T[] {
    return [...this.#byId.values()].filter(holds);
  }

  get all(): T[] {
    return [...this.#byId.values()];
  }
}
