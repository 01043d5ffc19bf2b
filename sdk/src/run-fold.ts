import type { LogReset, RunEvent } from '../contract/types.ts';

export type TerminalEvent = Extract<
  RunEvent,
  { type: 'run.completed' | 'run.incomplete' | 'run.failed' | 'run.cancelled' }
>;

/** What an arriving event means: new to the reader, known already, or proof that something before it is missing. */
export type Verdict = 'emit' | 'drop' | 'refill';

/** Where a reader of a run's log stands: the text it shows and the place it continues from. Holds no connection. */
export class RunFold {
  #text: string;
  #epoch = 0;
  #lastSeq: number;
  #started: boolean;
  #terminal: TerminalEvent | null = null;

  /** `lastEventId` and the text shown up to it, for a reader that continues. Throws a TypeError for an id that is none. */
  constructor(lastEventId?: string, text = '') {
    const place = lastEventId === undefined ? { epoch: 0, seq: 0 } : parseEventId(lastEventId);
    if (place === null) throw new TypeError('lastEventId is not an event id of a run');
    this.#text = text;
    this.#epoch = place.epoch;
    this.#lastSeq = place.seq;
    this.#started = lastEventId !== undefined;
  }

  get text(): string {
    return this.#text;
  }

  /** The id of the last event taken, to continue after it; undefined before the first. */
  get lastEventId(): string | undefined {
    return this.#started ? `${this.#epoch}-${this.#lastSeq}` : undefined;
  }

  get terminal(): TerminalEvent | null {
    return this.#terminal;
  }

  /** The run ended with this text at the place where the reader stands. */
  endWith(text: string): void {
    this.#text = text;
  }

  /** Takes an event that arrived under `id`. Only what is judged 'emit' has changed the fold. */
  take(id: string | undefined, event: RunEvent | LogReset): Verdict {
    if (this.#terminal) return 'drop';
    if (event.type === 'log.reset') {
      this.#advance(id, event.seq);
      this.#text = event.text;
      return 'emit';
    }
    if (event.seq <= this.#lastSeq) return 'drop';
    const first = event.type === 'text.delta' ? (event.fromSeq ?? event.seq) : event.seq;
    if (first !== this.#lastSeq + 1) return 'refill';
    this.#advance(id, event.seq);
    this.#apply(event);
    return 'emit';
  }

  #apply(event: RunEvent): void {
    if (event.type === 'text.delta') this.#text += event.text;
    else if (event.type === 'attempt.superseded') this.#text = this.#text.slice(0, event.keepChars);
    else if (isTerminal(event)) {
      this.#terminal = event;
      this.#text = event.text;
    }
  }

  #advance(id: string | undefined, seq: number): void {
    this.#started = true;
    this.#lastSeq = seq;
    this.#epoch = (id === undefined ? null : parseEventId(id))?.epoch ?? this.#epoch;
  }
}

export function isTerminal(event: { readonly type: string }): event is TerminalEvent {
  return /^run\.(completed|incomplete|failed|cancelled)$/.test(event.type);
}

/** `<epoch>-<seq>` in numbers, or null. */
export function parseEventId(id: string): { epoch: number; seq: number } | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(id);
  return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : null;
}
