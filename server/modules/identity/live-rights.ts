import type { Principal } from '../../core/actor.ts';
import type { Clock } from '../../core/clock.ts';
import { Failure } from '../../core/failure.ts';
import type { Logger } from '../../core/observe.ts';
import type { PrincipalChange, Principals } from './principals.ts';

/** Re-reads of rights that one sweep may begin: 10,000 holders need 167 a second. */
const REFRESHES = 250;
/** How often rights are re-read whatever was announced. Source: design/streaming.md 5.8. */
export const RIGHTS_REFRESH_MS = 60_000;

/** What a principal holds open: a socket, or an event stream. */
export interface RightsHolder {
  /** Null for nobody, and while it is being proved who it is. */
  readonly principal: Principal | null;
  /** False while it is being proved who it is, and once it has ended. */
  readonly isOpen: boolean;
  /** Clock ms of the next routine re-read; 0 before the first proof. */
  nextRefreshAt: number;
  refreshing: boolean;
  /** Rights changed while they were being read: they are read again. */
  stale: boolean;
  /** Goes on with the rights of now, which cover all that it had but perhaps the plan. */
  adopt(fresh: Principal): void;
  /** Ends with this failure. */
  lose(failure: Failure): void;
  /** What the log says of it. */
  facts(): object;
}

export interface LiveRightsOptions<Holder extends RightsHolder> {
  readonly principals: Principals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly refreshMs: number;
  /** All that is open now. */
  readonly holders: ReadonlySet<Holder>;
}

/** What changes of rights do to what is open, the same for sockets and event streams. */
export class LiveRights<Holder extends RightsHolder> {
  readonly #options: LiveRightsOptions<Holder>;
  readonly #unwatch: () => void;

  constructor(options: LiveRightsOptions<Holder>) {
    this.#options = options;
    this.#unwatch = options.principals.onChange((change) => {
      for (const holder of options.holders) this.#onChange(holder, change);
    });
  }

  stop(): void {
    this.#unwatch();
  }

  /** Starts the clocks of a freshly proved principal. Throws `auth.expired-token`. */
  begin(holder: Holder): void {
    if (holder.principal === null) return;
    const now = this.#options.clock.now();
    if (holder.principal.expiresAt <= now) throw new Failure('auth.expired-token');
    holder.nextRefreshAt = now + this.#options.refreshMs;
  }

  /** A principal as it is now, while it is being proved. Throws `auth.revoked`. */
  async current(principal: Principal): Promise<Principal> {
    const fresh = await this.#options.principals.refresh(principal);
    if (fresh === null) throw new Failure('auth.revoked');
    return fresh;
  }

  /** Ends what has expired and begins the re-reads that are due; to be called every second. */
  sweep(now: number): void {
    let refreshes = 0;
    for (const holder of this.#options.holders) {
      const { principal } = holder;
      if (principal === null || !holder.isOpen) continue;
      if (now >= principal.expiresAt) {
        holder.lose(new Failure('auth.expired-token'));
      } else if (refreshes < REFRESHES && holder.nextRefreshAt !== 0 && now >= holder.nextRefreshAt) {
        refreshes += 1;
        void this.refresh(holder, 'routine');
      }
    }
  }

  /**
   * Re-reads rights. More rights or another tier: it goes on. Fewer rights or another organisation: ended as
   * resumable, so that everything is authorised again. Unknown after a change: ended (fails closed); unknown at the
   * routine re-read: kept until the next one, the end of the proof still holds.
   */
  async refresh(holder: Holder, why: 'change' | 'routine'): Promise<void> {
    const { principal } = holder;
    if (principal === null) return;
    if (holder.refreshing) {
      holder.stale ||= why === 'change';
      return;
    }
    const { clock, logger, principals, refreshMs } = this.#options;
    holder.refreshing = true;
    holder.stale = false;
    holder.nextRefreshAt = clock.now() + refreshMs;
    try {
      this.#apply(holder, principal, await principals.refresh(principal));
    } catch (error) {
      logger.warn({ event: 'rights.refresh-failed', why, ...holder.facts(), err: error }, 'rights unknown');
      if (why === 'change') holder.lose(new Failure('server.unavailable', { cause: error }));
    } finally {
      holder.refreshing = false;
    }
    if (holder.stale && holder.isOpen) await this.refresh(holder, 'change');
  }

  #onChange(holder: Holder, change: PrincipalChange): void {
    if (!holder.isOpen) {
      holder.stale = true;
      return;
    }
    const { principal } = holder;
    if (principal === null || !concerns(change, principal)) return;
    if (change.kind === 'revoked') holder.lose(new Failure('auth.revoked'));
    else void this.refresh(holder, 'change');
  }

  #apply(holder: Holder, before: Principal, fresh: Principal | null): void {
    if (!holder.isOpen) return;
    if (fresh === null) holder.lose(new Failure('auth.revoked'));
    else if (fresh.expiresAt <= this.#options.clock.now()) holder.lose(new Failure('auth.expired-token'));
    else if (isReduced(before, fresh)) holder.lose(new Failure('auth.rights-changed'));
    else holder.adopt(fresh);
  }
}

function isReduced(before: Principal, fresh: Principal): boolean {
  return fresh.orgId !== before.orgId || [...before.scopes].some((scope) => !fresh.scopes.has(scope));
}

/** Whether a change names this principal: every id it gives must match. */
function concerns(change: PrincipalChange, principal: Principal): boolean {
  const { sessionId, keyId, userId, orgId } = change;
  if (sessionId === undefined && keyId === undefined && userId === undefined && orgId === undefined)
    return false;
  return (
    (sessionId === undefined || (principal.kind !== 'api-key' && sessionId === principal.sessionId)) &&
    (keyId === undefined || (principal.kind === 'api-key' && keyId === principal.keyId)) &&
    (userId === undefined || userId === principal.userId) &&
    (orgId === undefined || orgId === principal.orgId)
  );
}
