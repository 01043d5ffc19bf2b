/** What may change of an organisation that people watch. */
export type OrganisationTopic = 'entitlements' | 'usage';

/** Wakes whoever watches an organisation in this process; fed by announcements of every process. Hints only: readers read again. */
export interface OrganisationSignals {
  /** Returns the way to stop. */
  subscribe(topic: OrganisationTopic, orgId: string, wake: () => void): () => void;
}

export class OrganisationHub implements OrganisationSignals {
  readonly #watchers = new Map<string, Set<() => void>>();

  subscribe(topic: OrganisationTopic, orgId: string, wake: () => void): () => void {
    const key = `${topic} ${orgId}`;
    const own = () => wake();
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(own));
    return () => {
      watchers.delete(own);
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key);
    };
  }

  wake(topic: OrganisationTopic, orgId: string): void {
    for (const wake of [...(this.#watchers.get(`${topic} ${orgId}`) ?? [])]) wake();
  }

  /** After announcements may have been missed. */
  wakeAll(): void {
    for (const watchers of [...this.#watchers.values()]) for (const wake of [...watchers]) wake();
  }
}
