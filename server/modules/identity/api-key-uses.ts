import { LRUCache } from 'lru-cache';
import type { Database } from '../../../db/client.ts';
import { touchApiKey } from '../../../db/queries/identity.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/observe.ts';

/** Stores when a key was last used: at most once a minute and process, and the database holds the minute for all. */
export function keyUses(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}): (keyId: string) => void {
  const { database, clock, logger } = parts;
  const noted = new LRUCache<string, number>({ max: 20_000 });
  return (keyId) => {
    const now = clock.now();
    if (now - (noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    noted.set(keyId, now);
    // The call does not wait for it, and its answer does not depend on it.
    withSystemScope(database, 'write', (scope) => touchApiKey(scope, keyId)).catch((error: unknown) =>
      logger.warn({ err: error, keyId }, 'use of a key not noted'),
    );
  };
}
