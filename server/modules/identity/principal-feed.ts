import type { Database } from '../../../db/client.ts';
import { recentPrincipalChanges } from '../../../db/queries/sessions.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Logger } from '../../core/observe.ts';
import type { PrincipalChange } from './principals.ts';
import { RIGHTS_TTL_MS } from './rights-cache.ts';
import type { SessionPrincipals } from './session-principals.ts';

/** An announcement that NOTIFY lost is found within this time; with the read it stays below the promised second. */
const POLL_MS = 400;
/** Rows carry the time their transaction began, so a look goes back this much further. A write may take 10 s. Source: db/client.ts. */
const LOOK_BACK_MS = 15_000;
/** Longer than a busy process may take to hear the answer; a connection that is half open is given up after it. */
const READ_TIMEOUT_MS = 3_000;

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
  const { database, sessions, logger } = options;
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
  sessions.trust.follow(async (sinceMs) => {
    // What was announced before the oldest remembered row was read is in that row.
    const backMs = LOOK_BACK_MS + Math.min(sinceMs, RIGHTS_TTL_MS);
    const options = { access: 'read', work: 'urgent', signal: AbortSignal.timeout(READ_TIMEOUT_MS) } as const;
    const changes = await withSystemScope(database, options, (scope) =>
      recentPrincipalChanges(scope, backMs / 1000),
    );
    for (const { id, payload } of changes) heard(id, payload);
  });
  const poll = setInterval(() => void tick(), POLL_MS).unref();
  let failing = false;
  /** While nobody is remembered there is nothing to look for. */
  async function tick(): Promise<void> {
    if (!sessions.remembersAnyone) return sessions.trust.confirm();
    try {
      await sessions.trust.look();
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'revocations cannot be read; nobody is served from memory');
      failing = true;
    }
  }
  return {
    async stop() {
      clearInterval(poll);
      await listening.unlisten();
    },
  };
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
