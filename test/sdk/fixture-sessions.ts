import type { z } from 'zod';
import { Failure } from '../../server/core/failure.ts';
import type { SessionView } from './fixture-schemas.ts';

type View = z.output<typeof SessionView>;

/** The sessions of the fixture server: a cookie for each, and the tokens made from it. */
export function fixtureSessions() {
  const byCookie = new Map<string, { view: View; isLive: boolean }>();
  const byToken = new Map<string, { view: View; isLive: boolean }>();
  const expired = new Set<string>();
  const self = {
    renewals: 0,
    /** The server's clock less the client's. */
    clockAheadMs: 0,
    /** Milliseconds a renewal takes. */
    renewMs: 0,
    /** Renewals fail so while it is set. */
    failure: null as Failure | null,
    open(cookie: string, change: Partial<View> = {}): void {
      byCookie.set(cookie, { view: { ...sessionOf(cookie), ...change }, isLive: true });
    },
    change(cookie: string, change: Partial<View>): void {
      const session = byCookie.get(cookie);
      if (session) session.view = { ...session.view, ...change };
    },
    /** Ends the session: its cookie and its tokens are worth nothing. */
    end(cookie: string): void {
      const session = byCookie.get(cookie);
      if (session) session.isLive = false;
      byCookie.delete(cookie);
    },
    /** Every token made so far has run out; their sessions have not. */
    expireTokens(): void {
      for (const token of byToken.keys()) expired.add(token);
    },
    async renew(cookie: string | null, lifeMs = 600_000) {
      self.renewals += 1;
      await new Promise((resolve) => setTimeout(resolve, self.renewMs));
      if (self.failure) throw self.failure;
      const session = byCookie.get(cookie ?? '');
      if (!session) throw new Failure('auth.required');
      const accessToken = `user:${cookie}#${self.renewals}`;
      byToken.set(accessToken, session);
      return { accessToken, expiresAt: self.instant(lifeMs) };
    },
    /** Throws what the real server throws for a token of a session that does not serve any more. */
    check(token: string): void {
      if (expired.has(token)) throw new Failure('auth.expired-token');
      if (byToken.get(token)?.isLive === false) throw new Failure('auth.revoked');
    },
    view: (token: string): View => byToken.get(token)?.view ?? { ...sessionOf(token), kind: 'guest' },
    instant: (lifeMs: number) => new Date(Date.now() + self.clockAheadMs + lifeMs).toISOString(),
    cookieOf: (token: string | null) =>
      [...byCookie].find(([, session]) => session === byToken.get(token ?? ''))?.[0] ?? null,
  };
  return self;
}

function sessionOf(name: string): View {
  return {
    kind: 'member',
    user: { id: `usr_${name}`, displayName: name },
    organisation: { id: 'org_1', role: 'rep' },
    tier: 'repx2',
    scopes: ['agent:read', 'run:write'],
  };
}
