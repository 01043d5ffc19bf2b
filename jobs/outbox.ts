import type { Database } from '../db/client.ts';
import {
  claimOutbox,
  markOutboxFailed,
  markOutboxSent,
  type OutboxRow,
  parkOutbox,
} from '../db/queries/outbox.ts';
import { withSystemScope } from '../db/tx.ts';
import { withDeadline } from '../server/core/deadline.ts';
import type { Logger } from '../server/core/observe.ts';
import { Waker } from './waker.ts';

/** Notified by a trigger of the table, at commit. */
const outboxChannel = 'repspheres_outbox';

export interface RelayedEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OutboxRelayOptions {
  readonly database: Database;
  /** Hands events to whatever runs the jobs; it drops ids it has seen. Rejects when it may not have taken them. */
  readonly send: (events: RelayedEvent[]) => Promise<unknown>;
  readonly logger: Logger;
  readonly settings?: Partial<OutboxSettings>;
}

interface OutboxSettings {
  readonly pollMs: number;
  readonly batchSize: number;
  readonly sendTimeoutMs: number;
  /** How long a relay that died keeps its events; more than `sendTimeoutMs`. */
  readonly holdMs: number;
  /** The wait before the second attempt; doubles up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Attempts before an event is parked: 288 at 5 min are a day of outage. */
  readonly maxAttempts: number;
  /** The same for an event the receiver refuses as such (too large, malformed). */
  readonly maxRefusals: number;
}

const defaults: OutboxSettings = {
  pollMs: 1_000,
  batchSize: 100,
  sendTimeoutMs: 20_000,
  holdMs: 60_000,
  backoffMs: 1_000,
  maxBackoffMs: 300_000,
  maxAttempts: 288,
  maxRefusals: 3,
};

export interface OutboxRelay {
  start(): Promise<void>;
  /** Finishes the batch in hand. */
  stop(): Promise<void>;
  /** Sends what is due now, until a batch of which nothing is taken; returns how many events were. */
  flush(): Promise<number>;
}

/**
 * Sends the events of committed transactions: at least once, in order of commit for first attempts, by any number of
 * processes. What cannot be sent is retried with growing waits and then parked with its last error.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const relay = new Relay(options, { ...defaults, ...options.settings });
  return { start: () => relay.start(), stop: () => relay.stop(), flush: () => relay.flush() };
}

class Relay {
  readonly #options: OutboxRelayOptions;
  readonly #settings: OutboxSettings;
  readonly #waker = new Waker();
  #stopping = false;
  #running: Promise<void> | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor(options: OutboxRelayOptions, settings: OutboxSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const { direct } = this.#options.database;
    const subscription = await direct.listen(outboxChannel, () => this.#waker.wake());
    this.#unlisten = subscription.unlisten;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waker.wake();
    await this.#running;
    await this.#unlisten?.();
  }

  async flush(): Promise<number> {
    let taken = 0;
    for (;;) {
      const rows = await this.#claim();
      if (rows.length === 0) return taken;
      const took = await this.#relay(rows);
      taken += took;
      // Of a receiver that takes nothing no more is asked for now: what has failed would be due again and again.
      if (took === 0 || this.#stopping) return taken;
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await this.flush().catch((error: unknown) => {
        this.#options.logger.error({ error }, 'outbox relay could not work; it will try again');
      });
      await this.#waker.sleep(this.#settings.pollMs);
    }
  }

  #claim(): Promise<OutboxRow[]> {
    const { batchSize, holdMs } = this.#settings;
    return this.#system((scope) => claimOutbox(scope, { limit: batchSize, holdMs }));
  }

  /** New events together; events that failed before one by one, so that a bad one holds back no other. */
  async #relay(rows: OutboxRow[]): Promise<number> {
    const fresh = rows.filter((row) => row.attempts === 1);
    const retried = rows.filter((row) => row.attempts > 1);
    const groups = [...(fresh.length > 0 ? [fresh] : []), ...retried.map((row) => [row])];
    let taken = 0;
    for (const group of groups) taken += await this.#send(group);
    return taken;
  }

  async #send(rows: OutboxRow[]): Promise<number> {
    const ids = rows.map((row) => row.id);
    try {
      const events = rows.map(({ eventId, name, data }) => ({ id: eventId, name, data }));
      await withDeadline(this.#settings.sendTimeoutMs, () => this.#options.send(events));
    } catch (error) {
      await this.#fail(rows, error instanceof Error ? error.message : String(error));
      return 0;
    }
    await this.#system((scope) => markOutboxSent(scope, ids));
    return rows.length;
  }

  async #fail(rows: OutboxRow[], error: string): Promise<void> {
    const { maxAttempts, maxRefusals, backoffMs, maxBackoffMs } = this.#settings;
    const ids = rows.map((row) => row.id);
    const attempts = Math.max(...rows.map((row) => row.attempts));
    const refused = rows.length === 1 && /\b(400|406|413)\b/.test(error);
    if (attempts >= (refused ? maxRefusals : maxAttempts)) {
      this.#options.logger.error({ eventIds: rows.map((row) => row.eventId), error }, 'outbox events parked');
      return this.#system((scope) => parkOutbox(scope, { ids, error }));
    }
    const wait = Math.min(backoffMs * 2 ** (attempts - 1), maxBackoffMs);
    const retryAfterMs = wait * (1 + Math.random() * 0.1);
    this.#options.logger.warn({ events: rows.length, attempts, error }, 'outbox events not sent');
    return this.#system((scope) => markOutboxFailed(scope, { ids, error, retryAfterMs }));
  }

  #system<T>(body: Parameters<typeof withSystemScope<T>>[2]): Promise<T> {
    return withSystemScope(this.#options.database, 'write', body);
  }
}
