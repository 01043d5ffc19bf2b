import type { FailureCode } from '../../server/core/catalog.ts';
import { Failure, type FailureDetail } from '../../server/core/failure.ts';
import type { RunEvent } from '../../server/runs/events.ts';
import { fixtureSessions } from './fixture-sessions.ts';

/** What one call looked like when it reached a procedure. */
export interface SeenCall {
  readonly path: string;
  readonly user: string | null;
  readonly idempotencyKey: string | null;
}

type Planned = readonly [FailureCode, FailureDetail?];

/** The state behind a fixture server, and the switches tests turn. */
export function fixtureWorld() {
  const revoked = new Set<string>();
  const plans = new Map<string, Planned[]>();
  const runs = new Map<string, RunEvent[]>();
  const counts = new Map<string, number>();
  let guests = 0;
  const sessions = fixtureSessions();
  return {
    sessions,
    seen: [] as SeenCall[],
    runs,
    cancelled: new Set<string>(),
    /** Milliseconds between two events of a run. */
    pace: 1,
    revoke: (token: string) => revoked.add(token),
    /** The next calls with this key fail so, one after the other. */
    plan: (key: string, ...failures: Planned[]) => plans.set(key, failures),
    nextFailure(key: string): void {
      const next = plans.get(key)?.shift();
      if (next) throw new Failure(...next);
    },
    count(key: string): number {
      const calls = (counts.get(key) ?? 0) + 1;
      counts.set(key, calls);
      return calls;
    },
    startGuest: () => `guest-${++guests}`,
    guestsStarted: () => guests,
    /** The user behind a token: `user:<name>` or a guest. Throws what the real server throws. */
    userOf(token: string | null): string | null {
      if (token === null) return null;
      sessions.check(token);
      if (revoked.has(token)) throw new Failure('auth.expired-token');
      if (!/^(user|guest)/.test(token)) throw new Failure('auth.invalid-token');
      return token;
    },
  };
}
export type FixtureWorld = ReturnType<typeof fixtureWorld>;

/** The events of an answer: numbered words, one event each, and a terminal with their sum. */
export function numberedAnswer(words: number): RunEvent[] {
  const texts = Array.from({ length: words }, (_, index) => `w${String(index + 1).padStart(4, '0')} `);
  const usage = {
    ...{ inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: words },
    ...{ reasoningTokens: 0, source: 'reported' as const },
  };
  return [
    ...texts.map((text, index): RunEvent => ({ type: 'text.delta', seq: index + 1, block: 0, text })),
    { type: 'run.completed', seq: words + 1, messageId: 'msg_1', text: texts.join(''), usage },
  ];
}
