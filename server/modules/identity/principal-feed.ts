import type { Database } from '../../../db/client.ts';
import { recentPrincipalChanges } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Logger } from '../../core/observe.ts';
import type { PrincipalChange } from './principals.ts';
import type { SessionPrincipals } from './session-principals.ts';

/** An announcement that NOTIFY lost is found within this time; with the read it stays below the promised second. */
const POLL_MS = 400;
/** Ids are given before commit, so a poll looks this far back. A write may take 10 s. Source: db/client.ts. */
const LOOK_BACK_SECONDS = 15;
const READ_TIMEOUT_MS = 900;

export interface PrincipalFeed {
  stop(): Promise<void>;
}

/**
 * Brings what any process announced to this one's principals: by NOTIFY at once, and by a look at the table for those
 * that a broken or half-open connection lost. While nobody is remembered it only listens.
 */
export async function startPrincipalFeed(options: {
  readonly database: Database;
  readonly sessions: SessionPrincipals;
  readonly logger: Logger;
}): Promise<PrincipalFeed> {
  const { database, sessions } = options;
  const seen = new SeenIds();
  const heard = (id: number, payload: string) => {
    if (seen.add(id)) sessions.apply(JSON.parse(payload) as PrincipalChange);
  };
  const listening = await database.direct.listen(
    'principal_changed',
    (text) => {
      const space = text.indexOf(' ');
      heard(Number(text.slice(0, space)), text.slice(space + 1));
    },
    // Also after a reconnect, when announcements may have been missed.
    () => sessions.forgetAll(),
  );
  const poll = new Poll(options, heard);
  return {
    async stop() {
      poll.stop();
      await listening.unlisten();
    },
  };
}

class Poll {
  readonly #database: Database;
  readonly #sessions: SessionPrincipals;
  readonly #logger: Logger;
  readonly #heard: (id: number, payload: string) => void;
  readonly #timer: NodeJS.Timeout;
  #reading = false;
  #failing = false;

  constructor(
    options: { database: Database; sessions: SessionPrincipals; logger: Logger },
    heard: (id: number, payload: string) => void,
  ) {
    this.#database = options.database;
    this.#sessions = options.sessions;
    this.#logger = options.logger;
    this.#heard = heard;
    this.#timer = setInterval(() => void this.#tick(), POLL_MS).unref();
    this.#sessions.confirm();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    if (this.#reading) return;
    if (!this.#sessions.remembersAnyone) return this.#sessions.confirm();
    this.#reading = true;
    const asked = this.#sessions.now();
    try {
      const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
      const changes = await withSystemScope(this.#database, { access: 'read', signal }, (scope) =>
        recentPrincipalChanges(scope, LOOK_BACK_SECONDS),
      );
      for (const { id, payload } of changes) this.#heard(id, payload);
      // What was committed after the question is asked is not in the answer.
      this.#sessions.confirm(asked);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#logger.warn({ err: error }, 'revocations cannot be read; sessions are read at each call');
      this.#failing = true;
    } finally {
      this.#reading = false;
    }
  }
}

/** Which announcements were acted on, for as long as a poll may bring them again. */
class SeenIds {
  #now = new Set<number>();
  #before = new Set<number>();

  /** False when it was there. */
  add(id: number): boolean {
    if (this.#now.has(id) || this.#before.has(id)) return false;
    this.#now.add(id);
    // Far more than are announced in twice the look-back; older ones are not brought again.
    if (this.#now.size > 50_000) {
      this.#before = this.#now;
      this.#now = new Set();
    }
    return true;
  }
}
