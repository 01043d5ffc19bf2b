import { type Actor, actorId, type Principal } from '../core/actor.ts';
import type { AppId } from '../core/apps.ts';
import { isPrincipal } from '../core/authorise.ts';
import type { Clock } from '../core/clock.ts';
import type { Failure } from '../core/failure.ts';
import type { Logger } from '../core/observe.ts';
import { type OpenStream, reauthorise } from '../core/open-stream.ts';
import { LiveRights, RIGHTS_REFRESH_MS, type RightsHolder } from '../modules/identity/live-rights.ts';
import type { Principals } from '../modules/identity/principals.ts';

const SWEEP_MS = 1_000;

export interface EventStreamsOptions {
  readonly principals: Principals;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface StreamCaller {
  readonly actor: Actor;
  readonly app: AppId;
  readonly requestId: string;
}

/** The event streams open in this process: each ends with the rights of its caller, as sockets do. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  readonly #rights: LiveRights<EventStream>;
  readonly #timer: NodeJS.Timeout;

  constructor({ principals, clock, logger }: EventStreamsOptions) {
    const holders = this.#open;
    this.#rights = new LiveRights({ principals, clock, logger, refreshMs: RIGHTS_REFRESH_MS, holders });
    this.#timer = setInterval(() => this.#rights.sweep(clock.now()), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#open.size;
  }

  /** From now on the stream lives as long as its caller's rights; what changed while it was opened acts at once. */
  add(stream: OpenStream, { actor, app, requestId }: StreamCaller): void {
    closeWithReader(stream);
    if (!isPrincipal(actor) || stream.items.done) return;
    const held = new EventStream(stream, { principal: actor, app, requestId });
    this.#open.add(held);
    stream.items.onClose(() => {
      held.isOpen = false;
      this.#open.delete(held);
    });
    void this.#rights.refresh(held, 'change');
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#rights.stop();
  }
}

/** That its reader has left shows only when it asks for the next item, which may be hours away. */
function closeWithReader({ items, signal }: OpenStream): void {
  if (signal.aborted) items.close();
  else signal.addEventListener('abort', () => items.close(), { once: true });
}

class EventStream implements RightsHolder {
  readonly #stream: OpenStream;
  readonly #app: AppId;
  readonly #requestId: string;
  principal: Principal;
  isOpen = true;
  nextRefreshAt = 0;
  refreshing = false;
  stale = false;

  constructor(
    stream: OpenStream,
    { principal, app, requestId }: Omit<StreamCaller, 'actor'> & { readonly principal: Principal },
  ) {
    this.#stream = stream;
    this.principal = principal;
    this.#app = app;
    this.#requestId = requestId;
  }

  adopt(fresh: Principal): void {
    this.principal = fresh;
    reauthorise(this.#stream, { actor: fresh, app: this.#app });
  }

  lose(failure: Failure): void {
    this.#stream.items.fail(failure);
  }

  facts(): object {
    return { requestId: this.#requestId, actor: actorId(this.principal), app: this.#app };
  }
}
