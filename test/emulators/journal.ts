/** What the emulator saw and did for one request; times in ms since 1970. */
export interface JournalEntry {
  readonly request: number;
  readonly at: number;
  readonly key: string | null;
  readonly model: string | null;
  readonly bodyHash: string;
  readonly body: unknown;
  /** Which TCP connection of this emulator, from 1. */
  readonly connection: number;
  status: number | null;
  bytesSent: number;
  tokensProduced: number;
  /** The text of the tokens produced. */
  text: string;
  /** What the vendor bills, beside the tokens produced, once the stream has begun. */
  inputTokens: number;
  reasoningTokens: number;
  endedAt: number | null;
  endedBy: 'server' | 'client' | null;
}

/** Every request since the last reset, in order of arrival. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  #waiting: { test: (entry: JournalEntry) => boolean; wake: (entry: JournalEntry) => void }[] = [];

  /** Tells those who wait that an entry has changed. */
  changed(entry: JournalEntry): void {
    const [ready, rest] = [
      this.#waiting.filter((w) => w.test(entry)),
      this.#waiting.filter((w) => !w.test(entry)),
    ];
    this.#waiting = rest;
    for (const { wake } of ready) wake(entry);
  }

  /** The first entry, now or later, for which `test` holds. */
  until(test: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
    const found = this.entries.find(test);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((wake) => this.#waiting.push({ test, wake }));
  }

  reset(): void {
    this.entries.length = 0;
  }
}
