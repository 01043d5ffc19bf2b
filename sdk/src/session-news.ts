import type { CurrentSession, SessionChange } from './session-types.ts';

type Listener = (change: SessionChange) => void;

/** The person as last seen, and who wants to hear of changes. */
export class SessionNews {
  /** Undefined before the first look. */
  #person: CurrentSession | null | undefined;
  readonly #listeners = new Set<Listener>();
  #stopWatching: () => void = () => {};
  readonly #onVisible: () => void;

  /** `onVisible` is called when the page is looked at again, while somebody listens. */
  constructor(onVisible: () => void) {
    this.#onVisible = onVisible;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  onChange(listener: Listener): () => void {
    if (!this.hasListeners) this.#stopWatching = watchPage(this.#onVisible);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.hasListeners) this.#stopWatching();
    };
  }

  /** The person of now, after a look; `gone` says what it means that there is none. Returns what changed. */
  saw(
    now: CurrentSession | null,
    by: SessionChange['by'],
    gone: 'signed-out' | 'expired',
  ): SessionChange['type'] | null {
    if (now === null) return this.#person ? this.lost(gone, by) : this.#set(null);
    const type = changeBetween(this.#person, now);
    this.#person = now;
    return type && this.#tell({ type, by, session: now });
  }

  /** Nobody is signed in any more, which is certain without a look. */
  lost(type: 'signed-out' | 'expired', by: SessionChange['by']): SessionChange['type'] | null {
    if (this.#person === null) return null;
    this.#person = null;
    return this.#tell({ type, by, session: null });
  }

  /** Before a sign-in: whoever is seen next has signed in. */
  expectNobody(): void {
    this.#person ??= null;
  }

  close(): void {
    this.#listeners.clear();
    this.#stopWatching();
  }

  #set(person: null): null {
    this.#person = person;
    return null;
  }

  #tell(change: SessionChange): SessionChange['type'] {
    for (const listener of [...this.#listeners]) listener(change);
    return change.type;
  }
}

function changeBetween(
  before: CurrentSession | null | undefined,
  now: CurrentSession,
): SessionChange['type'] | null {
  if (before === undefined) return null;
  if (before === null || before.user.id !== now.user.id) return 'signed-in';
  if (before.organisation.id !== now.organisation.id) return 'switched-organisation';
  return rightsOf(before) === rightsOf(now) ? null : 'rights-changed';
}

function rightsOf({ organisation, tier, scopes }: CurrentSession): string {
  return JSON.stringify([organisation.role, tier, [...scopes].sort()]);
}

interface PageDocument {
  readonly visibilityState: string;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** Calls `onVisible` when the page comes to the front; nothing where there is no page. */
function watchPage(onVisible: () => void): () => void {
  const { document } = globalThis as { document?: PageDocument };
  const listener = () => document?.visibilityState === 'visible' && onVisible();
  document?.addEventListener('visibilitychange', listener);
  return () => document?.removeEventListener('visibilitychange', listener);
}
